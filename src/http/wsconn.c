/* wsconn.c - one websocket connection
 *
 * Received frames go through wslay, which checks the protocol (masks, reserved bits,
 * fragments, UTF-8, close codes) and answers pings and closes; its answers go into our
 * queue.  Messages are gathered here, so that the memory grows with what came and not with
 * what a frame header promises.
 *
 * Sent messages do not go through wslay: a header of at most ten bytes and then slices of
 * shared blocks, so that all viewers of one message share its bytes.
 *
 * Pongs are not queued while the client does not read: a flood of pings must not become
 * memory.
 */
#include "http/wsconn.h"

#include "http/http_private.h"

#include <string.h>
#include <wslay/wslay.h>

#define WS_PING_US (30 * CLOCK_S)
#define WS_FIRST_RESERVE (64 * 1024) /* of a promised length, before it has come */

struct wsconn {
    struct conn *conn;
    const struct wsconn_ops *ops;
    void *arg;
    wslay_event_context_ptr wslay;
    const uint8_t *in; /* what wslay may read now */
    size_t in_len;
    struct buf msg;
    bool msg_text, in_control; /* of the frame being received */
    bool paused, pressure;
    bool close_sent;     /* nothing goes out after it */
    bool over;           /* the peer's messages do not count any more */
    size_t control_left; /* payload of wslay's frame that is still to be given to us */
    bool control_skip;
    int code;
    uint64_t queued_total;
    uint64_t sent_told;
    struct loop_timer *ping;
    int64_t ping_us, timeout_us, last_ping_us, last_pong_us;
};

/* ---- what wslay asks for ----------------------------------------------------------------
 */

static ssize_t on_recv (wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags,
                        void *arg)
{
    struct wsconn *ws = arg;

    if (ws->paused || ws->in_len == 0) {
        wslay_event_set_error (ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (len > ws->in_len)
        len = ws->in_len;
    memcpy (buf, ws->in, len);
    ws->in += len;
    ws->in_len -= len;
    return (ssize_t)len;
}

/* wslay sends only control frames here: a header, then the payload if there is one. */
static ssize_t on_send (wslay_event_context_ptr ctx, const uint8_t *data, size_t len,
                        int flags, void *arg)
{
    struct wsconn *ws = arg;

    if (ws->control_left == 0) {
        uint8_t opcode = data[0] & 0x0f;
        ws->control_left = len > 1 ? data[1] & 0x7f : 0;
        ws->control_skip =
            ws->close_sent || (opcode == WSLAY_PONG && ws->conn->out.bytes > WSCONN_HIGH);
        if (opcode == WSLAY_CONNECTION_CLOSE)
            ws->close_sent = true;
    } else {
        ws->control_left -= len < ws->control_left ? len : ws->control_left;
    }
    if (!ws->control_skip)
        outq_copy (&ws->conn->out, data, len);
    return (ssize_t)len;
}

static void too_big (struct wsconn *ws)
{
    ws->over = true;
    buf_clear (&ws->msg);
    wsconn_close (ws, WSLAY_CODE_MESSAGE_TOO_BIG);
}

static void on_frame_start (wslay_event_context_ptr ctx,
                            const struct wslay_event_on_frame_recv_start_arg *frame,
                            void *arg)
{
    struct wsconn *ws = arg;
    size_t room = ws->msg.max - ws->msg.len;
    size_t reserve;

    ws->in_control = wslay_is_ctrl_frame (frame->opcode);
    if (ws->in_control || ws->over)
        return;
    if (frame->opcode != WSLAY_CONTINUATION_FRAME)
        ws->msg_text = frame->opcode == WSLAY_TEXT_FRAME;
    if (frame->payload_length > room) {
        too_big (ws);
        return;
    }
    reserve = frame->payload_length < WS_FIRST_RESERVE ? (size_t)frame->payload_length
                                                       : WS_FIRST_RESERVE;
    (void)buf_reserve (&ws->msg, reserve);
}

static void on_frame_chunk (wslay_event_context_ptr ctx,
                            const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                            void *arg)
{
    struct wsconn *ws = arg;

    if (ws->over || ws->in_control || chunk->data_length == 0)
        return;
    if (buf_add (&ws->msg, chunk->data, chunk->data_length) < 0)
        too_big (ws);
}

static void deliver (struct wsconn *ws)
{
    size_t n;
    char *data = buf_take (&ws->msg, &n);
    struct blk *b = blk_wrap (data, n, free, data);

    ws->ops->message (ws->arg, b, ws->msg_text);
    blk_unref (b);
}

static void on_msg (wslay_event_context_ptr ctx,
                    const struct wslay_event_on_msg_recv_arg *msg, void *arg)
{
    struct wsconn *ws = arg;

    if (msg->opcode == WSLAY_PONG)
        ws->last_pong_us = clock_mono_us ();
    else if (msg->opcode == WSLAY_PING)
        (void)wslay_event_send (ctx); /* in front of what the next message may bring */
    else if (msg->opcode == WSLAY_CONNECTION_CLOSE)
        ws->code = msg->status_code;
    else if (!wslay_is_ctrl_frame (msg->opcode) && !ws->over)
        deliver (ws);
}

/* ---- life -------------------------------------------------------------------------------
 */

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_recv,
    .send_callback = on_send,
    .on_frame_recv_start_callback = on_frame_start,
    .on_frame_recv_chunk_callback = on_frame_chunk,
    .on_msg_recv_callback = on_msg,
};

struct wsconn *ws_new (struct conn *c, const struct wsconn_ops *ops, void *arg)
{
    struct wsconn *ws = xnew (struct wsconn);
    size_t max = c->http->config.max_ws_message;

    ws->conn = c;
    ws->ops = ops;
    ws->arg = arg;
    buf_init (&ws->msg, max);
    if (wslay_event_context_server_init (&ws->wslay, &callbacks, ws) != 0)
        abort (); /* out of memory for a few KiB */
    wslay_event_config_set_no_buffering (ws->wslay, 1);
    wslay_event_config_set_max_recv_msg_length (ws->wslay, max);
    wsconn_set_ping (ws, WS_PING_US, 0);
    return ws;
}

void ws_gone (struct wsconn *ws)
{
    struct conn *c = ws->conn;

    c->ws = NULL;
    ws->ops->closed (ws->arg, ws->code);
    loop_cancel (ws->ping);
    wslay_event_context_free (ws->wslay);
    buf_done (&ws->msg);
    free (ws);
}

/* ---- receiving --------------------------------------------------------------------------
 */

bool ws_paused (const struct wsconn *ws)
{
    return ws->paused;
}

size_t ws_eat (struct wsconn *ws, const uint8_t *data, size_t n)
{
    struct conn *c = ws->conn;
    size_t used;

    ws->in = data;
    ws->in_len = n;
    if (wslay_event_recv (ws->wslay) != 0)
        wsconn_close (ws, WSLAY_CODE_PROTOCOL_ERROR);
    used = n - ws->in_len;
    ws->in = NULL;
    ws->in_len = 0;
    (void)wslay_event_send (ws->wslay);
    if (c->state == CONN_DEAD || wslay_event_get_read_enabled (ws->wslay))
        return used;
    /* a close frame came, or the peer broke the rules and was told: no more of this
     * connection */
    conn_finish (c);
    conn_deadline (c, HTTP_WS_CLOSE_US);
    ws_gone (ws);
    return used;
}

void wsconn_pause (struct wsconn *ws, bool on)
{
    ws->paused = on;
    if (!on)
        conn_write_soon (ws->conn); /* also looks at input that waits */
}

/* ---- sending ----------------------------------------------------------------------------
 */

static size_t frame_header (uint8_t h[10], uint8_t opcode, uint64_t n)
{
    size_t len = n < 126 ? 0 : n < 65536 ? 2 : 8;

    h[0] = 0x80 | opcode;
    h[1] = (uint8_t)(len == 0 ? n : len == 2 ? 126 : 127);
    for (size_t i = 0; i < len; i++)
        h[2 + i] = (uint8_t)(n >> (8 * (len - 1 - i)));
    return 2 + len;
}

void wsconn_send (struct wsconn *ws, bool text, struct blk *const *blks,
                  const struct slice *slices, size_t n)
{
    struct conn *c = ws->conn;
    uint8_t header[10];
    uint64_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += slices[i].len;
    ws->queued_total += total;
    if (ws->close_sent || c->state != CONN_WEBSOCKET)
        return;
    outq_copy (&c->out, header,
               frame_header (header, text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, total));
    for (size_t i = 0; i < n; i++)
        outq_add (&c->out, blks[i], slices[i].data, slices[i].len, true);
    if (c->out.bytes > WSCONN_HIGH)
        ws->pressure = true;
    conn_flush_soon (c);
}

void wsconn_send_blk (struct wsconn *ws, bool text, struct blk *b)
{
    struct slice all = { b->data, b->len };

    wsconn_send (ws, text, &b, &all, 1);
}

void wsconn_send_text (struct wsconn *ws, const char *s, size_t n)
{
    struct blk *b = blk_dup (s, n);

    if (!b) {
        wsconn_abort (ws);
        return;
    }
    wsconn_send_blk (ws, true, b);
    blk_unref (b);
}

void ws_wrote (struct wsconn *ws)
{
    struct outq *out = &ws->conn->out;

    if (ws->ops->sent && out->payload_done != ws->sent_told) {
        ws->sent_told = out->payload_done;
        ws->ops->sent (ws->arg, out->payload_done);
    }
    if (!ws->pressure || out->bytes > WSCONN_LOW)
        return;
    ws->pressure = false;
    if (ws->ops->drained)
        ws->ops->drained (ws->arg);
}

bool wsconn_pressure (const struct wsconn *ws)
{
    return ws->pressure;
}
size_t wsconn_queued (const struct wsconn *ws)
{
    return ws->conn->out.bytes;
}
uint64_t wsconn_payload_queued_total (const struct wsconn *ws)
{
    return ws->queued_total;
}

size_t wsconn_unacknowledged (const struct wsconn *ws)
{
    return conn_unacknowledged (ws->conn);
}

/* ---- keep-alive and closing -------------------------------------------------------------
 */

/* A laptop that was asleep has sent no PONG, but neither had it a recent PING to answer: it
 * gets one first, and time to answer. */
static void on_ping (void *arg)
{
    struct wsconn *ws = arg;
    int64_t now = clock_mono_us ();
    uint8_t header[10];

    if (ws->close_sent)
        return;
    if (now - ws->last_ping_us < 2 * ws->ping_us &&
        now - ws->last_pong_us > ws->timeout_us) {
        wsconn_close (ws, 0);
        return;
    }
    ws->last_ping_us = now;
    outq_copy (&ws->conn->out, header, frame_header (header, WSLAY_PING, 0));
    conn_write_soon (ws->conn);
}

void wsconn_set_ping (struct wsconn *ws, int64_t interval_us, int64_t timeout_us)
{
    loop_cancel (ws->ping);
    ws->ping = NULL;
    ws->ping_us = interval_us;
    ws->timeout_us = timeout_us;
    if (!timeout_us)
        ws->timeout_us = 3 * interval_us > WS_PING_US ? 3 * interval_us : WS_PING_US;
    ws->last_ping_us = ws->last_pong_us = clock_mono_us ();
    if (interval_us > 0)
        ws->ping = loop_every (ws->conn->http->loop, interval_us, on_ping, ws);
}

void wsconn_close (struct wsconn *ws, int code)
{
    struct conn *c = ws->conn;
    uint8_t frame[4] = { 0x80 | WSLAY_CONNECTION_CLOSE, 0, (uint8_t)(code >> 8),
                         (uint8_t)code };

    if (ws->close_sent || c->state != CONN_WEBSOCKET)
        return;
    frame[1] = code ? 2 : 0;
    outq_copy (&c->out, frame, 2 + frame[1]);
    ws->close_sent = true;
    ws->over = true;
    conn_deadline (c, HTTP_WS_CLOSE_US);
    conn_write_soon (c);
}

void wsconn_abort (struct wsconn *ws)
{
    conn_kill (ws->conn);
}
