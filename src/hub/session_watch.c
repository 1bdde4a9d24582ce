/* session_watch.c - ends one running workspace when its session has lasted as long as it may */

#include "hub/session_watch.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/session_cap.h"

#include <stdio.h>
#include <string.h>

#define LOOK_S 60 /* machines.yml may say something else by then */

struct session_watch {
    struct hub *h;
    struct live *l;
    int64_t cap, warned;
    struct session_cap_decision d;
    struct loop_timer *timer;
};

static int64_t now_s (void)
{
    return clock_wall_us () / CLOCK_S;
}

/* A kind that is in the file no more ends nothing. */
static int64_t cap_of (const struct session_watch *w)
{
    const struct machine *m =
        machines_find (catalog_machines (w->h), live_model (w->l)->machine);
    return m ? m->session_s : 0;
}

static void because (const struct session_watch *w, char ret[192])
{
    char span[40];
    session_cap_text (w->cap, span);
    (void)snprintf (ret, 192, "A session on %s lasts %s at most.",
                    live_model (w->l)->machine, span);
}

static void tell_pages (struct session_watch *w)
{
    const struct workspace_model *m = live_model (w->l);
    autojson json_t *item = workspaces_item (w->h, m);
    log_info ("session", "%s workspace=%s", w->warned ? "warn" : "goes on", m->id);
    evstream_flash (w->h, "workspace.update", m->id, live_namespace (w->l), item);
}

static void stop (struct session_watch *w)
{
    char id[NAME_WORKSPACE_ID], text[192];
    struct err err;
    because (w, text);
    autofree char *why = xasprintf ("Shut down at the end of its session. %s", text);
    (void)snprintf (id, sizeof (id), "%s", live_model (w->l)->id);
    if (workspaces_end (w->h, id, LIFE_END_SESSION, why, &err)) /* W is gone otherwise */
        log_error ("session", "%s: %s", id, err.text);
}

static void on_timer (void *arg);

/* W may be gone afterwards. */
static void look (struct session_watch *w)
{
    int64_t now = now_s (), began = live_model (w->l)->began, warned = w->warned;
    w->cap = cap_of (w);
    session_cap_decide (began ? began : now, w->cap, warned, now, &w->d);
    w->warned = w->d.act == SESSION_CAP_WAIT ? 0 : warned ? warned : now;
    int64_t in = w->d.next - now;
    in = in < 1 || w->d.act == SESSION_CAP_STOP ? 1 : in;
    loop_cancel (w->timer);
    w->timer = loop_after (w->h->loop, (in < LOOK_S ? in : LOOK_S) * CLOCK_S, on_timer, w);
    if (!warned != !w->warned)
        tell_pages (w);
    if (w->d.act == SESSION_CAP_STOP)
        stop (w);
}

static void on_timer (void *arg)
{
    struct session_watch *w = arg;
    w->timer = NULL;
    look (w);
}

struct session_watch *session_watch_new (struct hub *h, struct live *l)
{
    struct session_watch *w = xnew (struct session_watch);
    w->h = h;
    w->l = l;
    w->timer = loop_after (h->loop, 0, on_timer, w);
    return w;
}

void session_watch_free (struct session_watch *w)
{
    if (!w)
        return;
    loop_cancel (w->timer);
    free (w);
}

void session_watch_again (struct session_watch *w)
{
    loop_cancel (w->timer);
    w->timer = loop_after (w->h->loop, 0, on_timer, w);
}

json_t *session_watch_json (const struct session_watch *w)
{
    char at[CLOCK_TEXT], text[192];
    if (!w->d.stops_at)
        return json_null ();
    because (w, text);
    return json_pack ("{s:I, s:s, s:s, s:b}", "seconds", (json_int_t)w->cap, "stops_at",
                      clock_iso_z (w->d.stops_at * CLOCK_S, at), "because", text, "warn",
                      w->warned != 0);
}
