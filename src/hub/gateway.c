/* gateway.c - the way into workspaces: what is relayed to their servers, and for whom */

#include "hub/gateway.h"

#include "base/clock.h"
#include "base/map.h"
#include "http/proxy.h"
#include "hub/waiting.h"
#include "hub/xsrf_hub.h"
#include "model/state_dir.h"

#include <stdio.h>
#include <string.h>

#define CHECK_US (1 * CLOCK_S)
#define BEAT_US (2 * CLOCK_S)
#define UNUSED_US (60 * CLOCK_S)
#define DOORS_MAX 10000

struct gateway {
    struct hub *h;
    struct map *doors; /* "<workspace> <user> <proof>" -> struct door */
    struct loop_timer *beat;
};

struct door {
    struct gateway *g;
    char workspace[NAME_WORKSPACE_ID];
    char *path; /* "/notebooks/<id>/" */
    struct pass pass;
    struct proxy *proxy;
    int64_t checked_us, used_us;
};

/* Only a server may say these for its whole host. */
static const char *const dropped_of_answers[] = { "Service-Worker-Allowed",
                                                  "Clear-Site-Data",
                                                  "Strict-Transport-Security",
                                                  "Alt-Svc",
                                                  "NEL",
                                                  "Report-To",
                                                  "Origin-Agent-Cluster",
                                                  NULL };
static const char *const dropped_of_requests[] = { "Authorization", NULL };
/* Beginnings: the hub's login, and the passes of all workspaces. */
static const char *const dropped_cookies[] = { "labwright", NULL };

/* ---- doors ------------------------------------------------------------------------------------ */

static void on_failed (void *arg, struct http_req *req, const struct err *err)
{
    const struct door *d = arg;
    waiting_answer (req, d->workspace, err);
}

/* With one name for both origins the hub's token comes along. */
static bool is_hubs_cookie (void *arg, const char *cookie, size_t n)
{
    (void)arg;
    return xsrf_hub_is_cookie (cookie, n);
}

static void door_free (void *door)
{
    struct door *d = door;
    proxy_free (d->proxy);
    free (d->path);
    free (d);
}

static struct door *door_new (struct gateway *g, const char *workspace,
                              const struct pass *pass)
{
    struct door *d = xnew (struct door);
    autofree char *socket = state_dir_lab_sock (g->h->state_dir, workspace);
    d->g = g;
    (void)snprintf (d->workspace, sizeof (d->workspace), "%s", workspace);
    d->path = xasprintf ("/notebooks/%s/", workspace);
    d->pass = *pass;
    const struct proxy_config config = { .drop_headers = dropped_of_requests,
                                         .drop_cookies = dropped_cookies,
                                         .drop_cookie = is_hubs_cookie,
                                         .drop_answer = dropped_of_answers,
                                         .cookie_path = d->path,
                                         .failed = on_failed,
                                         .arg = d };
    d->proxy = proxy_new (g->h->loop, socket, &config);
    if (d->proxy)
        return d;
    door_free (d);
    return NULL;
}

static void close_door (struct gateway *g, const char *key)
{
    struct door *d = map_steal (g->doors, key);
    door_free (d);
}

static void on_beat (void *arg)
{
    struct gateway *g = arg;
    int64_t now = clock_mono_us ();
    struct map_item *next;
    for (struct map_item *i = map_first (g->doors); i; i = next) {
        const struct door *d = i->value;
        next = map_next (i);
        if (proxy_open (d->proxy) > 0 ? !pass_stands (g->h, d->workspace, &d->pass)
                                      : now - d->used_us > UNUSED_US)
            close_door (g, i->key);
    }
    if (map_count (g->doors) == 0)
        loop_cancel (take_ptr (g->beat));
}

static struct door *open_door (struct gateway *g, const char *key, const char *workspace,
                               const struct pass *pass)
{
    struct door *d;
    if (map_count (g->doors) >= DOORS_MAX || !pass_stands (g->h, workspace, pass))
        return NULL;
    d = door_new (g, workspace, pass);
    if (!d)
        return NULL;
    d->checked_us = clock_mono_us ();
    map_set (g->doors, key, d);
    if (!g->beat)
        g->beat = loop_every (g->h->loop, BEAT_US, on_beat, g);
    return d;
}

struct door *gateway_door (struct gateway *g, const char *workspace,
                           const struct pass *pass)
{
    autofree char *key = xasprintf ("%s %s %s", workspace, pass->user, pass->proof);
    struct door *d = map_get (g->doors, key);
    int64_t now = clock_mono_us ();
    if (!d)
        d = open_door (g, key, workspace, pass);
    if (!d)
        return NULL;
    if (now - d->checked_us > CHECK_US) {
        if (!pass_stands (g->h, workspace, &d->pass)) {
            close_door (g, key);
            return NULL;
        }
        d->checked_us = now;
    }
    d->used_us = now;
    return d;
}

const struct pass *door_pass (const struct door *d)
{
    return &d->pass;
}

/* ---- relaying --------------------------------------------------------------------------------- */

void gateway_relay (struct door *d, struct http_req *req)
{
    const struct site *site = &d->g->h->site;
    const struct proxy_from from = { caller_address (req),
                                     strncmp (site->labs, "https:", 6) ? "http" : "https" };
    if (waiting_wanted (req, d->workspace)) {
        waiting_page (req, d->workspace);
        return;
    }
    autofree char *policy = xasprintf ("frame-ancestors 'self' %s", site->hub);
    http_header_add (req, "Content-Security-Policy", policy);
    proxy_relay (d->proxy, req, &from);
}

size_t gateway_browsers (struct hub *h, const char *workspace)
{
    size_t n = 0;
    for (struct map_item *i = map_first (h->gateway->doors); i; i = map_next (i)) {
        const struct door *d = i->value;
        if (!strcmp (d->workspace, workspace))
            n += proxy_websockets (d->proxy);
    }
    return n;
}

void gateway_forget (struct hub *h, const char *workspace)
{
    struct map_item *next;
    for (struct map_item *i = map_first (h->gateway->doors); i; i = next) {
        const struct door *d = i->value;
        next = map_next (i);
        if (!workspace || !strcmp (d->workspace, workspace))
            close_door (h->gateway, i->key);
    }
}

/* ---- life ------------------------------------------------------------------------------------- */

struct gateway *gateway_new (struct hub *h)
{
    struct gateway *g = xnew (struct gateway);
    g->h = h;
    g->doors = map_new (door_free);
    return g;
}

void gateway_free (struct gateway *g)
{
    if (!g)
        return;
    loop_cancel (g->beat);
    map_free (g->doors);
    free (g);
}
