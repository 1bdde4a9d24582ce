/* switch.c - another machine or environment for a workspace, losing as little as possible
 *
 * plan -> (gate: the spawner is asked, dry or not) -> done.  What the gate refuses falls back to a restart
 * unless the wish says gate only.
 */

#include "hub/switch.h"

#include "base/jsonx.h"
#include "hub/catalog.h"
#include "hub/life.h"
#include "hub/tally.h"
#include "hub/workspaces.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

struct job {
    struct hub *h;
    char id[NAME_WORKSPACE_ID];
    char *machine, *environment, *layer;
    bool dry_run;
    bool runs;
    bool gate;    /* it runs, and the environment stays */
    bool nothing; /* it is so already */
    bool moves;   /* to another machine */
    void (*cb) (void *arg, const struct switch_result *result, const struct err *err);
    void *arg;
    struct err err;
};

static void job_free (struct job *j)
{
    free (j->machine);
    free (j->environment);
    free (j->layer);
    free (j);
}

static void fail (struct job *j, const struct err *err)
{
    j->cb (j->arg, NULL, err);
    job_free (j);
}

/* Takes LOST and BECAUSE; NULL: none. */
static void finish (struct job *j, const char *layer, json_t *lost, json_t *because)
{
    autojson json_t *losses = lost ? lost : json_array ();
    autojson json_t *reasons = because ? because : json_array ();
    const struct switch_result r = { layer, losses, reasons };
    j->cb (j->arg, &r, NULL);
    job_free (j);
}

/* ---- restart ---------------------------------------------------------------------------------------- */

static json_t *lost_in_restart (void)
{
    return json_pack ("[s, s]", "Kernels end, with all their variables; running cells stop",
                      "Terminals end, with what runs in them");
}

/* What the next run shall be like. */
static int write_wish (struct job *j, struct err *err)
{
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    if (workspace_store_get (j->h->db, j->id, &w, err))
        return -1;
    free (w.machine);
    free (w.environment);
    w.machine = xstrdup (j->machine);
    w.environment = xstrdup (j->environment);
    return workspace_store_update (j->h->db, &w, err);
}

/* WHY: what stands in the way of something better; NULL: nothing, or nobody asked. */
static void restart (struct job *j, const char *why)
{
    const struct live *l = workspaces_live (j->h, j->id);
    bool running = l && life_takes_slot (live_model (l)->state);
    const char *reason =
        j->moves ? "It starts again on another machine" : "It starts again";
    struct err err;
    if (!j->dry_run &&
        (write_wish (j, &err) || workspaces_again (j->h, j->id, reason, &err))) {
        fail (j, &err);
        return;
    }
    if (!j->dry_run && !running)
        workspaces_reload (j->h, j->id);
    else if (!j->dry_run)
        tally_switch (j->h->tally, TALLY_RESTART);
    finish (j, "restart", running ? lost_in_restart () : NULL,
            running && why ? json_pack ("[s]", why) : NULL);
}

/* ---- gate ------------------------------------------------------------------------------------------- */

static void gate_done (struct job *j, const json_t *ok)
{
    if (!j->dry_run)
        tally_switch (j->h->tally, TALLY_GATE);
    struct live *l = workspaces_live (j->h, j->id);
    json_t *lost = json_object_get (ok, "lost");
    struct err err;
    if (!j->dry_run && l && live_moved (l, j->machine, &err))
        fail (j, &err);
    else
        finish (j, "gate", json_incref (lost), NULL);
}

static void on_gate (void *arg, const json_t *ok, const struct err *err)
{
    struct job *j = arg;
    if (ok)
        gate_done (j, ok);
    else if (!strcmp (j->layer, "gate") || err->problem == PROBLEM_UNAVAILABLE ||
             err->problem == PROBLEM_TIMEOUT)
        fail (j, err);
    else
        restart (j, err->text);
}

static void ask_gate (struct job *j)
{
    struct spawn_request r = { .what = SPAWN_GATE, .dry_run = j->dry_run };
    (void)snprintf (r.sandbox, sizeof (r.sandbox), "%s", j->id);
    (void)snprintf (r.machine, sizeof (r.machine), "%s", j->machine);
    spawn_client_ask (workspaces_spawner (j->h), &r, on_gate, j);
}

/* ---- plan ------------------------------------------------------------------------------------------- */

/* Is there room on M, if W leaves where it is? */
static int check_room (struct hub *h, const struct workspace_model *w,
                       const struct machine *m, struct err *err)
{
    struct slots s;
    workspaces_slots (h, &s);
    if (life_takes_slot (w->state))
        slots_leave (&s, w->machine);
    autofree char *why = slots_free (&s, m) ? NULL : slots_why (&s, m);
    slots_done (&s);
    return why ? err_set (err, PROBLEM_CONFLICT, "%s", why) : 0;
}

static bool same_software (struct hub *h, const struct workspace_model *w,
                           const struct environment *e, const struct machine *m)
{
    const struct machine *now = machines_find (catalog_machines (h), w->machine);
    const struct environment *old =
        environments_find (catalog_environments (h), w->environment);
    if (!now || !old)
        return false;
    const struct env_variant *a = environment_for (old, now->gpus > 0);
    const struct env_variant *b = environment_for (e, m->gpus > 0);
    return a->kind == b->kind && !strcmp (a->path, b->path);
}

static int plan (struct job *j, const struct workspace_model *w,
                 const struct switch_wish *wish, struct err *err)
{
    bool has_machine = wish->machine && *wish->machine;
    bool has_env = wish->environment && *wish->environment;
    const struct machine *m =
        catalog_machine_here (j->h, has_machine ? wish->machine : w->machine, err);
    const struct environment *e =
        m ? catalog_environment (j->h, has_env ? wish->environment : w->environment, err)
          : NULL;
    if (!e)
        return -1;
    j->machine = xstrdup (m->name);
    j->environment = xstrdup (e->name);
    j->runs = w->state == WORKSPACE_RUNNING;
    j->gate = j->runs && same_software (j->h, w, e, m);
    j->moves = strcmp (m->name, w->machine) != 0;
    j->nothing = j->gate && !j->moves && has_machine;
    if (*j->layer && strcmp (j->layer, "gate") != 0 && strcmp (j->layer, "restart") != 0)
        return err_set (err, PROBLEM_INVALID, "layer: expected gate or restart");
    if (!strcmp (j->layer, "gate") && !j->gate)
        return err_set (err, PROBLEM_CONFLICT,
                        "This change needs a restart: the environment is another one, or "
                        "the workspace does not run");
    return life_goes_on (w->state) ? check_room (j->h, w, m, err) : 0;
}

static void go (void *arg)
{
    struct job *j = arg;
    if (j->err.problem)
        fail (j, &j->err);
    else if (!strcmp (j->layer, "restart"))
        restart (j, NULL);
    else if (!j->gate)
        restart (j, j->runs ? "the environment is another one" : NULL);
    else if (j->nothing)
        finish (j, "none", NULL, NULL);
    else
        ask_gate (j);
}

void switch_workspace (struct hub *h, const struct workspace_model *w,
                       const struct switch_wish *wish,
                       void (*cb) (void *arg, const struct switch_result *result,
                                   const struct err *err),
                       void *arg)
{
    struct job *j = xnew (struct job);
    *j = (struct job){ .h = h, .dry_run = wish->dry_run, .cb = cb, .arg = arg };
    memcpy (j->id, w->id, sizeof (j->id));
    /* Who names neither wants just that: a restart. */
    bool named =
        (wish->machine && *wish->machine) || (wish->environment && *wish->environment);
    j->layer = xstrdup (wish->layer && *wish->layer ? wish->layer : named ? "" : "restart");
    (void)plan (j, w, wish, &j->err);
    (void)loop_soon (h->loop, go, j);
}
