/* conn.c - one TCP connection: input in order, output without copies, deadlines
 *
 * Input is eaten by the state: the request parser, the websocket, or nobody (BUSY: the
 * answer to the last request is being made, what comes waits in a small buffer; above its
 * mark the library stops reading).  So requests of one connection are answered in order,
 * and a client that does not read its answers is not read either.
 *
 * Output is written (conn_write.c) at the end of a receive callback, when nearly always all
 * fits, else when the library says writable.  What comes for a clear-text websocket from
 * elsewhere is written at the end of the loop's turn, all of it at once and without asking
 * the library first.
 *
 * Closing: what is queued goes out, then our side is shut and input is thrown away until
 * the client has closed or HTTP_LINGER_US is over; closing at once would let the kernel
 * answer unread input with a reset, which destroys the answer on its way.
 */
#include "http/http_lws.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* ---- life -------------------------------------------------------------------------------
 */

struct conn *conn_new (struct http *h, bool tls, bool local, const char *peer)
{
    struct conn *c = xnew (struct conn);

    c->http = h;
    c->fd = -1;
    c->tls = tls;
    c->local = local;
    (void)snprintf (c->peer, sizeof (c->peer), "%s", peer);
    parse_init (&c->parse, h->config.max_header);
    buf_init (&c->in, HTTP_IN_MAX);
    list_append (&h->conns, &c->link);
    list_init (&c->flush);
    h->conn_count++;
    return c;
}

/* The request lives on if somebody has it. */
static void let_go (struct conn *c)
{
    struct http_req *req = c->req;

    c->req = NULL;
    c->parse.req = NULL;
    if (!req)
        return;
    req->conn = NULL;
    if (req->taken)
        stream_gone (req);
    else
        req_free (req);
}

void conn_free (struct conn *c)
{
    c->state = CONN_DEAD;
    c->wsi = NULL;
    if (c->ws)
        ws_gone (c->ws);
    if (c->tunnel)
        tunnel_gone (c->tunnel);
    let_go (c);
    list_remove (&c->link);
    list_remove (&c->flush);
    c->http->conn_count--;
    outq_done (&c->out);
    buf_done (&c->in);
    parse_done (&c->parse);
    free (c);
}

void conn_kill (struct conn *c)
{
    if (c->state == CONN_DEAD)
        return;
    c->state = CONN_DEAD;
    if (!c->in_callback && c->wsi)
        lws_set_timeout (c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

size_t conn_unacknowledged (const struct conn *c)
{
    int n = 0;

    /* also while the connection is being closed, when the library's handle is gone already */
    if (ioctl (c->fd, SIOCOUTQ, &n) || n < 0)
        return 0;
    return (size_t)n;
}

/* ---- deadlines --------------------------------------------------------------------------
 */

void conn_deadline (struct conn *c, int64_t after_us)
{
    c->deadline_us = after_us ? clock_mono_us () + after_us : 0;
    if (after_us)
        http_sweep_at (c->http, c->deadline_us);
}

/* Whoever takes the body in pieces has enough for now. */
static bool body_waits (const struct conn *c)
{
    return c->req && c->req->pieces.paused;
}

static int64_t patience (const struct conn *c)
{
    switch (c->state) {
    case CONN_READING:
        if (!c->parse.begun)
            return HTTP_IDLE_US;
        if (body_waits (c))
            return 0;
        return c->parse.head_done ? HTTP_BODY_US : c->http->config.header_timeout_us;
    case CONN_LINGER: return HTTP_LINGER_US;
    default: return 0;
    }
}

void conn_expired (struct conn *c)
{
    c->deadline_us = 0;
    if (c->state == CONN_READING && c->parse.begun && c->req && !c->req->taken &&
        !c->stalled)
        response_refuse (c, 408);
    else
        conn_kill (c);
}

/* ---- output -----------------------------------------------------------------------------
 */

void conn_write_soon (struct conn *c)
{
    if (c->tx_asked || c->eating || c->state == CONN_DEAD)
        return;
    c->tx_asked = true;
    lws_callback_on_writable (c->wsi);
}

void conn_wait (struct conn *c)
{
    if (!c->stalled)
        conn_moved (c);
    conn_write_soon (c);
}

void conn_moved (struct conn *c)
{
    c->stalled = true;
    conn_deadline (c, HTTP_STALL_US);
}

static bool waits (const struct conn *c)
{
    return c->req && c->req->stream.waits;
}

static void written (struct conn *c)
{
    if (c->ws)
        ws_wrote (c->ws);
    else if (c->tunnel)
        tunnel_wrote (c->tunnel);
    else if (c->req && c->out.bytes <= HTTP_STREAM_LOW)
        stream_drained (c->req);
}

static void shut (struct conn *c)
{
    c->shut = true;
    conn_deadline (c, HTTP_LINGER_US);
    if (c->tls || shutdown (c->fd, SHUT_WR) < 0)
        conn_kill (c);
}

static void flush (struct conn *c)
{
    size_t n;

    if (c->state == CONN_DEAD)
        return;
    n = conn_write (c);
    if (c->state == CONN_DEAD)
        return;
    if (c->out.bytes > 0) {
        conn_write_soon (c);
        if (c->state != CONN_WEBSOCKET && (n > 0 || !c->stalled))
            conn_deadline (c, HTTP_STALL_US);
        c->stalled = c->state != CONN_WEBSOCKET;
    } else if (c->stalled && !waits (c)) {
        c->stalled = false;
        conn_deadline (c, patience (c));
    }
    if (n > 0 || waits (c))
        written (c);
    if (c->state == CONN_LINGER && c->out.bytes == 0 && !c->shut &&
        !lws_partial_buffered (c->wsi))
        shut (c);
    else if (c->state == CONN_LINGER && !c->shut)
        conn_write_soon (c);
}

static void flush_all (void *arg)
{
    struct http *h = arg;
    struct list now;

    h->flush = NULL;
    list_init (&now);
    list_foreach (c, &h->flushes, struct conn, flush) {
        list_remove (&c->flush);
        list_append (&now, &c->flush);
    }
    while (!list_empty (&now)) {
        struct conn *c = list_entry (now.next, struct conn, flush);
        list_remove (&c->flush);
        flush (c);
    }
}

void conn_flush_soon (struct conn *c)
{
    struct http *h = c->http;

    if (c->tls || c->tx_asked || c->eating || c->state == CONN_DEAD) {
        conn_write_soon (c);
        return;
    }
    if (list_empty (&c->flush))
        list_append (&h->flushes, &c->flush);
    if (!h->flush)
        h->flush = loop_soon (h->loop, flush_all, h);
}

/* ---- input ------------------------------------------------------------------------------
 */

static void input_bad (struct conn *c)
{
    struct http_req *req = c->req;
    struct err err;

    if (!req || req->taken) {
        let_go (c);
        conn_finish (c);
    } else if (c->parse.status == 413 && c->parse.head_done) {
        req->taken = req->unread = true;
        (void)err_set (&err, PROBLEM_TOO_LARGE, "the body of the request is too large");
        http_fail (req, &err);
    } else {
        response_refuse (c, c->parse.status);
    }
}

static void input_done (struct conn *c)
{
    if (c->req)
        dispatch_request (c);
    else
        conn_deadline (c, HTTP_IDLE_US); /* the rest of a body that was answered before */
}

static size_t eat_request (struct conn *c, const char *data, size_t n)
{
    size_t used;

    if (!c->parse.begun) {
        c->req = req_new (c->http, c);
        parse_begin (&c->parse, c->req);
        conn_deadline (c, c->http->config.header_timeout_us);
    } else if (c->parse.head_done) {
        conn_deadline (c, HTTP_BODY_US);
    }
    switch (parse_feed (&c->parse, data, n, &used)) {
    case PARSE_MORE: break;
    case PARSE_HEAD: dispatch_head (c); break;
    case PARSE_DONE: input_done (c); break;
    case PARSE_BAD: input_bad (c); break;
    }
    return used;
}

/* Returns how much was used; the rest must wait. */
static size_t eat (struct conn *c, const char *data, size_t n)
{
    size_t used = 0;
    bool waiting = false;

    c->eating = true;
    while (used < n && !waiting) {
        switch (c->state) {
        case CONN_READING:
            waiting = c->out.bytes > HTTP_STREAM_HIGH || body_waits (c);
            if (!waiting)
                used += eat_request (c, data + used, n - used);
            break;
        case CONN_WEBSOCKET:
            used += ws_eat (c->ws, (const uint8_t *)data + used, n - used);
            waiting = used < n && c->state == CONN_WEBSOCKET;
            break;
        case CONN_TUNNEL:
            used += tunnel_eat (c->tunnel, data + used, n - used);
            waiting = used < n && c->state == CONN_TUNNEL;
            break;
        case CONN_BUSY: waiting = true; break;
        case CONN_LINGER:
        case CONN_DEAD: used = n; break;
        }
    }
    c->eating = false;
    return used;
}

static void check_rx (struct conn *c)
{
    bool off = c->in.len >= HTTP_IN_HIGH;

    if (off == c->rx_off || c->state == CONN_DEAD)
        return;
    c->rx_off = off;
    (void)lws_rx_flow_control (c->wsi, !off);
}

static void pump (struct conn *c)
{
    if (c->in.len > 0) {
        size_t used = eat (c, c->in.data, c->in.len);
        buf_consume (&c->in, used);
        if (c->in.len == 0 && c->in.cap > HTTP_IN_HIGH) {
            buf_done (&c->in);
            buf_init (&c->in, HTTP_IN_MAX);
        }
    }
    check_rx (c);
}

static void receive (struct conn *c, const char *data, size_t n)
{
    size_t used = c->in.len > 0 ? 0 : eat (c, data, n);

    if (used < n && buf_add (&c->in, data + used, n - used) < 0)
        conn_kill (c);
    else if (c->in.len > 0)
        pump (c);
}

void conn_finish (struct conn *c)
{
    if (c->state == CONN_DEAD)
        return;
    c->state = CONN_LINGER;
    conn_deadline (c, HTTP_STALL_US);
    conn_write_soon (c);
}

void conn_continue (struct conn *c, enum conn_state state)
{
    c->state = state;
    conn_deadline (c, patience (c));
    conn_write_soon (c); /* also looks at input that waits */
}

static bool could_eat (const struct conn *c)
{
    switch (c->state) {
    case CONN_READING: return c->out.bytes <= HTTP_STREAM_HIGH && !body_waits (c);
    case CONN_WEBSOCKET: return !ws_paused (c->ws);
    case CONN_TUNNEL: return !tunnel_paused (c->tunnel);
    default: return false;
    }
}

/* One turn: what can be written, then what that lets us eat, then its answers.  Input that
 * could still be eaten asks for another turn, so that a client with a thousand requests in
 * one packet does not keep the loop. */
static int turn (struct conn *c, const char *data, size_t n)
{
    c->in_callback = true;
    if (data)
        receive (c, data, n);
    flush (c);
    if (!data) {
        pump (c);
        flush (c);
    }
    if (c->in.len > 0 && could_eat (c))
        conn_write_soon (c);
    c->in_callback = false;
    return c->state == CONN_DEAD ? -1 : 0;
}

/* ---- the library's callback -------------------------------------------------------------
 */

int conn_callback (struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len)
{
    struct conn *c = lws_get_opaque_user_data (wsi);

    switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT:
        c->wsi = wsi;
        c->fd = lws_get_socket_fd (wsi);
        break;
    case LWS_CALLBACK_RAW_RX:
        if (c->tls && !c->parse.begun && !c->ws)
            lws_set_timeout (wsi, NO_PENDING_TIMEOUT, 0); /* the handshake's still runs */
        return turn (c, in, len);
    case LWS_CALLBACK_RAW_WRITEABLE: c->tx_asked = false; return turn (c, NULL, 0);
    case LWS_CALLBACK_RAW_CLOSE:
        if (c->http->adopting == c)
            c->http->adopting = NULL;
        conn_free (c);
        break;
    default: break;
    }
    return 0;
}
