/* terminals_api.c - /api/terminals (contract 3.8) and the way to their screens */

#include "base/jsonx.h"
#include "http/http.h"
#include "server/nouns.h"
#include "server/server.h"
#include "server/terminals.h"
#include "server/when_ready.h"

#define TERMINALS_BODY 65536

/* False, and it has answered 404, where terminals are switched off. */
static bool enabled (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct err err;
    if (options_bool (s->options, "ServerApp.terminals_enabled"))
        return true;
    (void)err_set (&err, PROBLEM_NOT_FOUND, "Terminals are disabled");
    http_fail (req, &err);
    return false;
}

static struct terminal *terminal_of (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *name = http_req_param (req, "name", NULL);
    struct terminal *t = terminals_find (s->terminals, name);
    struct err err;
    if (!t) {
        (void)err_set (&err, PROBLEM_NOT_FOUND, "Terminal not found: %s", name);
        http_fail (req, &err);
    }
    return t;
}

static void list_terminals (struct http_req *req)
{
    struct server *s = http_req_server (req);
    http_reply_json (req, 200, terminals_list (s->terminals));
}

static void get_terminal (struct http_req *req)
{
    struct terminal *t = terminal_of (req);
    if (t)
        http_reply_json (req, 200, terminals_model (t));
}

static void on_started (void *arg, struct terminal *t, const struct err *err)
{
    if (err)
        http_fail (arg, err);
    else
        http_reply_json (arg, 200, terminals_model (t));
}

/* A name may also be a number, as the list of terminals shows them. */
static void start_terminal (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct err err;
    autojson json_t *body = NULL;
    autofree char *number = NULL;
    if (http_req_json (req, &body, &err)) {
        http_fail (req, &err);
        return;
    }
    const json_t *name = json_object_get (body, "name");
    if (json_is_integer (name))
        number = xasprintf ("%lld", (long long)json_integer_value (name));
    terminals_start (s->terminals, number ? number : json_string_value (name),
                     jsonx_str (body, "cwd", NULL), on_started, req);
}

static void on_ended (void *arg, struct terminal *t, const struct err *err)
{
    if (err)
        http_fail (arg, err);
    else
        http_reply_empty (arg, 204);
}

static void end_terminal (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct terminal *t = terminal_of (req);
    if (t)
        terminals_end (s->terminals, t, on_ended, req);
}

static void if_enabled (struct http_req *req, void (*handler) (struct http_req *req))
{
    if (enabled (req))
        when_ready (req, handler);
}

static void terminals_get (struct http_req *req)
{
    if_enabled (req, list_terminals);
}
static void terminals_post (struct http_req *req)
{
    if_enabled (req, start_terminal);
}
static void terminal_get (struct http_req *req)
{
    if_enabled (req, get_terminal);
}
static void terminal_delete (struct http_req *req)
{
    if_enabled (req, end_terminal);
}

static void terminal_view (struct http_req *req)
{
    if (enabled (req))
        terminal_ws_open (req);
}

static const struct route rows[] = {
    { HTTP_GET, "/terminals/websocket/{name:word}", "terminals", ROUTE_WEBSOCKET, 0,
      terminal_view },
    { HTTP_GET, "/api/terminals", "terminals", 0, 0, terminals_get },
    { HTTP_POST, "/api/terminals", "terminals", 0, TERMINALS_BODY, terminals_post },
    { HTTP_GET, "/api/terminals/{name:word}", "terminals", 0, 0, terminal_get },
    { HTTP_DELETE, "/api/terminals/{name:word}", "terminals", 0, 0, terminal_delete },
};
const struct route_table terminals_routes = { rows, ARRAY_SIZE (rows) };
