/* workspaces_hear.c - the spawner: what it is asked, what it answers, lists and tells
 *
 * Each report is compared by generation first: one about an earlier sandbox of the same workspace is stale.
 */

#include "hub/workspaces_private.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/workspace_spec.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define GRACE_MS 20000
#define USED_US (10 * CLOCK_S)

/* Whose answer it is: the workspace may be gone by then. */
struct about {
    struct workspaces *ws;
    char id[NAME_WORKSPACE_ID];
    int64_t generation;
};

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
    struct live *l = live_find (a->ws, a->id);
    return l && l->w.generation == a->generation ? l : NULL;
}

/* ---- the spawner's answers ------------------------------------------------------------------------ */

/* A hub that was killed while it switched did not write down where the sandbox is. */
static void catch_up (struct live *l, const char *machine)
{
    struct err err;
    if (l->w.state != WORKSPACE_RUNNING || !strcmp (l->w.machine, machine) ||
        !machines_find (catalog_machines (l->ws->h), machine))
        return;
    if (live_moved (l, machine, &err) == 0) {
        live_set_waits (l, "");
        return;
    }
    if (strcmp (l->waits, err.text) != 0)
        log_error ("workspaces", "%s: the switch was not written down: %s", l->w.id,
                   err.text);
    live_set_waits (l, err.text);
}

static void take_state (struct live *l, const struct spawn_state *s)
{
    memcpy (l->socket, s->socket, sizeof (l->socket));
    catch_up (l, s->machine);
    if (l->w.state == WORKSPACE_STARTING) {
        l->at = s->started_us / CLOCK_S;
        live_move_or_log (l, LIFE_BEGAN, "");
    }
    live_look_after (l, IDLE_HUB);
}

/* on_up asks again: when the line is there, or, if it is and only took nothing, in a while. */
static void live_wait_for_spawner (struct live *l, const char *why)
{
    live_set_waits (l, why);
    workspaces_settle_soon (l->ws);
}

static void on_created (void *arg, const json_t *ok, const struct err *err)
{
    autofree struct about *a = arg;
    struct live *l = still (a);
    struct spawn_state s;
    struct err bad;
    if (!l)
        return;
    l->creating = false;
    if (ok && spawn_state_from_json (ok, &s, &bad) == 0)
        take_state (l, &s);
    else if (!ok && err->problem == PROBLEM_UNAVAILABLE)
        live_wait_for_spawner (l, err->text);
    else
        live_move_or_log (l, LIFE_ENDED, ok ? bad.text : err->text);
}

void live_create_sandbox (struct live *l)
{
    struct hub *h = l->ws->h;
    autodone (user_model_done) struct user_model owner = { .id = "" };
    struct sandbox_spec spec;
    struct err err;
    if (user_store_get (h->db, l->w.owner, &owner, &err)) {
        log_error ("workspaces", "%s: %s", l->w.id, err.text);
        live_set_waits (l, err.text);
        workspaces_settle_soon (l->ws);
        return;
    }
    l->creating = true;
    workspace_spec_fill (&spec, &l->w, &owner, h->site.hub, h->git_private);
    spawn_client_ask (l->ws->spawner,
                      &(struct spawn_request){ .what = SPAWN_CREATE, .spec = &spec },
                      on_created, about (l));
    sandbox_spec_done (&spec);
}

/* It is not there, and nobody knows since when. */
static void live_lost (struct live *l, const char *why)
{
    l->at = WORKSPACE_AT_LAST_SEEN;
    live_move_or_log (l, LIFE_ENDED, why);
}

static void on_stop_answer (void *arg, const json_t *ok, const struct err *err)
{
    autofree struct about *a = arg;
    struct live *l = still (a);
    if (!l || ok)
        return;
    if (err->problem == PROBLEM_NOT_FOUND)
        live_lost (l, l->w.reason);
    else if (err->problem == PROBLEM_UNAVAILABLE)
        live_wait_for_spawner (l, err->text);
}

static void ask_end (struct workspaces *ws, const char *id, struct about *a)
{
    struct spawn_request r = { .what = SPAWN_STOP, .grace_ms = GRACE_MS };
    (void)snprintf (r.sandbox, sizeof (r.sandbox), "%s", id);
    spawn_client_ask (ws->spawner, &r, a ? on_stop_answer : NULL, a);
}

void live_end_sandbox (struct live *l)
{
    ask_end (l->ws, l->w.id, about (l));
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
    if (!wanted)
        l->how = e->oom_kills && e->mem_limit ? LIFE_END_MEMORY : LIFE_END_FAILED;
    l->at = e->ended_us ? e->ended_us / CLOCK_S : WORKSPACE_AT_LAST_SEEN;
    live_move_or_log (l, LIFE_ENDED, why);
}

static void let_go_on (struct live *l)
{
    struct spawn_request r = { .what = SPAWN_THAW };
    memcpy (r.sandbox, l->w.id, sizeof (l->w.id));
    spawn_client_ask (l->ws->spawner, &r, NULL, NULL);
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
        if (s->life == SPAWN_FROZEN)
            let_go_on (l); /* by a hub that was killed: who looks now looks anew */
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
    if (l->w.state == WORKSPACE_STARTING && !l->creating)
        live_create_sandbox (l);
    else if (l->w.state == WORKSPACE_STOPPING)
        live_lost (l, l->w.reason);
    else if (l->w.state == WORKSPACE_RUNNING)
        live_lost (l, "It did not run any more when the hub looked: was the computer "
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
        struct live *l = live_find (ws, s.sandbox);
        if (l)
            adopt (l, &s);
        else
            unclaimed (ws, &s);
    }
    workspaces_pump_soon (ws);
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
    if (s.t_us - l->used_us >= USED_US) {
        l->used_us = s.t_us;
        if (workspace_store_used (l->ws->h->db, l->w.id, (int64_t)s.cpu_us, s.mem, &err))
            log_error ("workspaces", "%s: what it used was not written: %s", l->w.id,
                       err.text);
    }
    if (l->idle)
        idle_watch_sample (l->idle, &s);
}

static void on_oom (struct live *l, const json_t *body)
{
    struct spawn_oom o;
    if (spawn_oom_from_json (body, &o, NULL))
        return;
    autofree char *text = xasprintf (
        "%llu of %llu MB were in use, and the system ended %llu "
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
    struct live *l = live_find (arg, jsonx_str (body, "sandbox", ""));
    if (!l || jsonx_int (body, "generation", -1) != l->w.generation)
        return;
    if (event == SPAWN_EXIT)
        on_exit_event (l, body);
    else if (event == SPAWN_OOM)
        on_oom (l, body);
    else if (event == SPAWN_SAMPLE)
        on_sample (l, body);
}

/* ---- whether it is there, for administrators ------------------------------------------------------------ */

static void tell_admins (struct workspaces *ws)
{
    autojson json_t *body = workspaces_spawner_json (ws->h);
    evstream_flash (ws->h, "spawner.change", "", "", body);
}

static void on_connected (void *arg, const json_t *list)
{
    tell_admins (arg);
    on_up (arg, list);
}

static void on_down (void *arg)
{
    tell_admins (arg);
}

const struct spawn_client_ops workspaces_hear = { .up = on_connected,
                                                  .down = on_down,
                                                  .event = on_event };
