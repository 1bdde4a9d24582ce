/* spawn_wire.c - requests of the hub: words, checks, packets
 *
 * Each request names in one table which keys it must and may have; everything else is refused.  Answers
 * and events are in spawn_tell.c.
 */

#include "sandbox/spawn_wire.h"
#include "base/cleanup.h"
#include "base/jsonx.h"

#include <string.h>
#include <sys/socket.h>

#define WHAT "spawner: "

const char *const spawn_do_names[] = {
    [SPAWN_HELLO] = "hello", [SPAWN_LIST] = "list",     [SPAWN_CREATE] = "create",
    [SPAWN_STOP] = "stop",   [SPAWN_KILL] = "kill",     [SPAWN_DESTROY] = "destroy",
    [SPAWN_GATE] = "gate",   [SPAWN_FREEZE] = "freeze", [SPAWN_THAW] = "thaw",
    [SPAWN_STATS] = "stats", [SPAWN_CHECK] = "check",
};
_Static_assert(ARRAY_SIZE (spawn_do_names) == SPAWN_DO_COUNT, "a request has no name");

enum {
    SANDBOX = 1,
    MACHINE = 2,
    SUBSCRIBE = 4,
    DRY_RUN = 8,
    GRACE = 16,
    EVERY = 32,
    SPEC = 64
};

static const struct {
    const char *name;
    int bit;
} keys[] = {
    { "sandbox", SANDBOX }, { "machine", MACHINE }, { "subscribe", SUBSCRIBE },
    { "dry_run", DRY_RUN }, { "grace_ms", GRACE },  { "every_ms", EVERY },
    { "spec", SPEC },
};

static const struct {
    int must, may;
} rows[SPAWN_DO_COUNT] = {
    [SPAWN_HELLO] = { 0, SUBSCRIBE },
    [SPAWN_LIST] = { 0, 0 },
    [SPAWN_CREATE] = { SPEC, 0 },
    [SPAWN_STOP] = { SANDBOX | GRACE, 0 },
    [SPAWN_KILL] = { SANDBOX, 0 },
    [SPAWN_DESTROY] = { SANDBOX, 0 },
    [SPAWN_GATE] = { SANDBOX | MACHINE, DRY_RUN },
    [SPAWN_FREEZE] = { SANDBOX, 0 },
    [SPAWN_THAW] = { SANDBOX, 0 },
    [SPAWN_STATS] = { SANDBOX, EVERY },
    [SPAWN_CHECK] = { 0, 0 },
};

void spawn_request_done (struct spawn_request *r)
{
    if (r->spec)
        sandbox_spec_done (r->spec);
    free (r->spec);
    r->spec = NULL;
}

/* ---- out ---- */

static void put_fields (json_t *j, const struct spawn_request *r, int has)
{
    if (has & SANDBOX)
        (void)json_object_set_new (j, "sandbox", json_string (r->sandbox));
    if (has & MACHINE)
        (void)json_object_set_new (j, "machine", json_string (r->machine));
    if (has & SUBSCRIBE)
        (void)json_object_set_new (j, "subscribe", json_boolean (r->subscribe));
    if (has & DRY_RUN)
        (void)json_object_set_new (j, "dry_run", json_boolean (r->dry_run));
    if (has & GRACE)
        (void)json_object_set_new (j, "grace_ms", json_integer (r->grace_ms));
    if (has & EVERY)
        (void)json_object_set_new (j, "every_ms", json_integer (r->every_ms));
    if (has & SPEC)
        (void)json_object_set_new (j, "spec", sandbox_spec_json (r->spec));
}

int spawn_request_encode (const struct spawn_request *r, struct buf *b, struct err *err)
{
    int has = rows[r->what].must | rows[r->what].may;

    if ((has & SPEC) && sandbox_spec_check (r->spec, err) < 0)
        return -1;
    autojson json_t *j = json_pack ("{s:i, s:I, s:s}", "v", SPAWN_VERSION, "id",
                                    (json_int_t)r->id, "do", spawn_do_names[r->what]);
    put_fields (j, r, has);
    buf_clear (b);
    if (jsonx_dump (j, b, 0, false) < 0 || b->len > SPAWN_PACKET)
        return err_set (err, PROBLEM_TOO_LARGE, WHAT "the request is too large");
    return 0;
}

/* ---- in ---- */

static int read_string (const json_t *j, const char *key, char *to, size_t size,
                        struct err *err)
{
    const json_t *v = json_object_get (j, key);
    const char *s = json_string_value (v);
    size_t n = json_string_length (v);

    if (!s || n == 0 || n >= size || strlen (s) != n)
        return err_set (err, PROBLEM_INVALID, WHAT "%s is no name", key);
    memcpy (to, s, n + 1);
    return 0;
}

static int read_flag (const json_t *j, const char *key, bool *to, struct err *err)
{
    const json_t *v = json_object_get (j, key);

    if (v && !json_is_boolean (v))
        return err_set (err, PROBLEM_INVALID, WHAT "%s is neither true nor false", key);
    *to = json_is_true (v);
    return 0;
}

static int read_ms (const json_t *j, const char *key, int64_t max, int64_t *to,
                    struct err *err)
{
    const json_t *v = json_object_get (j, key);

    *to = 0;
    if (!v)
        return 0;
    if (!json_is_integer (v) || json_integer_value (v) < 0 || json_integer_value (v) > max)
        return err_set (err, PROBLEM_INVALID, WHAT "%s is not from 0 to %lld", key,
                        (long long)max);
    *to = json_integer_value (v);
    return 0;
}

/* Which keys J has beside v, id and do; -1: one that nobody knows. */
static int read_keys (const json_t *j, struct err *err)
{
    int has = 0;
    const char *name;
    const json_t *value;

    json_object_foreach ((json_t *)j, name, value)
    {
        size_t i = 0;

        if (!strcmp (name, "v") || !strcmp (name, "id") || !strcmp (name, "do"))
            continue;
        while (i < ARRAY_SIZE (keys) && strcmp (keys[i].name, name))
            i++;
        if (i == ARRAY_SIZE (keys))
            return err_set (err, PROBLEM_INVALID, WHAT "what is '%.40s'?", name);
        has |= keys[i].bit;
    }
    return has;
}

static int read_word (const json_t *j, struct spawn_request *r, struct err *err)
{
    const char *word = jsonx_str (j, "do", "");

    for (int i = 0; i < SPAWN_DO_COUNT; i++)
        if (!strcmp (word, spawn_do_names[i])) {
            r->what = (enum spawn_do)i;
            return 0;
        }
    return err_set (err, PROBLEM_INVALID, WHAT "'%.40s' is no request", word);
}

static int read_spec (const json_t *j, struct spawn_request *r, struct err *err)
{
    struct sandbox_spec *s = xnew (struct sandbox_spec);

    if (sandbox_spec_from_json (json_object_get (j, "spec"), s, err) < 0) {
        free (s);
        return -1;
    }
    r->spec = s;
    return 0;
}

static int read_fields (const json_t *j, struct spawn_request *r, int has, struct err *err)
{
    if ((has & SANDBOX) &&
        read_string (j, "sandbox", r->sandbox, sizeof r->sandbox, err) < 0)
        return -1;
    if ((has & SANDBOX) && !sandbox_id_valid (r->sandbox))
        return err_set (err, PROBLEM_INVALID, WHAT "sandbox is no id");
    if ((has & MACHINE) &&
        read_string (j, "machine", r->machine, sizeof r->machine, err) < 0)
        return -1;
    if (read_flag (j, "subscribe", &r->subscribe, err) < 0 ||
        read_flag (j, "dry_run", &r->dry_run, err) < 0 ||
        read_ms (j, "grace_ms", SPAWN_GRACE_MAX_MS, &r->grace_ms, err) < 0 ||
        read_ms (j, "every_ms", 86400000, &r->every_ms, err) < 0)
        return -1;
    if (r->every_ms && r->every_ms < SPAWN_STATS_MIN_MS)
        return err_set (err, PROBLEM_INVALID, WHAT "every_ms is below %d",
                        SPAWN_STATS_MIN_MS);
    return has & SPEC ? read_spec (j, r, err) : 0;
}

int spawn_request_parse (const void *data, size_t n, struct spawn_request *ret,
                         struct err *err)
{
    *ret = (struct spawn_request){ 0 };
    if (n > SPAWN_PACKET)
        return err_set (err, PROBLEM_TOO_LARGE, WHAT "the request is too large");
    autojson json_t *j = jsonx_parse (data, n, err);
    if (!j)
        return err_wrap (err, "spawner");
    if (!json_is_object (j))
        return err_set (err, PROBLEM_INVALID, WHAT "a request is an object");
    if (!json_is_integer (json_object_get (j, "id")) || jsonx_int (j, "id", 0) <= 0)
        return err_set (err, PROBLEM_INVALID, WHAT "id is no number");
    ret->id = jsonx_int (j, "id", 0);
    if (jsonx_int (j, "v", 0) != SPAWN_VERSION)
        return err_set (err, PROBLEM_UNSUPPORTED, WHAT "this one speaks version %d",
                        SPAWN_VERSION);
    int has = read_keys (j, err);
    if (has < 0 || read_word (j, ret, err) < 0)
        return -1;
    int must = rows[ret->what].must, may = rows[ret->what].may;
    if ((has & must) != must || (has & ~(must | may)))
        return err_set (err, PROBLEM_INVALID, WHAT "%s has other fields",
                        spawn_do_names[ret->what]);
    return read_fields (j, ret, has, err);
}

void spawn_socket_room (int fd)
{
    int size = SPAWN_SNDBUF;

    if (setsockopt (fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
        (void)setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}
