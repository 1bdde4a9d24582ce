/* gate.c - what happens to a request before and around its handler
 *
 * Rows deny by default: a row without ROUTE_PUBLIC needs a user, one without ROUTE_NO_XSRF
 * needs the token for unsafe methods, one without ROUTE_NO_ORIGIN or ROUTE_PAGE refuses
 * foreign origins.
 */

#include "server/gate.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/url.h"
#include "server/activity.h"
#include "server/identity.h"
#include "server/listen.h"
#include "server/pages.h"
#include "server/server.h"
#include "server/xsrf.h"

#include <string.h>

#define SAFE_METHODS (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)

struct gate {
    struct server *s;
    struct origin_rules *origins;
    struct strv local; /* host names */
    bool any_host;
    bool credentials;
    bool no_xsrf;
    bool sandbox_nbconvert;
    bool lenient;    /* handlers decide who needs a login */
    json_t *headers; /* of every answer; borrowed from the options, or NULL */
    char *csp;       /* of pages, */
    char *csp_api;   /* of the API, */
    char *csp_box;   /* of documents */
};

static char *configured_csp (struct server *s)
{
    const json_t *settings = options_json (s->options, "ServerApp.tornado_settings");
    const json_t *headers = json_object_get (settings, "headers");
    const char *csp = jsonx_str (headers, "Content-Security-Policy", NULL);
    if (csp)
        return xstrdup (csp);
    return xasprintf ("frame-ancestors 'self'; report-uri %sapi/security/csp-report",
                      s->base_url);
}

struct gate *gate_new (struct server *s, struct err *err)
{
    const struct options *o = s->options;
    struct gate *g = xnew (struct gate);
    g->s = s;
    strv_init (&g->local);
    g->origins = origin_rules_new (options_str (o, "ServerApp.allow_origin"),
                                   options_str (o, "ServerApp.allow_origin_pat"), err);
    if (!g->origins) {
        gate_free (g);
        return NULL;
    }
    size_t i;
    json_t *name;
    json_array_foreach (options_json (o, "ServerApp.local_hostnames"), i,
                        name) if (json_is_string (name))
        strv_add (&g->local, json_string_value (name));
    g->any_host = options_is_set (o, "ServerApp.allow_remote_access")
                      ? options_bool (o, "ServerApp.allow_remote_access")
                      : !listen_is_loopback (o);
    g->lenient = options_bool (o, "ServerApp.allow_unauthenticated_access");
    g->credentials = options_bool (o, "ServerApp.allow_credentials");
    g->no_xsrf = options_bool (o, "ServerApp.disable_check_xsrf");
    g->sandbox_nbconvert = options_bool (o, "ServerApp.nbconvert_csp_sandbox");
    g->headers =
        json_object_get (options_json (o, "ServerApp.tornado_settings"), "headers");
    g->csp = configured_csp (s);
    g->csp_api = xasprintf ("%s; default-src 'none'", g->csp);
    g->csp_box = xasprintf ("%s; sandbox allow-scripts", g->csp);
    return g;
}

void gate_free (struct gate *g)
{
    if (!g)
        return;
    origin_rules_free (g->origins);
    strv_done (&g->local);
    free (g->csp);
    free (g->csp_api);
    free (g->csp_box);
    free (g);
}

const struct origin_rules *gate_origins (const struct gate *g)
{
    return g->origins;
}

static struct gate *gate_of (const struct http_req *req)
{
    return ((struct server *)http_req_server (req))->gate;
}

/* ---- checks
 * -------------------------------------------------------------------------------------- */

bool gate_origin_ok (struct http_req *req)
{
    const struct gate *g = gate_of (req);
    const char *host = handed_host (&g->s->handed, req);
    const char *origin = http_req_header (req, "Origin");
    if (!origin && http_req_wants_upgrade (req))
        origin = http_req_header (req, "Sec-WebSocket-Origin");
    if (!origin || !host || http_req_method (req) == HTTP_OPTIONS ||
        identity_by_token (req))
        return true;
    return origin_is_host (origin, host) || origin_rules_match (g->origins, origin);
}

bool gate_referer_ok (struct http_req *req)
{
    const struct gate *g = gate_of (req);
    const char *host = handed_host (&g->s->handed, req);
    const char *referer = http_req_header (req, "Referer");
    if (!strcmp (origin_rules_allow (g->origins), "*") || identity_by_token (req))
        return true;
    if (!host || !referer)
        return false;
    if (origin_is_host (referer, host))
        return true;
    const char *authority = strstr (referer, "://");
    if (!authority)
        return false;
    size_t n = (size_t)(authority - referer) + 3;
    n += strcspn (referer + n, "/?#");
    autofree char *origin = xstrndup (referer, n);
    return origin_rules_match (g->origins, origin);
}

static bool is_api (const struct route *route)
{
    return route && !(route->flags & (ROUTE_PAGE | ROUTE_STATIC));
}

static int refuse (struct http_req *req, enum problem problem, const char *text)
{
    struct err err;
    (void)err_set (&err, problem, "%s", text);
    http_fail (req, &err);
    return -1;
}

static int check_host (struct gate *g, struct http_req *req)
{
    const char *host = handed_host (&g->s->handed, req);
    if (g->any_host || !host || http_req_is_unix (req) ||
        origin_host_allowed (host, &g->local))
        return 0;
    log_warning ("gate",
                 "blocked request with Host %.200s: if the server should be reached "
                 "under that name, set --ServerApp.allow_remote_access=True",
                 host);
    return refuse (req, PROBLEM_FORBIDDEN, "Forbidden");
}

static int check_xsrf_unsafe (struct gate *g, struct http_req *req)
{
    if (!gate_origin_ok (req))
        return refuse (req, PROBLEM_NOT_FOUND, "Not Found");
    if (g->no_xsrf || identity_by_token (req))
        return 0;
    const char *why = xsrf_problem (req);
    return why ? refuse (req, PROBLEM_FORBIDDEN, why) : 0;
}

int gate_require_xsrf (struct http_req *req)
{
    return check_xsrf_unsafe (gate_of (req), req);
}

/* /files and /nbconvert: the Referer of an <img> on our own page is enough. */
static int check_xsrf_get (struct gate *g, struct http_req *req)
{
    if (g->no_xsrf || identity_by_token (req) ||
        (!xsrf_problem (req) && gate_origin_ok (req)) || gate_referer_ok (req))
        return 0;
    const char *referer = http_req_header (req, "Referer");
    if (!referer)
        return refuse (req, PROBLEM_FORBIDDEN, "Blocking request from unknown origin");
    struct err err;
    (void)err_set (&err, PROBLEM_FORBIDDEN, "Blocking Cross Origin request from %.300s.",
                   referer);
    http_fail (req, &err);
    return -1;
}

static void redirect_to_login (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    autofree char *next = url_encode_all (http_req_target (req));
    autofree char *location = xasprintf ("%slogin?next=%s", s->base_url, next);
    http_redirect (req, 302, location);
}

static bool wants_page (const struct http_req *req, const struct route *route)
{
    return (!route || route->flags & ROUTE_PAGE) &&
           http_req_method (req) & (HTTP_GET | HTTP_HEAD) && !http_req_wants_upgrade (req);
}

int gate_require_user (struct http_req *req)
{
    if (http_req_user (req))
        return 0;
    const struct gate *g = gate_of (req);
    if (wants_page (req, http_req_route (req)) && identity_enabled (g->s->identity)) {
        redirect_to_login (req);
        return -1;
    }
    return refuse (req, PROBLEM_FORBIDDEN, "Forbidden");
}

/* ---- CORS
 * ----------------------------------------------------------------------------------------
 */

static void add_cors (struct gate *g, struct http_req *req)
{
    const char *allow = origin_rules_allow (g->origins);
    const char *origin = http_req_header (req, "Origin");
    if (*allow)
        http_header_set (req, "Access-Control-Allow-Origin", allow);
    else if (origin && origin_rules_pattern_match (g->origins, origin))
        http_header_set (req, "Access-Control-Allow-Origin", origin);
    else if (identity_by_token (req) &&
             !http_header_has (req, "Access-Control-Allow-Origin"))
        http_header_set (req, "Access-Control-Allow-Origin", origin ? origin : "");
    if (g->credentials)
        http_header_set (req, "Access-Control-Allow-Credentials", "true");
}

static bool asks_for_authorization (const struct http_req *req)
{
    const char *list = http_req_header (req, "Access-Control-Request-Headers");
    return list && strcasestr (list, "authorization");
}

/* OPTIONS on an API row: public; with nothing configured a foreign origin gets no
 * permission. */
static int answer_options (struct gate *g, struct http_req *req)
{
    const char *origin = http_req_header (req, "Origin");
    http_header_set (req, "Access-Control-Allow-Headers",
                     "accept, content-type, authorization, x-xsrftoken");
    http_header_set (req, "Access-Control-Allow-Methods",
                     "GET, PUT, POST, PATCH, DELETE, OPTIONS");
    if (origin && asks_for_authorization (req) && identity_enabled (g->s->identity) &&
        origin_rules_any (g->origins))
        http_header_set (req, "Access-Control-Allow-Origin", origin);
    http_reply_empty (req, 200);
    return -1;
}

/* ---- nothing matched
 * ----------------------------------------------------------------------------- */

/* "//host/" must not become a redirect to another host: all slashes at both ends go. */
static void redirect_slash (struct http_req *req)
{
    const char *path = http_req_path (req), *query = http_req_query_string (req);
    path += strspn (path, "/");
    size_t n = strlen (path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    autofree char *location =
        xasprintf ("/%.*s%s%s", (int)n, path, *query ? "?" : "", query);
    http_redirect (req, 302, location);
}

static int answer_unmatched (struct gate *g, struct http_req *req)
{
    const char *path = http_req_subpath (req); /* NULL: not below B */
    size_t n = path ? strlen (path) : 0;
    enum http_method method = http_req_method (req);
    if (!(method & SAFE_METHODS) && check_xsrf_unsafe (g, req))
        return -1;
    if (method == HTTP_GET && n > 0 && path[n - 1] == '/') {
        redirect_slash (req);
        return -1;
    }
    if (!g->lenient && gate_require_user (req))
        return -1;
    return refuse (req, PROBLEM_NOT_FOUND, "");
}

/* ---- the callbacks
 * ------------------------------------------------------------------------------- */

static void track (struct gate *g, struct http_req *req, const struct route *route)
{
    if (is_api (route) && !(route->flags & ROUTE_UNTRACKED) && http_req_user (req) &&
        !http_req_arg (req, "no_track_activity"))
        activity_touch (g->s->activity, clock_wall_us ());
}

static int check_route (struct gate *g, struct http_req *req, const struct route *route)
{
    enum http_method method = http_req_method (req);
    if (is_api (route) && method == HTTP_OPTIONS && !(route->methods & HTTP_OPTIONS))
        return answer_options (g, req);
    if (!(method & SAFE_METHODS) && !(route->flags & ROUTE_NO_XSRF) &&
        check_xsrf_unsafe (g, req))
        return -1;
    if (!g->lenient && !(route->flags & ROUTE_PUBLIC) && gate_require_user (req))
        return -1;
    if (is_api (route) && !(route->flags & ROUTE_NO_ORIGIN) && !gate_origin_ok (req)) {
        bool upgrade = route->flags & ROUTE_WEBSOCKET;
        return refuse (req, upgrade ? PROBLEM_FORBIDDEN : PROBLEM_NOT_FOUND,
                       upgrade ? "Cross origin websockets not allowed" : "Not Found");
    }
    if (!(route->flags & ROUTE_PUBLIC) && gate_require_user (req))
        return -1;
    if (route->flags & ROUTE_XSRF_GET && method & (HTTP_GET | HTTP_HEAD) &&
        check_xsrf_get (g, req))
        return -1;
    track (g, req, route);
    return 0;
}

int gate_check (void *arg, struct http_req *req, const struct route *route)
{
    struct gate *g = ((struct server *)arg)->gate;
    if (route && route->flags & ROUTE_STATIC && route->flags & ROUTE_HOST_ROOT)
        return 0;
    if (check_host (g, req))
        return -1;
    if (route && route->flags & ROUTE_STATIC)
        return 0;
    struct user *user = identity_authenticate (g->s->identity, req);
    if (user)
        http_req_set_user (req, user, (void (*) (void *))user_free);
    if (!route)
        return answer_unmatched (g, req);
    if (!(route->flags & ROUTE_WEBSOCKET))
        add_cors (g, req);
    return check_route (g, req, route);
}

static const char *csp_of (const struct gate *g, const struct route *route)
{
    if (is_api (route))
        return g->csp_api;
    if (!route || !(route->flags & ROUTE_XSRF_GET))
        return g->csp;
    bool nbconvert = route->resource && !strcmp (route->resource, "nbconvert");
    return nbconvert && !g->sandbox_nbconvert ? g->csp : g->csp_box;
}

static void add_configured_headers (const struct gate *g, struct http_req *req)
{
    const char *name;
    json_t *value;
    json_object_foreach (g->headers, name,
                         value) if (json_is_string (value) &&
                                    strcasecmp (name, "Content-Security-Policy") != 0)
        http_header_set (req, name, json_string_value (value));
}

void gate_headers (void *arg, struct http_req *req, int status)
{
    const struct gate *g = ((struct server *)arg)->gate;
    const struct route *route = http_req_route (req);
    http_header_set (req, "Server", "Labwright");
    if (status == 101)
        return;
    if (!http_header_has (req, "X-Content-Type-Options"))
        http_header_add (req, "X-Content-Type-Options", "nosniff");
    if (!http_header_has (req, "Content-Security-Policy"))
        http_header_add (req, "Content-Security-Policy", csp_of (g, route));
    if (g->headers)
        add_configured_headers (g, req);
}

static void fail_json (struct http_req *req, int status, const struct err *err)
{
    json_t *body = json_object ();
    const char *text = err->text[0] ? err->text : http_phrase (status);
    if (status == 500) { /* what broke is for the log, not for a stranger */
        jsonx_set_str (body, "message", err->text[0] ? err->text : "Unhandled error");
        jsonx_set_str (body, "traceback", "");
    } else {
        jsonx_set_str (body, "message", text);
    }
    jsonx_set_str (body, "reason", err->reason[0] ? err->reason : NULL);
    if (err->reason[0])
        http_set_reason (req, err->reason);
    http_reply_json (req, status, body);
}

void gate_fail (void *arg, struct http_req *req, const struct err *err)
{
    (void)arg;
    int status = problem_table[err->problem].http_status;
    http_header_del (req, "Access-Control-Allow-Origin");
    http_header_del (req, "Access-Control-Allow-Credentials");
    http_header_del (req, "Last-Modified");
    http_header_del (req, "Cache-Control");
    if (status >= 500)
        log_error ("http", "%s %s: %s", http_req_method_name (req), http_req_path (req),
                   err->text);
    if (is_api (http_req_route (req)))
        fail_json (req, status, err);
    else
        pages_error (req, status, err->text);
}
