/* spawn_tell.c - what the spawner says: answers, events, and the values in them
 *
 * Readers take what they know and pass over the rest, so that a hub may be older than its spawner; a
 * missing number is 0.  A name that does not fit its field is an error: it would name another.
 */

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "sandbox/spawn_wire.h"

#include <string.h>

const char *const spawn_event_names[] = { "ready", "exit", "oom", "stats" };
_Static_assert(ARRAY_SIZE (spawn_event_names) == SPAWN_EVENT_COUNT, "an event has no name");
const char *const spawn_life_names[] = { "running", "frozen", "ended" };
_Static_assert(ARRAY_SIZE (spawn_life_names) == SPAWN_LIFE_COUNT, "a life has no name");

/* ---- packets ---- */

static int put (struct buf *b, json_t *take)
{
    autojson json_t *j = take;

    buf_clear (b);
    return j ? jsonx_dump (j, b, 0, false) : -1;
}

int spawn_reply_ok (struct buf *b, int64_t id, json_t *ok)
{
    return put (b, json_pack ("{s:I, s:o}", "id", (json_int_t)id, "ok", ok));
}

int spawn_reply_error (struct buf *b, int64_t id, const struct err *e)
{
    return put (b, json_pack ("{s:I, s:{s:s, s:s}}", "id", (json_int_t)id, "error", "slug",
                              problem_table[e->problem].slug, "message", e->text));
}

int spawn_event_encode (struct buf *b, enum spawn_event event, json_t *body)
{
    (void)json_object_set_new (body, "event", json_string (spawn_event_names[event]));
    return put (b, body);
}

void spawn_message_done (struct spawn_message *m)
{
    json_decref (m->body);
    m->body = NULL;
}

static int read_event (json_t *j, const char *name, struct spawn_message *ret,
                       struct err *err)
{
    for (int i = 0; i < SPAWN_EVENT_COUNT; i++)
        if (!strcmp (name, spawn_event_names[i])) {
            ret->is_event = true;
            ret->event = (enum spawn_event)i;
            ret->body = json_incref (j);
            return 0;
        }
    return err_set (err, PROBLEM_INVALID, "spawner: '%.40s' is no event", name);
}

static void read_error (const json_t *e, struct err *ret)
{
    const char *slug = jsonx_str (e, "slug", "");
    int problem = PROBLEM_INTERNAL;

    for (int i = 1; i < PROBLEM_COUNT; i++)
        if (!strcmp (slug, problem_table[i].slug))
            problem = i;
    (void)err_set (ret, (enum problem)problem, "%s", jsonx_str (e, "message", "refused"));
}

int spawn_message_parse (const void *data, size_t n, struct spawn_message *ret,
                         struct err *err)
{
    *ret = (struct spawn_message){ 0 };
    if (n > SPAWN_ANSWER)
        return err_set (err, PROBLEM_TOO_LARGE, "spawner: the answer is too large");
    autojson json_t *j = jsonx_parse (data, n, err);
    if (!j)
        return err_wrap (err, "spawner");
    const char *event = jsonx_str (j, "event", NULL);
    if (event)
        return read_event (j, event, ret, err);
    json_t *ok = json_object_get (j, "ok"), *error = json_object_get (j, "error");
    if (!json_is_integer (json_object_get (j, "id")) ||
        json_is_object (ok) == json_is_object (error))
        return err_set (err, PROBLEM_INVALID, "spawner: neither an answer nor an event");
    ret->id = jsonx_int (j, "id", 0);
    if (ok)
        ret->body = json_incref (ok);
    else
        read_error (error, &ret->error);
    return 0;
}

/* ---- helpers ---- */

static uint64_t number (const json_t *j, const char *key)
{
    int64_t n = jsonx_int (j, key, 0);

    return n > 0 ? (uint64_t)n : 0;
}

static double real (const json_t *j, const char *key)
{
    return json_number_value (json_object_get (j, key));
}

static int text (const json_t *j, const char *key, char *to, size_t size, struct err *err)
{
    const char *s = jsonx_str (j, key, "");

    if (strlen (s) >= size)
        return err_set (err, PROBLEM_INVALID, "spawner: %s is too long", key);
    (void)memcpy (to, s, strlen (s) + 1);
    return 0;
}

static int sandbox_of (const json_t *j, char to[SANDBOX_ID], int64_t *generation,
                       struct err *err)
{
    const char *id = jsonx_str (j, "sandbox", "");

    if (!sandbox_id_valid (id))
        return err_set (err, PROBLEM_INVALID, "spawner: no sandbox is named");
    (void)memcpy (to, id, strlen (id) + 1);
    *generation = jsonx_int (j, "generation", 0);
    return 0;
}

/* ---- exit ---- */

json_t *spawn_exit_json (const struct spawn_exit *e)
{
    return json_pack (
        "{s:i, s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:s}", "code", e->code, "signal",
        e->signal, "asked", e->asked, "oom_kills", (json_int_t)e->oom_kills, "mem_peak",
        (json_int_t)e->mem_peak, "mem_limit", (json_int_t)e->mem_limit, "cpu_us",
        (json_int_t)e->cpu_us, "ended_us", (json_int_t)e->ended_us, "reason", e->reason);
}

int spawn_exit_from_json (const json_t *j, struct spawn_exit *ret, struct err *err)
{
    if (!json_is_object (j))
        return err_set (err, PROBLEM_INVALID, "spawner: an exit is an object");
    *ret = (struct spawn_exit){
        .code = (int)jsonx_int (j, "code", -1),
        .signal = (int)jsonx_int (j, "signal", 0),
        .asked = jsonx_bool (j, "asked", false),
        .oom_kills = number (j, "oom_kills"),
        .mem_peak = number (j, "mem_peak"),
        .mem_limit = number (j, "mem_limit"),
        .cpu_us = number (j, "cpu_us"),
        .ended_us = jsonx_int (j, "ended_us", 0),
    };
    return text (j, "reason", ret->reason, sizeof ret->reason, err);
}

/* ---- state ---- */

json_t *spawn_state_json (const struct spawn_state *s)
{
    json_t *j = json_pack ("{s:s, s:I, s:s, s:s, s:s, s:i, s:I, s:s}", "sandbox",
                           s->sandbox, "generation", (json_int_t)s->generation, "kind",
                           sandbox_kind_names[s->kind], "machine", s->machine, "state",
                           spawn_life_names[s->life], "pid", s->pid, "started_us",
                           (json_int_t)s->started_us, "socket", s->socket);

    if (s->life == SPAWN_ENDED_LIFE)
        (void)json_object_set_new (j, "exit", spawn_exit_json (&s->exit));
    return j;
}

static int word (const json_t *j, const char *key, const char *const *names, int count,
                 struct err *err)
{
    const char *s = jsonx_str (j, key, "");

    for (int i = 0; i < count; i++)
        if (!strcmp (s, names[i]))
            return i;
    return err_set (err, PROBLEM_INVALID, "spawner: %s is '%.20s'", key, s);
}

int spawn_state_from_json (const json_t *j, struct spawn_state *ret, struct err *err)
{
    *ret = (struct spawn_state){ 0 };
    int life = word (j, "state", spawn_life_names, SPAWN_LIFE_COUNT, err);
    int kind =
        life < 0 ? -1 : word (j, "kind", sandbox_kind_names, SANDBOX_KIND_COUNT, err);
    if (life < 0 || kind < 0 || sandbox_of (j, ret->sandbox, &ret->generation, err) < 0 ||
        text (j, "machine", ret->machine, sizeof ret->machine, err) < 0 ||
        text (j, "socket", ret->socket, sizeof ret->socket, err) < 0)
        return -1;
    ret->life = (enum spawn_life)life;
    ret->kind = (enum sandbox_kind)kind;
    ret->pid = (int)jsonx_int (j, "pid", 0);
    ret->started_us = jsonx_int (j, "started_us", 0);
    if (ret->life == SPAWN_ENDED_LIFE)
        return spawn_exit_from_json (json_object_get (j, "exit"), &ret->exit, err);
    return 0;
}

/* ---- stats, oom ---- */

json_t *spawn_sample_json (const struct spawn_sample *s)
{
    return json_pack (
        "{s:s, s:I, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:n}",
        "sandbox", s->sandbox, "generation", (json_int_t)s->generation, "t_us",
        (json_int_t)s->t_us, "cpu", s->cpu, "cpu_limit", s->cpu_limit, "cpu_us",
        (json_int_t)s->cpu_us, "throttled_us", (json_int_t)s->throttled_us, "mem",
        (json_int_t)s->mem, "mem_limit", (json_int_t)s->mem_limit, "disk",
        (json_int_t)s->disk, "disk_limit", (json_int_t)s->disk_limit, "pids",
        (json_int_t)s->pids, "pids_limit", (json_int_t)s->pids_limit, "oom_kills",
        (json_int_t)s->oom_kills, "gpu");
}

int spawn_sample_from_json (const json_t *j, struct spawn_sample *ret, struct err *err)
{
    *ret = (struct spawn_sample){
        .t_us = jsonx_int (j, "t_us", 0),
        .cpu = real (j, "cpu"),
        .cpu_limit = real (j, "cpu_limit"),
        .cpu_us = number (j, "cpu_us"),
        .throttled_us = number (j, "throttled_us"),
        .mem = number (j, "mem"),
        .mem_limit = number (j, "mem_limit"),
        .disk = number (j, "disk"),
        .disk_limit = number (j, "disk_limit"),
        .pids = (uint32_t)number (j, "pids"),
        .pids_limit = (uint32_t)number (j, "pids_limit"),
        .oom_kills = number (j, "oom_kills"),
    };
    return sandbox_of (j, ret->sandbox, &ret->generation, err);
}

json_t *spawn_oom_json (const struct spawn_oom *o)
{
    return json_pack ("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "sandbox", o->sandbox,
                      "generation", (json_int_t)o->generation, "kills",
                      (json_int_t)o->kills, "kills_before", (json_int_t)o->kills_before,
                      "mem", (json_int_t)o->mem, "mem_limit", (json_int_t)o->mem_limit,
                      "mem_peak", (json_int_t)o->mem_peak);
}

int spawn_oom_from_json (const json_t *j, struct spawn_oom *ret, struct err *err)
{
    *ret = (struct spawn_oom){
        .kills = number (j, "kills"),
        .kills_before = number (j, "kills_before"),
        .mem = number (j, "mem"),
        .mem_limit = number (j, "mem_limit"),
        .mem_peak = number (j, "mem_peak"),
    };
    return sandbox_of (j, ret->sandbox, &ret->generation, err);
}
