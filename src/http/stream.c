/* stream.c - answers whose body comes in pieces */

#include "http/http_private.h"

#include <fcntl.h>
#include <stdio.h>

static void abort_now (void *arg)
{
    struct http_req *req = arg;

    req->stream.abort_soon = NULL;
    if (req->stream.on && req->stream.aborted)
        req->stream.aborted (req->stream.arg);
    else if (!req->stream.on && req->pieces.ops)
        req->pieces.ops->gone (req->pieces.arg);
}

void stream_gone (struct http_req *req)
{
    struct stream *s = &req->stream;

    if ((s->on || req->pieces.on) && !s->abort_soon)
        s->abort_soon = loop_soon (req->http->loop, abort_now, req);
}

void stream_drained (struct http_req *req)
{
    struct stream *s = &req->stream;
    size_t most = s->waits ? 0 : HTTP_STREAM_LOW;

    if (!s->on || !(s->pressure || s->waits) || req->conn->out.bytes > most)
        return;
    s->pressure = s->waits = false;
    if (s->drained)
        s->drained (s->arg);
}

void http_stream_begin (struct http_req *req, int status, const char *ctype, int64_t length,
                        void (*drained) (void *arg), void (*aborted) (void *arg), void *arg)
{
    struct stream *s = &req->stream;

    s->on = true;
    s->drained = drained;
    s->aborted = aborted;
    s->arg = arg;
    s->left = length < 0 ? UINT64_MAX : (uint64_t)length;
    s->chunked = length < 0 && req->minor == 1;
    if (length < 0 && !s->chunked)
        req->keep_alive =
            false; /* HTTP/1.0: the end of the connection is the end of the body */
    req->status = status;
    if (!req->conn || req->conn->state == CONN_DEAD) {
        stream_gone (req);
        return;
    }
    response_head (req, status, ctype, length, s->chunked);
    outq_copy (&req->conn->out, req->http->head.data, req->http->head.len);
    conn_write_soon (req->conn);
}

bool http_stream_write (struct http_req *req, struct blk *b)
{
    struct stream *s = &req->stream;
    struct conn *c = req->conn;
    size_t n = b->len < s->left ? b->len : (size_t)s->left;
    char size[24];

    if (!c || c->state == CONN_DEAD || req->method == HTTP_HEAD || n == 0)
        return true;
    if (s->chunked)
        outq_copy (&c->out, size, (size_t)snprintf (size, sizeof (size), "%zx\r\n", n));
    else if (s->left != UINT64_MAX)
        s->left -= n;
    outq_add (&c->out, b, b->data, n, false);
    if (s->chunked)
        outq_copy (&c->out, "\r\n", 2);
    conn_write_soon (c);
    if (c->out.bytes <= HTTP_STREAM_HIGH)
        return true;
    s->pressure = true;
    return false;
}

/* ---- past the queue ---------------------------------------------------------------------
 */

int http_stream_socket (struct http_req *req)
{
    const struct conn *c = req->conn;

    if (!c || c->state == CONN_DEAD || c->tls || req->stream.left == UINT64_MAX)
        return -1;
    return fcntl (c->fd, F_DUPFD_CLOEXEC, 3);
}

void http_stream_wait (struct http_req *req)
{
    req->stream.waits = true;
    if (req->conn)
        conn_wait (req->conn);
}

void http_stream_passed (struct http_req *req, uint64_t n)
{
    struct stream *s = &req->stream;

    s->left -= n < s->left ? n : s->left;
    if (n > 0 && req->conn)
        conn_moved (req->conn);
}

static void end_body (struct http_req *req)
{
    if (req->stream.chunked)
        outq_copy (&req->conn->out, "0\r\n\r\n", 5);
}

void http_stream_end (struct http_req *req, bool complete)
{
    struct stream *s = &req->stream;
    struct conn *c = req->conn;
    bool short_body = s->left != UINT64_MAX && s->left > 0;

    s->on = false;
    if (c && req->method != HTTP_HEAD && c->state != CONN_DEAD) {
        if (complete && !short_body)
            end_body (req);
        else if (s->chunked || s->left != UINT64_MAX)
            req->keep_alive = false; /* what there is, then an end that comes too early */
        else
            conn_kill (c); /* the client must not take it for the whole */
    }
    response_done (req);
}
