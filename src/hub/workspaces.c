/* workspaces.c - what goes on: in memory, its changes of state, the queue, what people wish */

#include "hub/workspaces_private.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/tally.h"
#include "model/state_dir.h"
#include "store/project_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define SETTLE_US CLOCK_S

/* ---- what is in memory ------------------------------------------------------------------------ */

struct live *live_find (struct workspaces *ws, const char *id)
{
    list_foreach (l, &ws->all, struct live, link)
        if (!strcmp (l->w.id, id))
            return l;
    return NULL;
}

void live_free (struct live *l)
{
    list_remove (&l->link);
    loop_cancel (l->watch);
    idle_watch_free (l->idle);
    session_watch_free (l->session);
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

static void tell_pages (struct live *l)
{
    autojson json_t *item = workspaces_item (l->ws->h, &l->w);
    evstream_flash (l->ws->h, "workspace.update", l->w.id, l->namespace, item);
}

void live_set_waits (struct live *l, const char *why)
{
    if (!strcmp (l->waits, why))
        return;
    char *copy = xstrdup (why);
    free (l->waits);
    l->waits = copy;
    if (*why)
        tell_pages (l);
}

/* ---- changes of state --------------------------------------------------------------------------- */

static void set_reason (struct workspace_model *w, const char *reason)
{
    char *copy = xstrdup (reason);
    free (w->reason);
    w->reason = copy;
}

static void count (struct live *l, enum workspace_state from, enum life_event event)
{
    struct tally *t = l->ws->h->tally;
    bool asked =
        from == WORKSPACE_STOPPING && l->how == LIFE_END_FAILED; /* of another hub */
    if (event == LIFE_START)
        l->asked_us = clock_mono_us ();
    else if (event == LIFE_BEGAN)
        tally_start (t, l->w.machine, l->asked_us ? clock_mono_us () - l->asked_us : 0);
    else if (life_takes_slot (from) && !life_goes_on (l->w.state))
        tally_end (t, l->w.machine, asked ? LIFE_END_STOPPED : l->how);
}

static void note_session (struct live *l, enum workspace_run run)
{
    if (run == WORKSPACE_RUN_BEGINS)
        l->w.began = l->at > 0 ? l->at : clock_wall_us () / CLOCK_S;
    else if (run == WORKSPACE_RUN_ENDS)
        l->w.began = 0;
    l->at = WORKSPACE_AT_NOW;
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
                               l->at, &seq, err) == 0) {
        note_session (l, step->run);
        count (l, from, event);
        return 0;
    }
    l->w.state = from;
    l->w.generation -= event == LIFE_GRANTED;
    l->w.again = again;
    set_reason (&l->w, old);
    return -1;
}

void live_look_after (struct live *l, enum idle_use since)
{
    bool runs = l->w.state == WORKSPACE_RUNNING;
    if (runs && !l->idle)
        l->idle = idle_watch_new (l->ws->h, l, since);
    else if (!runs)
        idle_watch_free (take_ptr (l->idle));
    if (runs && !l->session)
        l->session = session_watch_new (l->ws->h, l);
    else if (!runs)
        session_watch_free (take_ptr (l->session));
}

static void begin_again (struct workspaces *ws, const char *id)
{
    struct err err;
    if (workspaces_want (ws->h, id, &err))
        log_error ("workspaces", "%s does not start again: %s", id, err.text);
}

int live_move (struct live *l, enum life_event event, const char *reason, struct err *err)
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
    live_set_waits (l, "");
    live_look_after (l, IDLE_BEGAN);
    evstream_wake (ws->h);
    if (step.effects & LIFE_CREATE)
        live_create_sandbox (l);
    if (step.effects & LIFE_END)
        live_end_sandbox (l);
    if (step.effects & LIFE_LEAVE) {
        live_free (l);
        workspaces_pump_soon (ws);
        if (again && step.to == WORKSPACE_STOPPED)
            begin_again (ws, id);
    }
    return 0;
}

void live_move_or_log (struct live *l, enum life_event event, const char *reason)
{
    struct err err;
    char id[NAME_WORKSPACE_ID];
    memcpy (id, l->w.id, sizeof (id));
    if (live_move (l, event, reason, &err) == 0 || err.problem == PROBLEM_CONFLICT)
        return;
    if (strcmp (l->waits, err.text) != 0)
        log_error ("workspaces", "%s: %s was not written down: %s", id,
                   life_event_names[event], err.text);
    live_set_waits (l, err.text);
    workspaces_settle_soon (l->ws);
}

/* ---- the queue -------------------------------------------------------------------------------------- */

void workspaces_count (struct workspaces *ws, struct slots *ret)
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
        live_move_or_log (l, LIFE_ENDED, err.text);
    } else if (!slots_free (s, m)) {
        autofree char *why = slots_why (s, m);
        live_set_waits (l, why);
    } else {
        slots_take (s, m->name);
        live_move_or_log (l, LIFE_GRANTED, "");
    }
}

/* Who has come forward in the queue learns of it. */
static void tell_places (struct workspaces *ws)
{
    list_foreach (l, &ws->all, struct live, link) {
        unsigned place = live_position (l);
        if (place && l->place && place != l->place)
            tell_pages (l);
        l->place = place;
    }
}

static void on_pump (void *arg)
{
    struct workspaces *ws = arg;
    struct slots s;
    ws->pump = NULL;
    workspaces_count (ws, &s);
    list_foreach (l, &ws->all, struct live, link)
        if (l->w.state == WORKSPACE_QUEUED)
            try_grant (l, &s);
    slots_done (&s);
    tell_places (ws);
}

void workspaces_pump_soon (struct workspaces *ws)
{
    if (!ws->pump)
        ws->pump = loop_soon (ws->h->loop, on_pump, ws);
}

static void on_settle (void *arg)
{
    struct workspaces *ws = arg;
    ws->settle = NULL;
    workspaces_pump_soon (ws);
    spawn_client_list (ws->spawner);
}

void workspaces_settle_soon (struct workspaces *ws)
{
    if (!ws->settle)
        ws->settle = loop_after (ws->h->loop, SETTLE_US, on_settle, ws);
}

/* ---- wishes --------------------------------------------------------------------------------------------- */

int workspaces_want (struct hub *h, const char *id, struct err *err)
{
    struct live *l = live_find (h->workspaces, id);
    if (l)
        return l->w.state == WORKSPACE_STOPPING
                   ? err_set (err, PROBLEM_CONFLICT,
                              "The workspace is stopping: start it when it has stopped")
                   : 0;
    l = live_new (h->workspaces, id, err);
    if (!l)
        return -1;
    if (live_move (l, LIFE_START, "", err)) {
        live_free (l);
        return -1;
    }
    workspaces_pump_soon (h->workspaces);
    return 0;
}

/* Who wants the end takes back what was to come after it. */
static int live_end (struct live *l, enum life_end how, const char *why, struct err *err)
{
    bool again = l->w.again;
    enum life_end before = l->how;
    if (l->w.state == WORKSPACE_STOPPING && !again)
        return 0;
    l->w.again = false;
    l->how = how;
    if (live_move (l, LIFE_STOP, why, err) == 0) /* L may be gone */
        return 0;
    l->w.again = again;
    l->how = before;
    return -1;
}

int workspaces_end (struct hub *h, const char *id, enum life_end how, const char *why,
                    struct err *err)
{
    struct live *l = live_find (h->workspaces, id);
    return l ? live_end (l, how, why, err) : 0;
}

int workspaces_again (struct hub *h, const char *id, const char *why, struct err *err)
{
    struct live *l = live_find (h->workspaces, id);
    if (!l)
        return workspaces_want (h, id, err);
    if (l->w.state == WORKSPACE_QUEUED) {
        workspaces_pump_soon (h->workspaces);
        return 0;
    }
    if (l->w.state == WORKSPACE_STOPPING)
        return err_set (err, PROBLEM_CONFLICT, "The workspace is stopping at the moment");
    l->w.again = true;
    l->how = LIFE_END_RESTART;
    if (live_move (l, LIFE_STOP, why, err) == 0)
        return 0;
    l->w.again = false;
    l->how = LIFE_END_FAILED;
    return -1;
}

struct removal {
    struct hub *h;
    char id[NAME_WORKSPACE_ID];
    workspaces_removed_fn cb;
    void *arg;
};

/* The spawner says that it is gone, and has not told of its end. */
static int end_unheard (struct live *l, struct err *err)
{
    autofree char *why = xstrdup (l->w.reason);
    return live_end (l, LIFE_END_DELETED, why, err) || live_move (l, LIFE_ENDED, why, err)
               ? -1
               : 0;
}

static int forget (struct hub *h, const char *id, struct workspace_model *ret,
                   struct err *err)
{
    struct live *l = live_find (h->workspaces, id);
    if (l && end_unheard (l, err))
        return -1;
    if (workspace_store_get (h->db, id, ret, err))
        return -1;
    return workspace_store_delete (h->db, id, err);
}

static void on_destroyed (void *arg, const json_t *ok, const struct err *err)
{
    autofree struct removal *r = arg;
    autodone (workspace_model_done) struct workspace_model was = { .id = "" };
    struct err bad;
    if (!ok && err->problem != PROBLEM_NOT_FOUND) {
        r->cb (r->arg, NULL, err);
    } else if (forget (r->h, r->id, &was, &bad)) {
        workspaces_settle_soon (r->h->workspaces);
        r->cb (r->arg, NULL, &bad);
    } else {
        workspaces_pump_soon (r->h->workspaces);
        r->cb (r->arg, &was, NULL);
    }
}

int workspaces_remove (struct hub *h, const char *id, const char *why,
                       workspaces_removed_fn cb, void *arg, struct err *err)
{
    struct spawn_request ask = { .what = SPAWN_DESTROY };
    /* Without a spawner nothing can be removed: then it goes on as it is. */
    if (spawn_client_is_up (h->workspaces->spawner) &&
        workspaces_end (h, id, LIFE_END_DELETED, why, err))
        return -1;
    struct removal *r = xnew (struct removal);
    *r = (struct removal){ .h = h, .cb = cb, .arg = arg };
    (void)snprintf (r->id, sizeof (r->id), "%s", id);
    (void)snprintf (ask.sandbox, sizeof (ask.sandbox), "%s", id);
    spawn_client_ask (h->workspaces->spawner, &ask, on_destroyed, r);
    return 0;
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
    workspaces_count (h->workspaces, &s);
    unsigned n = slots_taken (&s, m);
    slots_done (&s);
    return n;
}

struct workspaces *workspaces_new (struct hub *h, struct err *err)
{
    struct workspaces *ws = xnew (struct workspaces);
    autofree char *path = state_dir_spawner_sock (h->state_dir);
    ws->h = h;
    list_init (&ws->all);
    ws->spawner = spawn_client_new (h->loop, path, &workspaces_hear, ws);
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
    loop_cancel (ws->settle);
    list_foreach (l, &ws->all, struct live, link)
        live_free (l);
    free (ws);
}
