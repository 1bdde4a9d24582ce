/* response.c - the one answer to a request: head, validators, body */

#include "http/http_private.h"

#include "base/crypto.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "http/range.h"

#include <string.h>
#include <strings.h>

static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    { 100, "Continue" },
    { 101, "Switching Protocols" },
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Request Entity Too Large" },
    { 415, "Unsupported Media Type" },
    { 416, "Requested Range Not Satisfiable" },
    { 417, "Expectation Failed" },
    { 422, "Unprocessable Entity" },
    { 426, "Upgrade Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 499, "Client Closed Request" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
    { 507, "Insufficient Storage" },
};

const char *http_phrase (int status)
{
    for (size_t i = 0; i < ARRAY_SIZE (phrases); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

/* ---- headers of the answer --------------------------------------------------------------
 */

/* The line of that name in the lines already there, or NULL. */
static char *find_line (const struct buf *b, const char *name, size_t *ret_len)
{
    size_t n = strlen (name);

    for (char *line = b->data; *line;) {
        size_t len = (size_t)(strchr (line, '\n') - line) + 1;
        if (!strncasecmp (line, name, n) && line[n] == ':') {
            *ret_len = len;
            return line;
        }
        line += len;
    }
    return NULL;
}

/* Values may hold what strangers wrote: a line break in one must not begin a header. */
static void add_clean (struct buf *b, const char *s)
{
    for (;;) {
        size_t n = strcspn (s, "\r\n");
        (void)buf_add (b, s, n);
        s += n;
        if (!*s)
            break;
        (void)buf_addc (b, ' ');
        s++;
    }
}

void http_header_add (struct http_req *req, const char *name, const char *value)
{
    size_t was = req->answer.len;

    add_clean (&req->answer, name);
    (void)buf_adds (&req->answer, ": ");
    add_clean (&req->answer, value);
    (void)buf_adds (&req->answer, "\r\n");
    if (req->answer.overflow) { /* half a line is worse than none */
        req->answer.len = was;
        req->answer.data[was] = '\0';
        req->answer.overflow = false;
    }
}

void http_header_del (struct http_req *req, const char *name)
{
    struct buf *b = &req->answer;
    size_t len;

    for (char *line; (line = find_line (b, name, &len));) {
        size_t rest = b->len - (size_t)(line - b->data) - len;
        memmove (line, line + len, rest + 1);
        b->len -= len;
    }
}

void http_header_set (struct http_req *req, const char *name, const char *value)
{
    http_header_del (req, name);
    http_header_add (req, name, value);
}

bool http_header_has (const struct http_req *req, const char *name)
{
    size_t len;

    return find_line (&req->answer, name, &len) != NULL;
}

void http_set_reason (struct http_req *req, const char *reason)
{
    size_t n = 0;

    for (; reason[n] && n + 1 < sizeof (req->reason_text); n++)
        req->reason_text[n] = (unsigned char)reason[n] < 0x20 ? ' ' : reason[n];
    req->reason_text[n] = '\0';
    req->reason = req->reason_text;
}

/* ---- the head ---------------------------------------------------------------------------
 */

static const char *date_now (struct http *h)
{
    int64_t now = clock_wall_us ();

    if (now / CLOCK_S != h->date_s) {
        h->date_s = now / CLOCK_S;
        (void)clock_http (now, h->date);
    }
    return h->date;
}

/* Fast path of buf_addf ("%s: %s\r\n"). */
static void head_line (struct buf *b, const char *name, const char *value)
{
    (void)buf_adds (b, name);
    (void)buf_add (b, ": ", 2);
    (void)buf_adds (b, value);
    (void)buf_add (b, "\r\n", 2);
}

void response_head (struct http_req *req, int status, const char *ctype, int64_t length,
                    bool chunked)
{
    struct http *h = req->http;
    struct buf *b = &h->head;

    req->status = status;
    req->answered = true;
    if (h->config.headers && status != 101)
        h->config.headers (h->config.arg, req, status);
    if (ctype)
        http_header_del (req, "Content-Type");
    if (req->unread || status == 408)
        req->keep_alive = false;
    buf_clear (b);
    (void)buf_adds (b, "HTTP/1.1 ");
    (void)buf_addu (b, (uint64_t)status);
    (void)buf_addc (b, ' ');
    (void)buf_adds (b, req->reason ? req->reason : http_phrase (status));
    (void)buf_add (b, "\r\n", 2);
    if (!http_header_has (req, "Server") && status != 101)
        head_line (b, "Server", "labwright");
    if (status != 101)
        head_line (b, "Date", date_now (h));
    (void)buf_add (b, req->answer.data, req->answer.len);
    if (ctype)
        head_line (b, "Content-Type", ctype);
    if (length >= 0) {
        (void)buf_adds (b, "Content-Length: ");
        (void)buf_addu (b, (uint64_t)length);
        (void)buf_add (b, "\r\n", 2);
    }
    if (chunked)
        (void)buf_adds (b, "Transfer-Encoding: chunked\r\n");
    if (!req->keep_alive)
        (void)buf_adds (b, "Connection: close\r\n");
    else if (req->minor == 0)
        (void)buf_adds (b, "Connection: keep-alive\r\n");
    (void)buf_add (b, "\r\n", 2);
}

void response_done (struct http_req *req)
{
    struct http *h = req->http;
    struct conn *c = req->conn;
    bool keep = req->keep_alive;

    if (log_tracing (TRACE_HTTP)) /* never the query: it may hold a token */
        log_trace (TRACE_HTTP, "%s %s %d in %lld us%s", req->method_name,
                   req->path ? req->path : "", req->status,
                   (long long)(clock_mono_us () - req->begun_us),
                   c ? "" : ", the client was gone");
    if (h->config.done && !h->freed)
        h->config.done (h->config.arg, req, req->status, clock_mono_us () - req->begun_us);
    if (c) {
        c->req = NULL;
        c->parse.req = NULL;
        c->parse.max_body = c->parse.body_bytes + HTTP_MAX_DROPPED;
    }
    req_free (req);
    if (!c || c->state == CONN_DEAD || c->state == CONN_WEBSOCKET ||
        c->state == CONN_TUNNEL)
        return;
    if (keep)
        conn_continue (c, CONN_READING);
    else
        conn_finish (c);
}

void response_refuse (struct conn *c, int status)
{
    char text[256];
    const char *phrase = http_phrase (status);
    int n = snprintf (text, sizeof (text),
                      "HTTP/1.1 %d %s\r\nServer: labwright\r\nContent-Type: text/plain\r\n"
                      "Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
                      status, phrase, strlen (phrase) + 1, phrase);

    outq_copy (&c->out, text, (size_t)n);
    req_free (c->req);
    c->req = NULL;
    c->parse.req = NULL;
    conn_finish (c);
}

/* ---- validators -------------------------------------------------------------------------
 */

/* Sets the ETag of a 200 unless the handler did; true: the client has it already. */
static bool not_modified (struct http_req *req, int status, const void *data, size_t n)
{
    char hex[CRYPTO_HEX], etag[CRYPTO_HEX + 2];
    size_t len;

    if (status != 200 || !(req->method & (HTTP_GET | HTTP_HEAD)))
        return false;
    const char *given = find_line (&req->answer, "ETag", &len);
    if (given) {
        (void)snprintf (etag, sizeof (etag), "%.*s", (int)strcspn (given + 6, "\r"),
                        given + 6);
    } else {
        if (crypto_digest_hex ("sha1", data, n, hex) < 0)
            return false;
        (void)snprintf (etag, sizeof (etag), "\"%s\"", hex);
        http_header_set (req, "ETag", etag);
    }
    return range_etag_matches (http_req_header (req, "If-None-Match"), etag);
}

static void reply_304 (struct http_req *req)
{
    http_header_del (req, "Content-Type");
    response_head (req, 304, NULL, -1, false);
    outq_copy (&req->conn->out, req->http->head.data, req->http->head.len);
    response_done (req);
}

/* ---- whole answers ----------------------------------------------------------------------
 */

static bool has_no_body (int status)
{
    return status == 204 || status == 304 || status < 200;
}

/* Common beginning: false if it is all done already. */
static bool begin (struct http_req *req, int *status, const char *ctype, const void *data,
                   size_t n)
{
    if (!req->conn || req->conn->state == CONN_DEAD) {
        req->status = *status;
        response_done (req);
        return false;
    }
    if (not_modified (req, *status, data, n)) {
        reply_304 (req);
        return false;
    }
    if (has_no_body (*status)) {
        http_header_del (req, "Content-Type");
        response_head (req, *status, NULL, -1, false);
    } else {
        response_head (req, *status, ctype, (int64_t)n, false);
    }
    return true;
}

void http_reply (struct http_req *req, int status, const char *ctype, const void *data,
                 size_t n)
{
    struct buf *head = &req->http->head;
    bool body = req->method != HTTP_HEAD && !has_no_body (status) && n > 0;

    if (body && n > HTTP_SMALL_BODY) {
        struct blk *b = blk_dup (data, n);
        if (b) {
            http_reply_blk (req, status, ctype, b);
            return;
        }
        struct err err;
        (void)err_set (&err, PROBLEM_NO_SPACE,
                       "not enough memory for an answer of %zu bytes", n);
        http_fail (req, &err);
        return;
    }
    if (!begin (req, &status, ctype, data, n))
        return;
    if (body)
        (void)buf_add (head, data, n);
    outq_copy (&req->conn->out, head->data, head->len);
    response_done (req);
}

void http_reply_blk (struct http_req *req, int status, const char *ctype, struct blk *b)
{
    if (b->len <= HTTP_SMALL_BODY) {
        http_reply (req, status, ctype, b->data, b->len);
        blk_unref (b);
        return;
    }
    if (begin (req, &status, ctype, b->data, b->len)) {
        struct outq *out = &req->conn->out;
        outq_copy (out, req->http->head.data, req->http->head.len);
        if (req->method != HTTP_HEAD && !has_no_body (status))
            outq_add (out, b, b->data, b->len, false);
        response_done (req);
    }
    blk_unref (b);
}

void http_reply_json (struct http_req *req, int status, json_t *j)
{
    struct buf text;
    struct blk *b;
    size_t n;
    char *s;

    buf_init (&text, HTTP_MAX_JSON);
    int rc = jsonx_dump (j, &text, 0, false);
    json_decref (j);
    if (rc < 0) {
        struct err err;
        buf_done (&text);
        (void)err_set (&err, PROBLEM_INTERNAL, "cannot write the answer as JSON");
        http_fail (req, &err);
        return;
    }
    if (text.len <= HTTP_SMALL_BODY) {
        http_reply (req, status, "application/json", text.data, text.len);
        buf_done (&text);
        return;
    }
    s = buf_take (&text, &n);
    b = blk_wrap (s, n, free, s);
    buf_done (&text);
    http_reply_blk (req, status, "application/json", b);
}

void http_reply_empty (struct http_req *req, int status)
{
    http_reply (req, status, NULL, "", 0);
}

void http_redirect (struct http_req *req, int status, const char *location)
{
    http_header_set (req, "Location", location);
    http_reply (req, status, NULL, "", 0);
}

void http_fail (struct http_req *req, const struct err *err)
{
    struct http *h = req->http;
    char text[600];

    if (!req->conn) { /* nobody to tell; the server may be going, too */
        req->status = problem_table[err->problem].http_status;
        response_done (req);
        return;
    }
    if (h->config.fail) {
        h->config.fail (h->config.arg, req, err);
        return;
    }
    (void)snprintf (text, sizeof (text), "%s\n", err->text);
    http_reply (req, problem_table[err->problem].http_status, "text/plain; charset=UTF-8",
                text, strlen (text));
}
