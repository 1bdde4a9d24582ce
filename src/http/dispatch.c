/* dispatch.c - from a head to a route, from a whole request to its handler
 *
 * The first pattern that fits the path decides; among the rows with that very pattern the
 * method decides, so that a catch-all further down cannot turn a 405 into a 404.  HEAD is
 * served by GET rows.
 */
#include "http/http_private.h"

#include "base/url.h"

#include <string.h>
#include <strings.h>

/* The path below B, or NULL outside; B without its slash is B. */
static const char *below_base (const struct http *h, const char *path)
{
    size_t n = strlen (h->base_url);

    if (!strncmp (path, h->base_url, n))
        return path + n - 1;
    if (strlen (path) == n - 1 && !strncmp (path, h->base_url, n - 1))
        return "/";
    return NULL;
}

static bool row_has_method (const struct route *row, enum http_method method)
{
    if (method == HTTP_HEAD && !(row->flags & ROUTE_WEBSOCKET) && (row->methods & HTTP_GET))
        return true;
    return row->methods & method;
}

static void set_params (struct http_req *req, const struct route_capture *caps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct req_param *param = &req->params[i];
        param->name = caps[i].name;
        param->name_len = caps[i].name_len;
        param->value = url_decode (caps[i].value, caps[i].len, false, &param->len);
    }
    req->param_count = n;
}

/* What comes before the first capture; nearly every row ends here. */
static bool begins_like (const char *pattern, const char *path)
{
    for (; *pattern && *pattern != '{'; pattern++, path++)
        if (*pattern != *path)
            return false;
    return *pattern || !*path;
}

static bool row_fits (const struct http_req *req, const struct route *row,
                      struct route_capture caps[ROUTE_CAPTURES], size_t *ret_n)
{
    const char *path = row->flags & ROUTE_HOST_ROOT ? req->path : req->subpath;

    return path && begins_like (row->path, path) &&
           route_pattern_match (row->path, path, strlen (path), caps, ret_n);
}

static bool same_pattern (const struct route *a, const struct route *b)
{
    return !((a->flags ^ b->flags) & ROUTE_HOST_ROOT) && !strcmp (a->path, b->path);
}

enum route_outcome dispatch_match (struct http *h, struct http_req *req)
{
    struct route_capture caps[ROUTE_CAPTURES];
    size_t n = 0;

    req->subpath = below_base (h, req->path);
    for (size_t t = 0; t < h->table_count; t++) {
        for (size_t i = 0; i < h->tables[t].n; i++) {
            const struct route *row = &h->tables[t].rows[i];
            if (req->route ? !same_pattern (row, req->route)
                           : !row_fits (req, row, caps, &n))
                continue;
            if (!req->route) {
                set_params (req, caps, n);
                req->route = row;
            }
            if (row_has_method (row, req->method)) {
                req->route = row;
                return ROUTE_FOUND;
            }
        }
    }
    return req->route ? ROUTE_WRONG_METHOD : ROUTE_NOT_FOUND;
}

static void fail_with (struct http_req *req, enum problem problem, const char *text)
{
    struct err err;

    (void)err_set (&err, problem, "%s", text);
    http_fail (req, &err);
}

/* What the row does not take is read and dropped while it is small. */
static size_t body_limit (const struct http *h, const struct route *row)
{
    size_t most = row->max_body ? row->max_body : HTTP_MAX_DROPPED;

    if (row->flags & ROUTE_STREAM)
        return most; /* it is not kept here */

    return most < h->config.max_body ? most : h->config.max_body;
}

/* Does the request pass up to its body?  False: it was answered, or somebody else will. */
static bool admit (struct conn *c, struct http_req *req, enum route_outcome outcome)
{
    struct http *h = c->http;

    if (h->config.gate && h->config.gate (h->config.arg, req, req->route) != 0)
        return false;
    if (outcome == ROUTE_NOT_FOUND)
        fail_with (req, PROBLEM_NOT_FOUND, "Not Found");
    else if (outcome == ROUTE_WRONG_METHOD)
        fail_with (req, PROBLEM_METHOD, "Method Not Allowed");
    else if ((req->route->flags & ROUTE_WEBSOCKET) && !req->upgrade)
        fail_with (req, PROBLEM_INVALID, "Can \"Upgrade\" only to \"WebSocket\".");
    else
        return true;
    return false;
}

static bool expects_continue (const struct http_req *req)
{
    const char *expect = http_req_header (req, "Expect");

    return expect && req->minor == 1 && !strcasecmp (expect, "100-continue");
}

/* The body: announced length against the limit of the row, and the permission to send it.
 * False: it was answered. */
static bool prepare_body (struct conn *c, struct http_req *req, size_t length)
{
    size_t limit = body_limit (c->http, req->route);

    c->parse.max_body = limit;
    if (length != SIZE_MAX && length > limit) {
        req->taken = req->unread = true;
        fail_with (req, PROBLEM_TOO_LARGE, "the body of the request is too large");
        return false;
    }
    if (!req->route->max_body)
        c->parse.req = NULL;
    if (length > 0 && expects_continue (req)) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        outq_copy (&c->out, go_on, sizeof (go_on) - 1);
        req->unread = length > HTTP_MAX_DROPPED;
    }
    return true;
}

void dispatch_head (struct conn *c)
{
    struct http_req *req = c->req;
    int status = req_finish_head (req, &c->parse);
    size_t length = c->parse.length;
    enum route_outcome outcome;

    req->begun_us = clock_mono_us ();
    if (status) {
        response_refuse (c, status);
        return;
    }
    req->body_length = length;
    outcome = dispatch_match (c->http, req);
    parse_upgrade (&c->parse, outcome == ROUTE_FOUND &&
                                  (req->route->flags & (ROUTE_WEBSOCKET | ROUTE_STREAM)) &&
                                  req->upgrade && length == 0);
    /* answered before the body was asked for, the client may or may not send it: only
     * closing is clear */
    req->unread = length > HTTP_MAX_DROPPED || (length > 0 && expects_continue (req));
    req->taken = true;
    if (!admit (c, req, outcome))
        return;
    req->taken = false;
    if (prepare_body (c, req, length) && req->route->flags & ROUTE_STREAM) {
        req->taken = true;
        req->route->handler (req);
    }
}

void dispatch_request (struct conn *c)
{
    struct http_req *req = c->req;

    c->state = CONN_BUSY;
    conn_deadline (c, 0);
    if (req->pieces.on) {
        req->unread = false;
        if (req->pieces.ops)
            req->pieces.ops->end (req->pieces.arg);
        return;
    }
    if (req->taken)
        return;
    req->taken = true;
    req->unread = false;
    req_add_form (req);
    req->route->handler (req);
}
