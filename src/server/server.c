/* server.c - role `labwright lab`: assembling, running and stopping the server
 *
 * Order of life: options, settings, loop, nouns, routes, sockets, announcement, loop; and
 * back.  Stopping is graceful once: the second request to stop, or STOP_PATIENCE_US, ends
 * the loop at once.
 */

#include "server/server.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/signals.h"
#include "jupyter/jpaths.h"
#include "server/gate.h"
#include "server/idle_exit.h"
#include "server/lab_cli.h"
#include "server/listen.h"
#include "server/metrics.h"
#include "server/nouns.h"
#include "server/runtime_file.h"
#include "server/server_setup.h"
#include "server/server_signals.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define STOP_PATIENCE_US (15 * CLOCK_S)
#define FLUSH_US (50 * CLOCK_MS) /* the answer of /api/shutdown is on its way */
#define WS_MESSAGE_MAX (10 << 20)

/* What only this file knows of a running server. */
struct running {
    struct server s;
    struct signals *signals;
    struct idle_exit *idle;
    bool stopping;
    int code;
};

/* ---- stopping
 * ------------------------------------------------------------------------------------ */

static void on_stopped_late (void *arg)
{
    struct running *r = arg;
    loop_stop (r->s.loop, r->code);
}

static void on_stopped (void *arg)
{
    struct running *r = arg;
    (void)loop_after (r->s.loop, FLUSH_US, on_stopped_late, r);
}

void server_stop (struct server *s, int code)
{
    struct running *r = container_of (s, struct running, s);
    if (r->stopping) {
        loop_stop (s->loop, code);
        return;
    }
    r->stopping = true;
    r->code = code;
    http_stop_listening (s->http);
    (void)loop_after (s->loop, STOP_PATIENCE_US, on_stopped_late, r);
    if (options_bool (s->options, "ServerApp.detach") || s->handed.keeper)
        on_stopped (r);
    else
        nouns_stop (s, on_stopped, r);
}

/* ---- running
 * ------------------------------------------------------------------------------------- */

static void on_request_done (void *arg, struct http_req *req, int status, int64_t us)
{
    struct server *s = arg;
    const char *peer = handed_forwarded (&s->handed, req, "For");
    metrics_observe (s->metrics, req, status, us);
    log_debug ("http", "%d %s %s peer=%.100s us=%lld", status, http_req_method_name (req),
               http_req_path (req), peer ? peer : http_req_peer (req), (long long)us);
}

static struct http *make_http (struct server *s, struct err *err)
{
    const json_t *settings = options_json (s->options, "ServerApp.tornado_settings");
    struct http_config config = {
        .base_url = s->base_url,
        .max_body = (size_t)options_int (s->options, "ServerApp.max_body_size"),
        .max_ws_message =
            (size_t)jsonx_int (settings, "websocket_max_message_size", WS_MESSAGE_MAX),
        .gate = gate_check,
        .fail = gate_fail,
        .headers = gate_headers,
        .done = on_request_done,
        .arg = s,
    };
    return http_new (s->loop, &config, err);
}

static int bring_up (struct running *r, int *ret_port, struct err *err)
{
    struct server *s = &r->s;
    s->started_us = clock_wall_us ();
    s->loop = loop_new (err);
    if (!s->loop)
        return -1;
    s->http = make_http (s, err);
    if (!s->http || nouns_new (s, err))
        return -1;
    nouns_add_routes (s);
    r->signals = signals_new (s, err);
    if (!r->signals)
        return -1;
    return listen_start (s, ret_port, err);
}

static void tear_down (struct running *r)
{
    struct server *s = &r->s;
    idle_exit_free (r->idle);
    signals_free (r->signals);
    loop_finish_pool (s->loop); /* its work uses nouns and requests */
    if (s->http)
        http_free (s->http);
    if (s->loop)
        pool_close (loop_pool (s->loop));
    nouns_free (s);
    loop_free (s->loop);
}

static int run (struct running *r)
{
    struct err err;
    int port, code = 1;
    if (bring_up (r, &port, &err)) {
        log_error ("server", "%s", err.text);
    } else {
        setup_warn_extensions (r->s.options);
        setup_announce (&r->s, port);
        r->idle = idle_exit_new (&r->s);
        code = loop_run (r->s.loop);
        if (!r->s.handed.user)
            runtime_file_remove (r->s.jpaths);
    }
    tear_down (r);
    return code;
}

/* ---- the command line
 * ---------------------------------------------------------------------------- */

static int print_text (struct buf *b)
{
    return fwrite (b->data, 1, b->len, stdout) == b->len && !fflush (stdout) ? 0 : 1;
}

static int show (const struct options *o, enum options_action action,
                 const struct jpaths *p)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, 1 << 20);
    switch (action) {
    case OPTIONS_HELP: options_help (&b); break;
    case OPTIONS_VERSION: (void)buf_adds (&b, LABWRIGHT_VERSION "\n"); break;
    case OPTIONS_SHOW_CONFIG: options_show (o, &b, false); break;
    case OPTIONS_SHOW_CONFIG_JSON: options_show (o, &b, true); break;
    case OPTIONS_GENERATE_CONFIG: return lab_cli_generate (o, p);
    case OPTIONS_RUN: return 1;
    }
    return print_text (&b);
}

/* In a sandbox of the hub root is nobody else. */
static int refuse_root (const struct server *s, struct err *err)
{
    if (geteuid () != 0 || s->handed.user ||
        options_bool (s->options, "ServerApp.allow_root"))
        return 0;
    return err_set (err, PROBLEM_FORBIDDEN,
                    "Running as root is not recommended. Use --allow-root to bypass.");
}

static int configure (struct server *s, int argc, char **argv, struct options_args *args,
                      struct err *err)
{
    if (options_parse_args (s->options, argc, argv, args, err))
        return -1;
    if (args->action == OPTIONS_HELP || args->action == OPTIONS_VERSION)
        return 0;
    s->jpaths = jpaths_new (err);
    if (!s->jpaths)
        return -1;
    options_load_environ (s->options);
    options_load_files (s->options, s->jpaths);
    const char *more = options_str (s->options, "ServerApp.config_file");
    if (args->config)
        more = args->config;
    return *more ? options_load_file (s->options, more, err) : 0;
}

static int serve (struct running *r, int argc, char **argv)
{
    struct server *s = &r->s;
    struct options_args args;
    struct err err;
    if (configure (s, argc, argv, &args, &err)) {
        (void)fprintf (stderr, "labwright lab: %s\n", err.text);
        return 1;
    }
    if (args.action != OPTIONS_RUN)
        return show (s->options, args.action, s->jpaths);
    if (handed_take (&s->handed, &err) || refuse_root (s, &err) ||
        setup_settings (s, args.positional, &err)) {
        (void)fprintf (stderr, "labwright lab: %s\n", err.text);
        return 1;
    }
    return run (r);
}

int server_main (int argc, char **argv)
{
    int code;
    if (lab_cli_main (argc, argv, &code))
        return code;
    signals_ignore (SIGPIPE);
    log_set_program ("lab");
    struct running *r = xnew (struct running);
    r->s.options = options_new ();
    r->s.handed.fd = -1;
    code = serve (r, argc, argv);
    setup_free (&r->s);
    handed_done (&r->s.handed);
    jpaths_free (r->s.jpaths);
    options_free (r->s.options);
    free (r);
    return code;
}
