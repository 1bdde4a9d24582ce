/* fake_gateway.c - an HTTP server that relays everything to the server behind a unix socket (http/proxy.h)
 *
 *     fake_gateway SOCKET         prints its port; /_open tells what is open, /_stop ends it all
 *
 * For tests/blackbox/test_proxy.py, which is both the client and the server behind it.
 */
#include "base/log.h"
#include "base/signals.h"
#include "http/proxy.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ALL                                                                                \
    (HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS)

struct gateway {
    struct proxy *proxy;
    struct loop *loop;
};

static void relay (struct http_req *req)
{
    struct gateway *g = http_req_server (req);
    const struct proxy_from from = { http_req_peer (req), "http" };

    if (g->proxy)
        proxy_relay (g->proxy, req, &from);
    else
        http_reply_empty (req, 410);
}

static void tell_open (struct http_req *req)
{
    const struct gateway *g = http_req_server (req);

    http_reply_json (req, 200,
                     json_pack ("{s:i,s:i}", "open", (int)proxy_open (g->proxy),
                                "websockets", (int)proxy_websockets (g->proxy)));
}

/* As a hub does that stops: relays end, then the connections, then the loop. */
static void stop (struct http_req *req)
{
    struct gateway *g = http_req_server (req);

    http_reply_empty (req, 204);
    proxy_free (g->proxy);
    g->proxy = NULL;
}

static void on_failed (void *arg, struct http_req *req, const struct err *err)
{
    (void)arg;
    http_header_set (req, "X-Problem", problem_table[err->problem].slug);
    http_reply (req, 503, "text/plain", err->text, strlen (err->text));
}

static void on_signal (void *arg, int signo)
{
    struct gateway *g = arg;
    (void)signo;
    loop_stop (g->loop, 0);
}

static const struct route rows[] = {
    { HTTP_GET, "/_open", NULL, ROUTE_PUBLIC, 0, tell_open },
    { HTTP_POST, "/_stop", NULL, ROUTE_PUBLIC, 0, stop },
    { ALL, "/{path**}", NULL, ROUTE_PUBLIC | ROUTE_STREAM, (size_t)1 << 40, relay },
};

int main (int argc, char **argv)
{
    static const char *const cookies[] = { "labwright", NULL };
    static const char *const headers[] = { "Authorization", NULL };
    static const char *const answer[] = { "Service-Worker-Allowed", NULL };
    const struct proxy_config config = { .drop_headers = headers,
                                         .drop_cookies = cookies,
                                         .drop_answer = answer,
                                         .failed = on_failed };
    struct gateway g = { 0 };
    const struct http_config http = { .base_url = "/", .arg = &g };
    struct err err;
    int port, code;

    signals_ignore (SIGPIPE);
    g.loop = argc == 2 ? loop_new (&err) : NULL;
    struct http *h = g.loop ? http_new (g.loop, &http, &err) : NULL;
    if (!h || http_listen_tcp (h, "127.0.0.1", 0, NULL, &port, &err) ||
        loop_on_signal (g.loop, SIGTERM, on_signal, &g, &err))
        return 1;
    g.proxy = proxy_new (g.loop, argv[1], &config);
    http_add_routes (h, rows, ARRAY_SIZE (rows));
    (void)printf ("%d\n", port);
    (void)fflush (stdout);
    code = loop_run (g.loop);
    proxy_free (g.proxy);
    http_free (h);
    loop_free (g.loop);
    return code;
}
