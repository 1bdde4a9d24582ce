/* workspaces_live.c - what others may know of workspaces that go on */

#include "hub/workspaces_private.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "hub/evstream.h"
#include "store/project_store.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define WATCH_US (30 * CLOCK_S)
#define WATCH_MS 1000

/* ---- one that goes on --------------------------------------------------------------------------------- */

struct live *workspaces_live (struct hub *h, const char *id)
{
    return live_find (h->workspaces, id);
}

const struct workspace_model *live_model (const struct live *l)
{
    return &l->w;
}

const char *live_socket (const struct live *l)
{
    return l->w.state == WORKSPACE_RUNNING && *l->socket ? l->socket : NULL;
}

const char *live_namespace (const struct live *l)
{
    return l->namespace;
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
    char *old = l->w.machine;
    int64_t seq;
    l->w.machine = xstrdup (machine);
    if (workspace_store_state (h->db, &l->w, "switch", WORKSPACE_RUN_SWITCHES,
                               WORKSPACE_AT_NOW, &seq, err)) {
        free (l->w.machine);
        l->w.machine = old;
        workspaces_settle_soon (l->ws);
        return -1;
    }
    free (old);
    if (l->session)
        session_watch_again (l->session);
    evstream_wake (h);
    workspaces_pump_soon (l->ws);
    return 0;
}

/* ---- all of them ------------------------------------------------------------------------------------- */

void workspaces_slots (struct hub *h, struct slots *ret)
{
    workspaces_count (h->workspaces, ret);
}

struct spawn_client *workspaces_spawner (struct hub *h)
{
    return h->workspaces->spawner;
}

json_t *workspaces_spawner_json (struct hub *h)
{
    const struct spawn_client *c = h->workspaces->spawner;
    json_t *j = json_pack ("{s:b}", "up", spawn_client_is_up (c));
    autofree char *trouble = xasprintf (
        "Start it: systemctl start labwright-spawner, or labwright serve again where that "
        "was typed (%s; labwright doctor says more).",
        spawn_client_trouble (c));
    jsonx_set_str (j, "trouble", spawn_client_is_up (c) ? NULL : trouble);
    return j;
}

void workspaces_each (struct hub *h, void (*fn) (void *arg, struct live *l), void *arg)
{
    list_foreach (l, &h->workspaces->all, struct live, link)
        fn (arg, l);
}

void workspaces_reload (struct hub *h, const char *id)
{
    struct live *l = live_find (h->workspaces, id);
    struct workspace_model w = { .id = "" };
    if (!l || workspace_store_get (h->db, id, &w, NULL))
        return;
    workspace_model_done (&l->w);
    l->w = w;
    if (l->idle)
        idle_watch_again (l->idle);
}

void workspaces_used (struct hub *h, const char *id, enum idle_use use)
{
    struct live *l = live_find (h->workspaces, id);
    if (l && l->idle)
        idle_watch_used (l->idle, use);
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
    const struct live *l = live_find (h->workspaces, w->id);
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
    (void)json_object_set_new (j, "idle",
                               l && l->idle ? idle_watch_json (l->idle) : json_null ());
    (void)json_object_set_new (j, "session_limit",
                               l && l->session ? session_watch_json (l->session)
                                               : json_null ());
    autofree char *page =
        named ? xasprintf ("%s/%s/workspaces/%s", h->site.hub, u.name, w->id) : NULL;
    jsonx_set_str (j, "page_url", page);
    return j;
}
