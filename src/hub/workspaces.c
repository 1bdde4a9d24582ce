/* workspaces.c - the workspaces that go on
 *
 * `move` is the only place where a state changes; what the spawner says comes in through on_event, on_up
 * and the answers of create and stop, all of which compare the generation first: a report about an earlier
 * sandbox of the same workspace is stale.
 */

#include "hub/workspaces.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/life.h"
#include "hub/workspace_spec.h"
#include "model/state_dir.h"
#include "store/project_store.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define GRACE_MS 20000
#define WATCH_US (30 * CLOCK_S)
#define WATCH_MS 1000
#define USED_US (10 * CLOCK_S)

struct workspaces {
    struct hub *h;
    struct spawn_client *spawner;
    struct list
        all; /* struct live; those that wait stand in the order in which they came */
    struct loop_timer *pump;
};

struct live {
    struct list link;
    struct workspaces *ws;
    struct workspace_model w;
    char *namespace;
    char socket[108];
    char *waits; /* why it is queued or still starting; "" */
    struct samples samples;
    struct loop_timer *watch;
    int64_t used_us; /* when its use was last written down */
};

/* Whose answer it is: the workspace may be gone by then. */
struct about {
    struct workspaces *ws;
    char id[NAME_WORKSPACE_ID];
    int64_t generation;
};

/* ---- what is in memory ------------------------------------------------------------------------ */

static struct live *find (struct workspaces *ws, const char *id)
{
    list_foreach (l, &ws->all, struct live, link)
        if (!strcmp (l->w.id, id))
            return l;
    return NULL;
}

static void live_free (struct live *l)
{
    list_remove (&l->link);
    loop_cancel (l->watch);
    samples_done (&l->samples);
    workspace_model_done (&l->w);
    free (l->namespace);
    free (l->waits);
    free (l);
}

static char *namespace_of (struct hub *h, const char *project)
{
    autodone (project_model_done) struct project_model p = { .id = "" };
    return xstrdup (project_store_get (h->db, project, &p, NULL) ? "" : p.namespace);
}

static struct live *live_new (struct workspaces *ws, const char *id, struct err *err)
{
    struct live *l = xnew (struct live);
    list_init (&l->link);
    if (workspace_store_get (ws->h->db, id, &l->w, err)) {
        free (l);
        return NULL;
    }
    l->ws = ws;
    l->namespace = namespace_of (ws->h, l->w.project);
    l->waits = xstrdup ("");
    list_append (&ws->all, &l->link);
    return l;
}

static void set_waits (struct live *l, const char *why)
{
    char *copy = xstrdup (why);
    free (l->waits);
    l->waits = copy;
}

static struct about *about (const struct live *l)
{
    struct about *a = xnew (struct about);
    a->ws = l->ws;
    a->generation = l->w.generation;
    memcpy (a->id, l->w.id, sizeof (a->id));
    return a;
}

/* The workspace that an answer is about, if it is still the same sandbox. */
static struct live *still (const struct about *a)
{
    struct live *l = find (a->ws, a->id);
    return l && l->w.generation == a->generation ? l : NULL;
}

/* ---- changes of state --------------------------------------------------------------------------- */

static void create_sandbox (struct live *l);
static void end_sandbox (struct live *l);
static void pump_soon (struct workspaces *ws);

static void set_reason (struct workspace_model *w, const char *reason)
{
    char *copy = xstrdup (reason);
    free (w->reason);
    w->reason = copy;
}

/* Stored, or nothing has changed. */
static int store (struct live *l, const struct life_step *step, enum life_event event,
                  const char *reason, struct err *err)
{
    enum workspace_state from = l->w.state;
    autofree char *old = xstrdup (l->w.reason);
    bool again = l->w.again;
    int64_t seq;
    l->w.state = step->to;
    l->w.generation += event == LIFE_GRANTED;
    l->w.again = again && life_goes_on (step->to);
    set_reason (&l->w, reason);
    if (workspace_store_state (l->ws->h->db, &l->w, life_event_names[event], step->run,
                               &seq, err) == 0)
        return 0;
    l->w.state = from;
    l->w.generation -= event == LIFE_GRANTED;
    l->w.again = again;
    set_reason (&l->w, old);
    return -1;
}

static void begin_again (struct workspaces *ws, const char *id)
{
    struct err err;
    if (workspaces_want (ws->h, id, &err))
        log_error ("workspaces", "%s does not start again: %s", id, err.text);
}

/* L may be gone afterwards.  CONFLICT: the state does not know EVENT. */
static int move (struct live *l, enum life_event event, const char *reason, struct err *err)
{
    struct workspaces *ws = l->ws;
    struct life_step step;
    bool again = l->w.again;
    char id[NAME_WORKSPACE_ID];
    memcpy (id, l->w.id, sizeof (id));
    if (!life_step (l->w.state, event, &step))
        return err_set (err, PROBLEM_CONFLICT, "The workspace is %s at the moment",
                        workspace_state_name (l->w.state));
    if (store (l, &step, event, reason, err))
        return -1;
    log_info ("workspaces", "%s workspace=%s state=%s generation=%lld%s%s",
              life_event_names[event], id, workspace_state_name (step.to),
              (long long)l->w.generation, *reason ? " reason=" : "", reason);
    set_waits (l, "");
    evstream_wake (ws->h);
    if (step.effects & LIFE_CREATE)
        create_sandbox (l);
    if (step.effects & LIFE_END)
        end_sandbox (l);
    if (step.effects & LIFE_LEAVE) {
        live_free (l);
        pump_soon (ws);
        if (again && step.to == WORKSPACE_STOPPED)
            begin_again (ws, id);
    }
    return 0;
}

/* For what nobody waits for an answer to. */
static void move_or_log (struct live *l, enum life_event event, const char *reason)
{
    struct err err;
    char id[NAME_WORKSPACE_ID];
    memcpy (id, l->w.id, sizeof (id));
    if (move (l, event, reason, &err) && err.problem != PROBLEM_CONFLICT)
        log_error ("workspaces", "%s: %s was not written down: %s", id,
                   life_event_names[event], err.text);
}

/* ---- the spawner's answers ------------------------------------------------------------------------ */

static void take_state (struct live *l, const struct spawn_state *s)
{
    struct err err;
    memcpy (l->socket, s->socket, sizeof (l->socket));
    /* A hub that was killed while it switched did not write it down. */
    if (l->w.state == WORKSPACE_RUNNING && strcmp (l->w.machine, s->machine) != 0 &&
        machines_find (catalog_machines (l->ws->h), s->machine) &&
        live_moved (l, s->machine, &err))
        log_error ("workspaces", "%s: %s", l->w.id, err.text);
    if (l->w.state == WORKSPACE_STARTING)
        move_or_log (l, LIFE_BEGAN, "");
}

static void on_created (void *arg, const json_t *ok, const struct err *err)
{
    autofree struct about *a = arg;
    struct live *l = still (a);
    struct spawn_state s;
    struct err bad;
    if (!l)
        return;
    if (ok && spawn_state_from_json (ok, &s, &bad) == 0)
        take_state (l, &s);
    else if (!ok && err->problem == PROBLEM_UNAVAILABLE)
        set_waits (l, err->text); /* on_up asks again */
    else
        move_or_log (l, LIFE_ENDED, ok ? bad.text : err->text);
}

static void create_sandbox (struct live *l)
{
    struct hub *h = l->ws->h;
    autodone (user_model_done) struct user_model owner = { .id = "" };
    struct sandbox_spec spec;
    struct err err;
    if (user_store_get (h->db, l->w.owner, &owner, &err)) {
        log_error ("workspaces", "%s: %s", l->w.id, err.text);
        return;
    }
    workspace_spec_fill (&spec, &l->w, &owner, h->site.hub);
    spawn_client_ask (l->ws->spawner,
                      &(struct spawn_request){ .what = SPAWN_CREATE, .spec = &spec },
                      on_created, about (l));
    sandbox_spec_done (&spec);
}

static void on_stop_answer (void *arg, const json_t *ok, const struct err *err)
{
    autofree struct about *a = arg;
    struct live *l = still (a);
    if (l && !ok && err->problem == PROBLEM_NOT_FOUND)
        move_or_log (l, LIFE_ENDED, l->w.reason);
}

static void ask_end (struct workspaces *ws, const char *id, struct about *a)
{
    struct spawn_request r = { .what = SPAWN_STOP, .grace_ms = GRACE_MS };
    (void)snprintf (r.sandbox, sizeof (r.sandbox), "%s", id);
    spawn_client_ask (ws->spawner, &r, a ? on_stop_answer : NULL, a);
}

static void end_sandbox (struct live *l)
{
    ask_end (l->ws, l->w.id, about (l));
}

/* ---- the queue -------------------------------------------------------------------------------------- */

static void count_slots (struct workspaces *ws, struct slots *ret)
{
    slots_init (ret, catalog_machines (ws->h));
    list_foreach (l, &ws->all, struct live, link)
        if (life_takes_slot (l->w.state))
            slots_take (ret, l->w.machine);
}

/* L is queued; it may be gone afterwards. */
static void try_grant (struct live *l, struct slots *s)
{
    struct hub *h = l->ws->h;
    struct err err;
    const struct machine *m = catalog_machine_here (h, l->w.machine, &err);
    if (!m || !catalog_environment (h, l->w.environment, &err)) {
        move_or_log (l, LIFE_ENDED, err.text);
    } else if (!slots_free (s, m)) {
        autofree char *why = slots_why (s, m);
        set_waits (l, why);
    } else {
        slots_take (s, m->name);
        move_or_log (l, LIFE_GRANTED, "");
    }
}

static void on_pump (void *arg)
{
    struct workspaces *ws = arg;
    struct slots s;
    ws->pump = NULL;
    count_slots (ws, &s);
    list_foreach (l, &ws->all, struct live, link)
        if (l->w.state == WORKSPACE_QUEUED)
            try_grant (l, &s);
    slots_done (&s);
}

static void pump_soon (struct workspaces *ws)
{
    if (!ws->pump)
        ws->pump = loop_soon (ws->h->loop, on_pump, ws);
}

/* ---- adoption: the spawner is there (again) and lists what runs ------------------------------------- */

static void ended (struct live *l, const struct spawn_exit *e)
{
    bool wanted = l->w.state == WORKSPACE_STOPPING;
    autofree char *why = NULL;
    if (!wanted && e->oom_kills && e->mem_limit)
        why = xasprintf ("It ran out of memory: %llu MB of %llu MB were used",
                         (unsigned long long)(e->mem_peak >> 20),
                         (unsigned long long)(e->mem_limit >> 20));
    else
        why = xasprintf ("%s", wanted ? l->w.reason : e->reason);
    move_or_log (l, LIFE_ENDED, why);
}

static void adopt (struct live *l, const struct spawn_state *s)
{
    bool same = s->generation == l->w.generation;
    if (s->life == SPAWN_ENDED_LIFE) {
        if (same && life_takes_slot (l->w.state))
            ended (l, &s->exit);
    } else if (!same || l->w.state == WORKSPACE_STOPPING ||
               l->w.state == WORKSPACE_QUEUED) {
        ask_end (l->ws, l->w.id, same ? about (l) : NULL);
    } else {
        take_state (l, s);
    }
}

/* Runs, but is not among those that go on. */
static void unclaimed (struct workspaces *ws, const struct spawn_state *s)
{
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    if (s->life == SPAWN_ENDED_LIFE)
        return;
    if (workspace_store_get (ws->h->db, s->sandbox, &w, NULL)) {
        log_warning ("workspaces", "sandbox %s runs, and nobody knows it: left alone",
                     s->sandbox);
        return;
    }
    log_warning ("workspaces", "sandbox of the stopped workspace %s runs: ended", w.id);
    ask_end (ws, w.id, NULL);
}

static bool listed (const json_t *list, const struct live *l)
{
    size_t i;
    json_t *j;
    json_array_foreach (list, i, j)
    {
        if (!strcmp (jsonx_str (j, "sandbox", ""), l->w.id) &&
            jsonx_int (j, "generation", -1) == l->w.generation)
            return true;
    }
    return false;
}

static void missing (struct live *l)
{
    if (l->w.state == WORKSPACE_STARTING)
        create_sandbox (l);
    else if (l->w.state == WORKSPACE_STOPPING)
        move_or_log (l, LIFE_ENDED, l->w.reason);
    else if (l->w.state == WORKSPACE_RUNNING)
        move_or_log (l, LIFE_ENDED,
                     "It did not run any more when the hub looked: was the computer "
                     "restarted?");
}

static void on_up (void *arg, const json_t *list)
{
    struct workspaces *ws = arg;
    size_t i;
    json_t *j;
    list_foreach (l, &ws->all, struct live, link)
        if (!listed (list, l))
            missing (l);
    json_array_foreach (list, i, j)
    {
        struct spawn_state s;
        struct err err;
        if (spawn_state_from_json (j, &s, &err)) {
            log_warning ("workspaces", "the spawner lists what is not understood: %s",
                         err.text);
            continue;
        }
        struct live *l = find (ws, s.sandbox);
        if (l)
            adopt (l, &s);
        else
            unclaimed (ws, &s);
    }
    pump_soon (ws);
}

/* ---- events ------------------------------------------------------------------------------------------ */

static void on_sample (struct live *l, const json_t *body)
{
    struct spawn_sample s;
    struct err err;
    if (spawn_sample_from_json (body, &s, &err)) {
        log_warning ("workspaces", "%s: %s", l->w.id, err.text);
        return;
    }
    samples_add (&l->samples, &s);
    autojson json_t *j = sample_json (samples_last (&l->samples));
    evstream_flash (l->ws->h, "workspace.metrics", l->w.id, l->namespace, j);
    if (s.t_us - l->used_us < USED_US)
        return;
    l->used_us = s.t_us;
    if (workspace_store_used (l->ws->h->db, l->w.id, (int64_t)s.cpu_us, s.mem, &err))
        log_error ("workspaces", "%s: what it used was not written: %s", l->w.id, err.text);
}

static void on_oom (struct live *l, const json_t *body)
{
    struct spawn_oom o;
    if (spawn_oom_from_json (body, &o, NULL))
        return;
    autofree char *text = xasprintf (
        "Out of memory: %llu of %llu MB were in use, and the system ended %llu "
        "process%s",
        (unsigned long long)(o.mem_peak >> 20), (unsigned long long)(o.mem_limit >> 20),
        (unsigned long long)(o.kills - o.kills_before),
        o.kills - o.kills_before == 1 ? "" : "es");
    autojson json_t *j = json_pack ("{s:s}", "text", text);
    log_info ("workspaces", "oom workspace=%s %s", l->w.id, text);
    evstream_flash (l->ws->h, "workspace.oom", l->w.id, l->namespace, j);
}

static void on_exit_event (struct live *l, const json_t *body)
{
    struct spawn_exit e;
    struct err err;
    if (spawn_exit_from_json (body, &e, &err))
        log_warning ("workspaces", "%s: %s", l->w.id, err.text);
    else
        ended (l, &e);
}

static void on_event (void *arg, enum spawn_event event, const json_t *body)
{
    struct live *l = find (arg, jsonx_str (body, "sandbox", ""));
    if (!l || jsonx_int (body, "generation", -1) != l->w.generation)
        return;
    if (event == SPAWN_EXIT)
        on_exit_event (l, body);
    else if (event == SPAWN_OOM)
        on_oom (l, body);
    else if (event == SPAWN_SAMPLE)
        on_sample (l, body);
}

/* ---- wishes --------------------------------------------------------------------------------------------- */

int workspaces_want (struct hub *h, const char *id, struct err *err)
{
    struct live *l = find (h->workspaces, id);
    if (l)
        return l->w.state == WORKSPACE_STOPPING
                   ? err_set (err, PROBLEM_CONFLICT,
                              "The workspace is stopping: start it when it has stopped")
                   : 0;
    l = live_new (h->workspaces, id, err);
    if (!l)
        return -1;
    if (move (l, LIFE_START, "", err)) {
        live_free (l);
        return -1;
    }
    pump_soon (h->workspaces);
    return 0;
}

int workspaces_end (struct hub *h, const char *id, const char *why, struct err *err)
{
    struct live *l = find (h->workspaces, id);
    if (!l || l->w.state == WORKSPACE_STOPPING)
        return 0;
    return move (l, LIFE_STOP, why, err);
}

int workspaces_again (struct hub *h, const char *id, const char *why, struct err *err)
{
    struct live *l = find (h->workspaces, id);
    if (!l)
        return workspaces_want (h, id, err);
    if (l->w.state == WORKSPACE_QUEUED) {
        pump_soon (h->workspaces);
        return 0;
    }
    l->w.again = true;
    if (move (l, LIFE_STOP, why, err) == 0)
        return 0;
    l->w.again = false;
    return -1;
}

struct removal {
    struct hub *h;
    char id[NAME_WORKSPACE_ID];
    void (*cb) (void *arg, const struct err *err);
    void *arg;
};

static void on_destroyed (void *arg, const json_t *ok, const struct err *err)
{
    autofree struct removal *r = arg;
    struct err bad;
    struct live *l = find (r->h->workspaces, r->id);
    if (!ok && err->problem != PROBLEM_NOT_FOUND) {
        r->cb (r->arg, err);
        return;
    }
    if (workspace_store_delete (r->h->db, r->id, &bad)) {
        r->cb (r->arg, &bad);
        return;
    }
    if (l)
        live_free (l);
    pump_soon (r->h->workspaces);
    r->cb (r->arg, NULL);
}

void workspaces_remove (struct hub *h, const char *id,
                        void (*cb) (void *arg, const struct err *err), void *arg)
{
    struct removal *r = xnew (struct removal);
    struct spawn_request ask = { .what = SPAWN_DESTROY };
    *r = (struct removal){ .h = h, .cb = cb, .arg = arg };
    (void)snprintf (r->id, sizeof (r->id), "%s", id);
    (void)snprintf (ask.sandbox, sizeof (ask.sandbox), "%s", id);
    spawn_client_ask (h->workspaces->spawner, &ask, on_destroyed, r);
}

/* ---- one that goes on --------------------------------------------------------------------------------- */

struct live *workspaces_live (struct hub *h, const char *id)
{
    return find (h->workspaces, id);
}

const struct workspace_model *live_model (const struct live *l)
{
    return &l->w;
}

const char *live_socket (const struct live *l)
{
    return l->w.state == WORKSPACE_RUNNING && *l->socket ? l->socket : NULL;
}

const struct samples *live_samples (const struct live *l)
{
    return &l->samples;
}

unsigned live_position (const struct live *l)
{
    unsigned n = 0;
    if (l->w.state != WORKSPACE_QUEUED)
        return 0;
    list_foreach (other, &l->ws->all, struct live, link) {
        n += other->w.state == WORKSPACE_QUEUED && !strcmp (other->w.machine, l->w.machine);
        if (other == l)
            break;
    }
    return n;
}

static void pace (struct live *l, int64_t every_ms)
{
    struct spawn_request r = { .what = SPAWN_STATS, .every_ms = every_ms };
    memcpy (r.sandbox, l->w.id, sizeof (l->w.id));
    spawn_client_ask (l->ws->spawner, &r, NULL, NULL);
}

static void on_watched (void *arg)
{
    struct live *l = arg;
    l->watch = NULL;
    pace (l, SPAWN_STATS_MS);
}

void live_watched (struct live *l)
{
    if (!l->watch)
        pace (l, WATCH_MS);
    loop_cancel (l->watch);
    l->watch = loop_after (l->ws->h->loop, WATCH_US, on_watched, l);
}

int live_moved (struct live *l, const char *machine, struct err *err)
{
    struct hub *h = l->ws->h;
    autofree char *old = l->w.machine;
    int64_t seq;
    l->w.machine = xstrdup (machine);
    if (workspace_store_update (h->db, &l->w, err) ||
        workspace_store_state (h->db, &l->w, "switch", WORKSPACE_RUN_ENDS, &seq, err) ||
        workspace_store_state (h->db, &l->w, "switch", WORKSPACE_RUN_BEGINS, &seq, err))
        return -1;
    evstream_wake (h);
    pump_soon (l->ws);
    return 0;
}

/* ---- all of them ------------------------------------------------------------------------------------- */

void workspaces_slots (struct hub *h, struct slots *ret)
{
    count_slots (h->workspaces, ret);
}

struct spawn_client *workspaces_spawner (struct hub *h)
{
    return h->workspaces->spawner;
}

void workspaces_each (struct hub *h, void (*fn) (void *arg, struct live *l), void *arg)
{
    list_foreach (l, &h->workspaces->all, struct live, link)
        fn (arg, l);
}

void workspaces_reload (struct hub *h, const char *id)
{
    struct live *l = find (h->workspaces, id);
    struct workspace_model w = { .id = "" };
    if (!l || workspace_store_get (h->db, id, &w, NULL))
        return;
    workspace_model_done (&l->w);
    l->w = w;
}

/* ---- what people see ------------------------------------------------------------------------------------ */

static json_t *progress_json (const struct live *l)
{
    if (!l || (l->w.state != WORKSPACE_QUEUED && l->w.state != WORKSPACE_STARTING))
        return json_null ();
    return json_pack ("{s:s, s:i}", "step",
                      l->w.state == WORKSPACE_QUEUED ? "machine" : "jupyter", "percent", 0);
}

json_t *workspaces_item (struct hub *h, const struct workspace_model *w)
{
    autodone (project_model_done) struct project_model p = { .id = "" };
    autodone (user_model_done) struct user_model u = { .id = "" };
    const struct live *l = find (h->workspaces, w->id);
    bool known = project_store_get (h->db, w->project, &p, NULL) == 0;
    autofree char *full =
        known ? xasprintf ("%s/projects/%s", p.namespace, p.name) : xstrdup ("");
    bool named = user_store_get (h->db, w->owner, &u, NULL) == 0;
    json_t *j =
        workspace_model_json (w, full, named ? u.name : "", clock_wall_us () / CLOCK_S);
    unsigned position = l ? live_position (l) : 0;
    if (l && *l->waits)
        jsonx_set_str (j, "reason", l->waits);
    (void)json_object_set_new (j, "position",
                               position ? json_integer (position) : json_null ());
    (void)json_object_set_new (j, "progress", progress_json (l));
    return j;
}

/* ---- life ----------------------------------------------------------------------------------------------- */

static void load_one (void *arg, const struct workspace_model *w)
{
    struct workspaces *ws = arg;
    struct err err;
    if (!live_new (ws, w->id, &err))
        log_error ("workspaces", "%s: %s", w->id, err.text);
}

static unsigned in_use (struct hub *h, const struct machine *m)
{
    struct slots s;
    count_slots (h->workspaces, &s);
    unsigned n = slots_taken (&s, m);
    slots_done (&s);
    return n;
}

struct workspaces *workspaces_new (struct hub *h, struct err *err)
{
    static const struct spawn_client_ops ops = { .up = on_up, .event = on_event };
    struct workspaces *ws = xnew (struct workspaces);
    autofree char *path = state_dir_spawner_sock (h->state_dir);
    ws->h = h;
    list_init (&ws->all);
    ws->spawner = spawn_client_new (h->loop, path, &ops, ws);
    catalog_count_with (h, in_use);
    if (workspace_store_each_alive (h->db, load_one, ws, err)) {
        workspaces_free (ws);
        return NULL;
    }
    return ws;
}

void workspaces_free (struct workspaces *ws)
{
    if (!ws)
        return;
    spawn_client_free (ws->spawner);
    loop_cancel (ws->pump);
    list_foreach (l, &ws->all, struct live, link)
        live_free (l);
    free (ws);
}
