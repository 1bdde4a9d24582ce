/* request.c - a request: what was sent, checked and split, and what a handler may ask */

#include "http/http_private.h"

#include "base/jsonx.h"
#include "base/url.h"

#include <string.h>
#include <strings.h>

#define REQ_TEXT 1000

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    { "GET", HTTP_GET },         { "HEAD", HTTP_HEAD },   { "POST", HTTP_POST },
    { "PUT", HTTP_PUT },         { "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
    { "OPTIONS", HTTP_OPTIONS },
};

/* ---- life -------------------------------------------------------------------------------
 */

struct http_req *req_new (struct http *h, struct conn *c)
{
    struct http_req *req = xnew (struct http_req);

    req->http = h;
    h->req_count++;
    req->conn = c;
    req->method = HTTP_OTHER;
    req->method_name = "";
    buf_init (&req->text, 2 * h->config.max_header + 4096);
    buf_init (&req->body, h->config.max_body);
    buf_init (&req->answer, HTTP_MAX_ANSWER_HEAD);
    (void)buf_reserve (&req->text, REQ_TEXT); /* in one step what nearly all need */
    (void)buf_reserve (&req->answer, REQ_TEXT);
    if (c) {
        req->tls = c->tls;
        req->local = c->local;
        memcpy (req->peer, c->peer, sizeof (req->peer));
    }
    return req;
}

void req_free (struct http_req *req)
{
    if (!req)
        return;
    if (req->user && req->user_free)
        req->user_free (req->user);
    loop_cancel (req->stream.abort_soon);
    for (size_t i = 0; i < req->param_count; i++)
        free (req->params[i].value);
    pairs_done (&req->args);
    pairs_done (&req->cookies);
    buf_done (&req->text);
    buf_done (&req->body);
    buf_done (&req->answer);
    http_release (req->http);
    free (req);
}

/* ---- the head ---------------------------------------------------------------------------
 */

bool header_has_token (const char *value, const char *token)
{
    size_t n = strlen (token);

    while (value && *value) {
        value += strspn (value, " \t,");
        size_t len = strcspn (value, ",");
        size_t end = len;
        while (end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\t'))
            end--;
        if (end == n && !strncasecmp (value, token, n))
            return true;
        value += len;
    }
    return false;
}

static size_t count_header (const struct http_req *req, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < req->header_count; i++)
        n += !strcasecmp (req->text.data + req->headers[i].name, name);
    return n;
}

static void trim_values (struct http_req *req)
{
    for (size_t i = 0; i < req->header_count; i++) {
        char *value = req->text.data + req->headers[i].value;
        size_t n = strlen (value);
        while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
            value[--n] = '\0';
    }
}

/* The path inside the target: origin form, or the rest of an absolute one.  NULL: neither.
 */
static const char *target_path (const struct http_req *req)
{
    const char *target = req->text.data;
    const char *host;

    if (target[0] == '/')
        return target;
    if (target[0] == '*' && !target[1])
        return req->method == HTTP_OPTIONS ? target : NULL;
    if (strncasecmp (target, "http://", 7) && strncasecmp (target, "https://", 8))
        return NULL;
    host = strchr (target, ':') + 3;
    host += strcspn (host, "/?");
    return *host == '/' ? host : NULL;
}

/* The library's parser is built lenient: it lets control characters in targets pass, and
 * blanks in names. */
static bool is_clean (const char *target)
{
    for (; *target; target++)
        if ((unsigned char)*target <= ' ' || *target == 0x7f)
            return false;
    return true;
}

static bool names_are_tokens (const struct http_req *req)
{
    for (size_t i = 0; i < req->header_count; i++) {
        const char *name = req->text.data + req->headers[i].name;
        if (!name[0] || name[strcspn (name, " \t\"(),/:;<=>?@[\\]{}")])
            return false;
    }
    return true;
}

static int split_target (struct http_req *req)
{
    const char *path = target_path (req);
    size_t at = req->text.len;
    size_t path_len, from;

    if (!path || strchr (path, '#') || !is_clean (path))
        return 400;
    from = (size_t)(path - req->text.data);
    path_len = strcspn (path, "?");
    if (!buf_reserve (&req->text,
                      strlen (path) + 3)) /* nothing below moves the text again */
        return 431;
    path = req->text.data + from;
    (void)buf_add (&req->text, path, path_len);
    (void)buf_addc (&req->text, '\0');
    (void)buf_adds (&req->text, path[path_len] ? path + path_len + 1 : "");
    (void)buf_addc (&req->text, '\0');
    if (req->text.overflow)
        return 431;
    req->path = req->text.data + at;
    req->query = req->path + path_len + 1;
    return 0;
}

static void set_method (struct http_req *req, const struct parse *p)
{
    req->method_name = p->method;
    for (size_t i = 0; i < ARRAY_SIZE (methods); i++)
        if (!strcmp (methods[i].name, req->method_name))
            req->method = methods[i].method;
}

int req_finish_head (struct http_req *req, const struct parse *p)
{
    const char *coding;
    int status;

    set_method (req, p);
    req->minor = p->minor;
    req->keep_alive = p->keep_alive;
    trim_values (req);
    status = split_target (req);
    if (status)
        return status;
    if (p->major != 1 || p->minor > 1)
        return 505;
    if (!names_are_tokens (req) || count_header (req, "Host") > 1 ||
        count_header (req, "Content-Length") > 1 ||
        count_header (req, "Transfer-Encoding") > 1)
        return 400;
    if (req->minor == 1 && !http_req_header (req, "Host"))
        return 400;
    coding = http_req_header (req, "Transfer-Encoding");
    if (coding && (strcasecmp (coding, "chunked") || req->minor == 0 ||
                   http_req_header (req, "Content-Length")))
        return 400;
    req->upgrade = req->minor == 1 &&
                   header_has_token (http_req_header (req, "Upgrade"), "websocket") &&
                   header_has_token (http_req_header (req, "Connection"), "upgrade");
    return 0;
}

/* ---- what a handler may ask -------------------------------------------------------------
 */

enum http_method http_req_method (const struct http_req *req)
{
    return req->method;
}
const char *http_req_method_name (const struct http_req *req)
{
    return req->method_name;
}
const char *http_req_target (const struct http_req *req)
{
    return req->text.data;
}
const char *http_req_path (const struct http_req *req)
{
    return req->path;
}
const char *http_req_subpath (const struct http_req *req)
{
    return req->subpath;
}
const char *http_req_query_string (const struct http_req *req)
{
    return req->query;
}
const struct route *http_req_route (const struct http_req *req)
{
    return req->route;
}

const char *http_req_param (const struct http_req *req, const char *name, size_t *len)
{
    size_t n = strlen (name);

    for (size_t i = 0; i < req->param_count; i++) {
        const struct req_param *param = &req->params[i];
        if (param->name_len != n || memcmp (param->name, name, n))
            continue;
        if (len)
            *len = param->len;
        return param->value;
    }
    return NULL;
}

static const struct pairs *req_args (struct http_req *req)
{
    if (req->args_parsed)
        return &req->args;
    req->args_parsed = true;
    pairs_add_query (&req->args, req->query, strlen (req->query));
    return &req->args;
}

/* The gate asks for arguments before there is a body, so its fields are added to them
 * later. */
void req_add_form (struct http_req *req)
{
    const char *type = http_req_header (req, "Content-Type");

    if (!type || strncasecmp (type, "application/x-www-form-urlencoded", 33))
        return;
    (void)req_args (req);
    pairs_add_query (&req->args, req->body.data, req->body.len);
}

const char *http_req_arg (struct http_req *req, const char *key)
{
    return pairs_last (req_args (req), key);
}

bool http_req_args_valid (struct http_req *req)
{
    return !req_args (req)->invalid;
}

const char *http_req_header (const struct http_req *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++)
        if (!strcasecmp (req->text.data + req->headers[i].name, name))
            return req->text.data + req->headers[i].value;
    return NULL;
}

const char *http_req_cookie (struct http_req *req, const char *name)
{
    if (!req->cookies_parsed) {
        req->cookies_parsed = true;
        for (size_t i = 0; i < req->header_count; i++)
            if (!strcasecmp (req->text.data + req->headers[i].name, "Cookie"))
                pairs_add_cookies (&req->cookies, req->text.data + req->headers[i].value);
    }
    return pairs_last (&req->cookies, name);
}

char *http_req_body_used (struct http_req *req, size_t *len)
{
    *len = req->body.len;
    return req->body.data;
}

const char *http_req_body (const struct http_req *req, size_t *len)
{
    if (len)
        *len = req->body.len;
    return req->body.data;
}

int http_req_json (const struct http_req *req, json_t **ret, struct err *err)
{
    const char *s = req->body.data;
    size_t n = req->body.len;
    json_t *j;

    while (n > 0 && strchr (" \t\r\n\f\v", s[n - 1]) && s[n - 1])
        n--;
    while (n > 0 && strchr (" \t\r\n\f\v", s[0]) && s[0]) {
        s++;
        n--;
    }
    if (n == 0) {
        *ret = NULL;
        return 0;
    }
    j = jsonx_parse (s, n, NULL);
    if (!j)
        return err_set (err, PROBLEM_INVALID, "Invalid JSON in body of request");
    *ret = j;
    return 0;
}

bool http_req_is_tls (const struct http_req *req)
{
    return req->tls;
}
bool http_req_is_unix (const struct http_req *req)
{
    return req->local;
}
const char *http_req_peer (const struct http_req *req)
{
    return req->peer;
}
bool http_req_wants_upgrade (const struct http_req *req)
{
    return req->upgrade;
}
struct loop *http_req_loop (const struct http_req *req)
{
    return req->http->loop;
}
void *http_req_server (const struct http_req *req)
{
    return req->http->config.arg;
}
void *http_req_user (const struct http_req *req)
{
    return req->user;
}
size_t http_req_body_length (const struct http_req *req)
{
    return req->body_length;
}
bool http_req_gone (const struct http_req *req)
{
    return !req->conn;
}

void http_req_set_user (struct http_req *req, void *user, void (*free_fn) (void *))
{
    if (req->user && req->user_free)
        req->user_free (req->user);
    req->user = user;
    req->user_free = free_fn;
}

void http_req_take_body (struct http_req *req, const struct http_body_ops *ops, void *arg)
{
    req->pieces.on = true;
    req->pieces.ops = ops;
    req->pieces.arg = arg;
    if (!ops)
        http_req_pause_body (req, false);
}

void http_req_pause_body (struct http_req *req, bool on)
{
    struct conn *c = req->conn;

    if (req->pieces.paused == on)
        return;
    req->pieces.paused = on;
    if (!c || c->state != CONN_READING)
        return;
    conn_deadline (c, on ? 0 : HTTP_BODY_US);
    if (!on)
        conn_write_soon (c); /* also looks at input that waits */
}

bool http_offers_subprotocol (const struct http_req *req, const char *protocol)
{
    for (size_t i = 0; i < req->header_count; i++) {
        const char *value = req->text.data + req->headers[i].value;
        const char *name = req->text.data + req->headers[i].name;
        size_t n = strlen (protocol);
        if (strcasecmp (name, "Sec-WebSocket-Protocol"))
            continue;
        for (; *value; value += strcspn (value, ",")) {
            value += strspn (value, " \t,");
            size_t len = strcspn (value, " \t,");
            if (len == n && !memcmp (value, protocol, n)) /* case matters */
                return true;
        }
    }
    return false;
}
