/* gate_hub.c - what happens to every request before and around its handler */

#include "hub/gate_hub.h"

#include "base/jsonx.h"
#include "base/log.h"
#include "base/url.h"
#include "hub/caller.h"
#include "hub/gate_labs.h"
#include "hub/xsrf_hub.h"

#include <string.h>

#define SAFE_METHODS (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)
#define PAGE_MAX (64 * 1024)

static bool is_api (const struct route *route)
{
    return !route || !(route->flags & (ROUTE_PAGE | ROUTE_STATIC));
}

static bool is_safe (const struct http_req *req)
{
    return http_req_method (req) & SAFE_METHODS;
}

int gate_hub_refuse (struct http_req *req, enum problem problem, const char *text)
{
    struct err err;
    (void)err_set (&err, problem, "%s", text);
    http_fail (req, &err);
    return -1;
}

/* ---- which origin --------------------------------------------------------------------------- */

static int check_host (struct hub *h, struct http_req *req, unsigned *ret_part)
{
    const char *host = http_req_header (req, "Host");
    *ret_part = http_req_is_unix (req) ? SITE_HUB
                : host                 ? site_part_of (&h->site, host)
                                       : 0;
    if (*ret_part)
        return 0;
    struct err err;
    (void)err_set (&err, PROBLEM_FORBIDDEN,
                   "This hub is reached at %s; other names are for --hub-url to say",
                   h->site.hub);
    http_fail (req, &err);
    return -1;
}

/* Somebody types the address of the labs origin: the way to the hub. */
static int answer_unmatched (struct hub *h, struct http_req *req, unsigned part)
{
    if (part == SITE_LABS && http_req_method (req) == HTTP_GET &&
        !strcmp (http_req_path (req), "/")) {
        autofree char *location = xasprintf ("%s/", h->site.hub);
        http_redirect (req, 302, location);
        return -1;
    }
    return gate_hub_refuse (req, PROBLEM_NOT_FOUND, "There is nothing at this address");
}

static bool belongs (const struct route *route, unsigned part)
{
    return part & (route->flags & ROUTE_LABS ? SITE_LABS : SITE_HUB);
}

/* ---- what sent it --------------------------------------------------------------------------- */

/* A link from anywhere may lead to a page, in a window of its own. */
static bool is_navigation (const struct http_req *req, const struct route *route)
{
    const char *mode = http_req_header (req, "Sec-Fetch-Mode");
    const char *dest = http_req_header (req, "Sec-Fetch-Dest");
    return route->flags & ROUTE_PAGE && http_req_method (req) & (HTTP_GET | HTTP_HEAD) &&
           mode && !strcmp (mode, "navigate") && dest && !strcmp (dest, "document");
}

static int check_fetch_site (struct http_req *req, const struct route *route)
{
    const char *from = http_req_header (req, "Sec-Fetch-Site");
    if (!from || !strcmp (from, "same-origin") || !strcmp (from, "none") ||
        is_navigation (req, route))
        return 0;
    return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                            "Another site's page may not ask this (Sec-Fetch-Site)");
}

static int check_origin (struct hub *h, struct http_req *req)
{
    const char *origin = http_req_header (req, "Origin");
    if (!origin && http_req_wants_upgrade (req))
        origin = http_req_header (req, "Sec-WebSocket-Origin");
    if (!origin || site_is_hub_origin (&h->site, origin))
        return 0;
    return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                            "Another site's page may not ask this (Origin)");
}

static int check_sender (struct hub *h, struct http_req *req, const struct route *route)
{
    if (http_req_wants_upgrade (req) && !(route->flags & ROUTE_WEBSOCKET))
        return gate_hub_refuse (req, PROBLEM_INVALID, "There is no websocket here");
    return check_fetch_site (req, route) || check_origin (h, req) ? -1 : 0;
}

/* ---- who asks ------------------------------------------------------------------------------- */

static int ask_to_log_in (struct http_req *req, const struct route *route)
{
    if (route->flags & ROUTE_PAGE && http_req_method (req) & (HTTP_GET | HTTP_HEAD)) {
        autofree char *next = url_encode_all (http_req_target (req));
        autofree char *location = xasprintf ("/login?next=%s", next);
        http_redirect (req, 302, location);
        return -1;
    }
    return gate_hub_refuse (req, PROBLEM_UNAUTHENTICATED, "Log in first");
}

static int check_caller (struct hub *h, struct http_req *req, const struct route *route)
{
    struct caller *c;
    struct err err;
    bool public = route->flags & ROUTE_PUBLIC;
    if (caller_identify (h, req, &c, &err) && !public) {
        http_fail (req, &err);
        return -1;
    }
    if (c)
        http_req_set_user (req, c, (void (*) (void *))caller_free);
    else if (!public)
        return ask_to_log_in (req, route);
    if (route->flags & ROUTE_ADMIN && (!c || !c->user.admin))
        return gate_hub_refuse (req, PROBLEM_FORBIDDEN, "Only an admin may do this");
    return 0;
}

int gate_hub_require_xsrf (struct http_req *req)
{
    const struct caller *c = caller_of (req);
    if (c ? c->by != CALLER_BY_COOKIE : !!http_req_header (req, "Authorization"))
        return 0;
    const char *why = xsrf_hub_problem (req, c ? c->login : NULL);
    return why ? gate_hub_refuse (req, PROBLEM_FORBIDDEN, why) : 0;
}

int gate_hub_check (void *arg, struct http_req *req, const struct route *route)
{
    struct hub *h = arg;
    unsigned part;
    if (check_host (h, req, &part))
        return -1;
    if (!route || !belongs (route, part))
        return answer_unmatched (h, req, part);
    if (route->flags & ROUTE_LABS)
        return gate_labs_check (req, route);
    if (check_sender (h, req, route) || check_caller (h, req, route))
        return -1;
    if (is_safe (req) || route->flags & ROUTE_NO_XSRF)
        return 0;
    return gate_hub_require_xsrf (req);
}

/* ---- around the answer ------------------------------------------------------------------------ */

static void add_header (struct http_req *req, const char *name, const char *value)
{
    if (!http_header_has (req, name))
        http_header_add (req, name, value);
}

void gate_hub_headers (void *arg, struct http_req *req, int status)
{
    const struct route *route = http_req_route (req);
    (void)arg;
    if (status == 101 || (route && route->flags & ROUTE_STREAM))
        return; /* the workspace's server has its say */
    add_header (req, "Server", "Labwright");
    add_header (req, "X-Content-Type-Options", "nosniff");
    add_header (req, "X-Frame-Options", "DENY");
    add_header (req, "Referrer-Policy", "same-origin");
    add_header (req, "Cross-Origin-Opener-Policy", "same-origin");
    add_header (req, "Cross-Origin-Resource-Policy", "same-origin");
    add_header (req, "Content-Security-Policy",
                is_api (route)
                    ? "default-src 'none'; frame-ancestors 'none'"
                    : "default-src 'none'; script-src 'self'; style-src 'self'; "
                      "connect-src 'self'; font-src 'self'; "
                      "img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; "
                      "frame-ancestors 'none'; require-trusted-types-for 'script'; "
                      "trusted-types lit-html");
    if (is_api (route))
        add_header (req, "Cache-Control", "no-store");
}

/* What a person must read is a status whose words the original CLI shows. */
static int status_of (enum problem problem)
{
    switch (problem) {
    case PROBLEM_UNAUTHENTICATED: return 401; /* 403 is Jupyter's */
    case PROBLEM_CONFLICT:
    case PROBLEM_TOO_LARGE:
    case PROBLEM_UNSUPPORTED: return 400;
    case PROBLEM_NO_SPACE: return 507; /* 500 is Jupyter's */
    default: return problem_table[problem].http_status;
    }
}

static void fail_page (struct http_req *req, int status, const char *text)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, PAGE_MAX);
    (void)buf_addf (&b,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<title>%d %s</title>\n<h1>%d %s</h1>\n<p>",
                    status, http_phrase (status), status, http_phrase (status));
    (void)buf_add_html (&b, text, strlen (text));
    (void)buf_adds (&b, "</p>\n<p><a href=\"/\">To the start page</a></p>\n");
    http_reply (req, status, "text/html; charset=utf-8", b.data, b.len);
}

/* A row of the labs origin may be both. */
static bool wants_page (const struct http_req *req)
{
    const struct route *route = http_req_route (req);
    return route && route->flags & ROUTE_LABS ? gate_labs_is_page (req) : !is_api (route);
}

void gate_hub_fail (void *arg, struct http_req *req, const struct err *err)
{
    const struct route *route = http_req_route (req);
    int status = status_of (err->problem);
    const char *text = err->text[0] ? err->text : http_phrase (status);
    (void)arg;
    if (status >= 500)
        log_error ("hub", "%s %s: %s", http_req_method_name (req), http_req_path (req),
                   text);
    if (route && route->flags & ROUTE_STREAM) { /* gate_hub_headers leaves these alone */
        http_header_set (req, "X-Content-Type-Options", "nosniff");
        http_header_set (req, "Content-Security-Policy",
                         "default-src 'none'; frame-ancestors 'none'");
        http_header_set (req, "Cache-Control", "no-store");
    }
    if (wants_page (req)) {
        fail_page (req, status, text);
        return;
    }
    json_t *body = json_object ();
    jsonx_set_str (body, "message", text);
    jsonx_set_str (body, "slug", problem_table[err->problem].slug);
    http_reply_json (req, status, body);
}
