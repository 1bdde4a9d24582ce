/* proxy_down.c - a relay towards the client: the answer, frames of the server */
#include "http/proxy_private.h"

#include "http/proxy_head.h"

#include <errno.h>

#define READ_SIZE (64 * 1024)
#define READ_TURN ((size_t)512 * 1024) /* bytes before others get their turn */

/* ---- the client -------------------------------------------------------------------------------- */

void relay_drained (void *arg)
{
    struct relay *r = arg;

    r->pressure = false;
    relay_events (r);
}

void relay_client_gone (void *arg)
{
    struct relay *r = arg;

    if (r->streaming)
        (void)relay_end_answer (r, false);
    else
        (void)relay_fail (r, PROBLEM_CANCELLED, "the client has gone");
}

/* ---- websockets -------------------------------------------------------------------------------- */

static bool begin_tunnel (struct relay *r)
{
    struct http_req *req = r->req;

    proxy_head_answer (&r->proxy->config, req, &r->answer);
    http_req_take_body (req, NULL, NULL);
    r->req = NULL;
    r->tunnel = http_tunnel (req, &relay_tunnel_ops, r);
    if (!r->tunnel) {
        relay_free (r);
        return false;
    }
    r->proxy->websockets++;
    return true;
}

static bool feed_tunnel (struct relay *r, const char *data, size_t n)
{
    struct blk *b = blk_dup (data, n);

    if (!b)
        return relay_end (r, PROBLEM_NO_SPACE, "");
    frames_feed (&r->frames, b->data, n);
    tunnel_write (r->tunnel, b);
    blk_unref (b);
    r->pressure = tunnel_pressure (r->tunnel);
    return true;
}

/* ---- the answer ------------------------------------------------------------------------------- */

static void on_answer_body (void *arg, const char *data, size_t n)
{
    struct relay *r = arg;
    struct blk *b = blk_dup (data, n);

    if (!b)
        r->lost = true;
    else if (!http_stream_write (r->req, b))
        r->pressure = true;
    blk_unref (b);
}

void relay_await (struct relay *r)
{
    answer_init (&r->answer, r->req->method_name, on_answer_body, r);
}

static bool has_no_body (unsigned status)
{
    return status == 204 || status == 304;
}

static bool begin_answer (struct relay *r)
{
    const struct answer *a = &r->answer;
    const char *length = answer_header (a, "Content-Length");

    if (a->status == 101)
        return proxy_head_upgrades (r->req) ||
               relay_end (r, PROBLEM_INTERNAL, "it switches to another protocol unasked");
    if (has_no_body (a->status))
        return true;
    proxy_head_answer (&r->proxy->config, r->req, a);
    r->streaming = true;
    http_stream_begin (r->req, (int)a->status, NULL, length ? a->length : -1, relay_drained,
                       relay_client_gone, r);
    return true;
}

/* Nothing came behind the answer, and nothing of the request is left to be said. */
static void keep_connection (struct relay *r, size_t left)
{
    if (!r->again || !r->answer.stays || left > 0 || r->up.bytes > 0 || r->up_broken)
        return;
    loop_unwatch (take_ptr (r->io));
    proxy_spare_add (r->proxy, take_fd (r->fd));
}

/* LEFT: bytes behind the answer.  Returns whether R is still there. */
static bool finish_answer (struct relay *r, size_t left)
{
    struct http_req *req = r->req;
    unsigned status = r->answer.status;

    if (status == 101)
        return begin_tunnel (r);
    keep_connection (r, left);
    if (r->streaming)
        return relay_end_answer (r, true);
    proxy_head_answer (&r->proxy->config, req, &r->answer);
    relay_free (r);
    http_reply_empty (req, (int)status);
    return false;
}

static bool feed_answer (struct relay *r, const char *data, size_t n, size_t *ret_used)
{
    enum answer_event event = answer_feed (&r->answer, data, n, ret_used);

    if (r->lost)
        return relay_end_answer (r, false);
    switch (event) {
    case ANSWER_MORE: return true;
    case ANSWER_HEAD: return begin_answer (r);
    case ANSWER_DONE: return finish_answer (r, n - *ret_used);
    case ANSWER_BAD: break;
    }
    autofree char *text = xasprintf ("the server's answer is wrong: %s", r->answer.why);
    return relay_end (r, n > 0 ? PROBLEM_INTERNAL : PROBLEM_UNAVAILABLE, text);
}

static bool feed (struct relay *r, const char *data, size_t n)
{
    while (n > 0) {
        size_t used = n;
        if (!(r->tunnel ? feed_tunnel (r, data, n) : feed_answer (r, data, n, &used)))
            return false;
        data += used;
        n -= used;
    }
    return true;
}

/* ---- from the server -------------------------------------------------------------------------- */

static bool server_ended (struct relay *r)
{
    size_t used;

    if (r->tunnel || !r->req)
        return relay_end (r, PROBLEM_UNAVAILABLE, "");
    if (r->spare && !r->heard) {
        relay_redial (r);
        return false;
    }
    return feed_answer (r, NULL, 0, &used);
}

bool relay_read (struct relay *r)
{
    char data[READ_SIZE];

    for (size_t total = 0; total < READ_TURN && !r->pressure;) {
        ssize_t n = read (r->fd, data, sizeof (data));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            return server_ended (r);
        r->heard = true;
        if (!feed (r, data, (size_t)n))
            return false;
        total += (size_t)n;
        if ((size_t)n < sizeof (data))
            break;
    }
    return true;
}
