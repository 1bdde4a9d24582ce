/* hub.c - role `labwright serve --hub`: assembling, running and stopping the hub
 *
 * Order of life: options, files, database, loop, nouns, routes, sockets, what the nouns begin then,
 * announcement, loop; and back.
 */

#include "hub/hub.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "hub/gate_hub.h"
#include "hub/gateway.h"
#include "hub/hub_files.h"
#include "hub/hub_options.h"
#include "hub/hub_nouns.h"
#include "http/timings.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define FLUSH_US (50 * CLOCK_MS)
#define BODY_MAX (64 << 20)
#define OPEN_FILES 65536

struct running {
    struct hub h;
    struct hub_options options;
    int lock;
    bool stopping;
    int code;
};

/* ---- stopping ------------------------------------------------------------------------------- */

static void on_flushed (void *arg)
{
    struct running *r = arg;
    loop_stop (r->h.loop, r->code);
}

void hub_stop (struct hub *h, int code)
{
    struct running *r = container_of (h, struct running, h);
    if (r->stopping) {
        loop_stop (h->loop, code);
        return;
    }
    r->stopping = true;
    r->code = code;
    http_stop_listening (h->http);
    gateway_forget (h, NULL); /* browsers are told, and come back */
    (void)loop_after (h->loop, FLUSH_US, on_flushed, r);
}

static void on_terminate (void *arg, int signo)
{
    struct hub *h = arg;
    log_info ("hub", "received signal %d, stopping; workspaces go on", signo);
    hub_stop (h, 0);
}

static int watch_signals (struct hub *h, struct err *err)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    for (size_t i = 0; i < ARRAY_SIZE (signals); i++)
        if (loop_on_signal (h->loop, signals[i], on_terminate, h, err))
            return -1;
    return 0;
}

/* ---- listening ------------------------------------------------------------------------------ */

static int listen_at (struct running *r, int *ret_port, struct err *err)
{
    const struct hub_options *o = &r->options;
    const struct http_tls tls = { o->certfile, o->keyfile, NULL };
    const struct http_tls *t = o->certfile ? &tls : NULL;
    struct http *http = r->h.http;
    if (o->listen)
        return http_listen_tcp (http, o->listen, o->port, t, ret_port, err);
    if (http_listen_tcp (http, "127.0.0.1", o->port, t, ret_port, err))
        return -1;
    int port; /* browsers try ::1 first for localhost; a machine may have no IPv6 */
    struct err why;
    if (http_listen_tcp (http, "::1", *ret_port, t, &port, &why) &&
        why.problem == PROBLEM_CONFLICT)
        return err_set (err, why.problem, "%s", why.text);
    return 0;
}

static int name_site (struct running *r, int port, struct err *err)
{
    const struct hub_options *o = &r->options;
    const char *scheme = o->certfile ? "https" : "http";
    autofree char *hub = xasprintf ("%s://localhost:%d", scheme, port);
    autofree char *labs = xasprintf ("%s://127.0.0.1:%d", scheme, port);
    if (!o->hub_url)
        return site_init (&r->h.site, hub, o->labs_url ? o->labs_url : labs, err);
    if (site_init (&r->h.site, o->hub_url, o->labs_url, err))
        return -1;
    if (r->h.site.one_name)
        log_warning ("hub",
                     "the hub and what users wrote share the address %s: give "
                     "--labs-url another name of this machine",
                     r->h.site.hub);
    return 0;
}

/* ---- running -------------------------------------------------------------------------------- */

static void on_request_done (void *arg, struct http_req *req, int status, int64_t us)
{
    struct hub *h = arg;
    timings_observe (h->timings, req, status, us);
    log_debug ("http", "%d %s %s peer=%s us=%lld", status, http_req_method_name (req),
               http_req_path (req), http_req_peer (req), (long long)us);
}

static struct http *make_http (struct hub *h, struct err *err)
{
    const struct http_config config = {
        .base_url = "/",
        .max_body = BODY_MAX,
        .gate = gate_hub_check,
        .fail = gate_hub_fail,
        .headers = gate_hub_headers,
        .done = on_request_done,
        .arg = h,
    };
    return http_new (h->loop, &config, err);
}

static int open_files (struct running *r, struct err *err)
{
    struct hub *h = &r->h;
    h->state_dir = xstrdup (r->options.state);
    if (hub_files_enter (h->state_dir, err))
        return -1;
    signals_end_with_supervisor ();
    r->lock = hub_files_lock (h->state_dir, err);
    if (r->lock < 0)
        return -1;
    h->secret = hub_files_secret (h->state_dir, err);
    h->db = h->secret ? hub_files_open_db (h->state_dir, err) : NULL;
    return h->db ? 0 : -1;
}

static int bring_up (struct running *r, struct err *err)
{
    struct hub *h = &r->h;
    int port;
    h->started_us = clock_wall_us ();
    h->behind_proxy = r->options.behind_proxy;
    h->git_private = r->options.git_private;
    if (open_files (r, err))
        return -1;
    h->loop = loop_new (err);
    h->http = h->loop ? make_http (h, err) : NULL;
    if (!h->http || watch_signals (h, err) || hub_nouns_new (h, err))
        return -1;
    hub_nouns_add_routes (h);
    if (listen_at (r, &port, err) || name_site (r, port, err))
        return -1;
    (void)printf ("Labwright is at %s/\n", h->site.hub);
    (void)fflush (stdout);
    return hub_nouns_start (h, err);
}

static void tear_down (struct running *r)
{
    struct hub *h = &r->h;
    if (h->loop)
        loop_finish_pool (h->loop);
    hub_nouns_stop (h);
    if (h->http)
        http_free (h->http);
    if (h->loop)
        pool_close (loop_pool (h->loop));
    hub_nouns_free (h);
    loop_free (h->loop);
    db_free (h->db);
    hmac_free (h->secret);
    site_done (&h->site);
    free (h->state_dir);
    auto_closep (&r->lock);
}

static void raise_open_files (void)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_NOFILE, &limit) || limit.rlim_cur >= OPEN_FILES)
        return;
    limit.rlim_cur = limit.rlim_max < OPEN_FILES ? limit.rlim_max : OPEN_FILES;
    (void)setrlimit (RLIMIT_NOFILE, &limit);
}

static int run (struct running *r)
{
    struct err err;
    int code = 1;
    raise_open_files ();
    if (bring_up (r, &err)) {
        log_error ("hub", "%s", err.text);
    } else {
        code = loop_run (r->h.loop);
    }
    tear_down (r);
    return code;
}

int hub_main (int argc, char **argv)
{
    struct running *r = xnew (struct running);
    struct err err;
    int code = 0;
    r->lock = -1;
    signals_ignore (SIGPIPE);
    log_set_program ("hub");
    if (hub_options_parse (&r->options, argc, argv, &err)) {
        (void)fprintf (stderr, "labwright serve: %s\n", err.text);
        code = 2;
    } else if (r->options.help) {
        hub_options_help (stdout);
    } else if (r->options.routes) {
        hub_nouns_print_routes (stdout);
    } else {
        if (r->options.verbose)
            log_set_level (LOG_LEVEL_DEBUG);
        code = run (r);
    }
    hub_options_done (&r->options);
    free (r);
    return code;
}
