/* kernel_ws_out.c - from the kernel to the client
 *
 * Usually the record goes out as it came.  Only an older protocol, a rate limit or hidden tracebacks make us
 * look inside; what is then dropped counts as delivered.
 */

#include "server/kernel_ws_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "jupyter/jmsg.h"
#include "jupyter/wslegacy.h"
#include "server/inject.h"

#include <string.h>

#define INJECT_MAX (1u << 20)
#define LEGACY_EXTRA 65536 /* what the older layout needs beyond the parts */

/* ---- sending
 * ------------------------------------------------------------------------------------- */

static struct blk *blk_of_buf (struct buf *b)
{
    size_t n;
    char *data = buf_take (b, &n);
    return blk_wrap (data, n, free, data);
}

static void send_legacy (struct kernel_ws *w, struct slice s)
{
    autodone (buf_done) struct buf b;
    struct wsv1 m;
    struct err err;
    bool text;
    buf_init (&b, s.len + LEGACY_EXTRA);
    if (wsv1_decode (s.data, s.len, &m, &err) || wslegacy_from_v1 (&m, &b, &text, &err)) {
        log_warning ("kernel_ws", "kernel=%s message not passed on: %s", w->kernel->id,
                     err.text);
        return;
    }
    autocleanup (blk_unref) struct blk *frame = blk_of_buf (&b);
    wsconn_send_blk (w->ws, text, frame);
}

static void send_v1 (struct kernel_ws *w, struct blk *b, struct slice s)
{
    if (w->v1)
        wsconn_send (w->ws, false, &b, &s, 1);
    else
        send_legacy (w, s);
}

void kernel_ws_inject (struct kernel_ws *w, struct buf *frame)
{
    autocleanup (blk_unref) struct blk *b = blk_of_buf (frame);
    send_v1 (w, b, (struct slice){ b->data, b->len });
}

struct slice kernel_ws_session (const struct kernel *k)
{
    return (struct slice){ k->session, strlen (k->session) };
}

/* ---- looking inside
 * ------------------------------------------------------------------------------ */

static void tell_exceeded (struct kernel_ws *w, const struct wsv1 *m, bool bytes)
{
    const struct options *o = w->server->options;
    const char *name = bytes ? "iopub_data_rate_limit" : "iopub_msg_rate_limit";
    autofree char *trait = xasprintf ("ZMQChannelsWebsocketConnection.%s", name);
    autofree char *text = xasprintf (
        "IOPub %s rate exceeded.\n"
        "Output is suspended for a while, so that the client is not overwhelmed.\n"
        "The option that sets this limit is `--ServerApp.%s`.\n\n"
        "Current values:\n"
        "ServerApp.%s=%g (%s/sec)\n"
        "ServerApp.rate_limit_window=%g (secs)\n\n",
        bytes ? "data" : "message", name, name, options_real (o, trait),
        bytes ? "bytes" : "msgs",
        options_real (o, "ZMQChannelsWebsocketConnection.rate_limit_window"));
    autodone (buf_done) struct buf b;
    struct jhead head;
    buf_init (&b, INJECT_MAX);
    jhead_scan (wsv1_part (m, WSV1_HEADER), &head);
    inject_stderr (&b, head.session, wsv1_part (m, WSV1_PARENT), text);
    log_warning ("kernel_ws", "kernel=%s output suspended: %s exceeded", w->kernel->id,
                 name);
    if (!b.overflow)
        kernel_ws_inject (w, &b);
}

static size_t parts_size (const struct wsv1 *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->nparts; i++)
        n += wsv1_part (m, i).len;
    return n;
}

static bool is_idle (const struct wsv1 *m)
{
    struct slice state;
    return jmsg_string (wsv1_part (m, WSV1_CONTENT), "execution_state", &state) &&
           slice_is (state, "idle");
}

/* True: it is to be dropped. */
static bool limited (struct kernel_ws *w, const struct wsv1 *m, struct slice type)
{
    if (slice_is (type, "status")) {
        if (is_idle (m))
            rate_limit_reset (w->limit);
        return false;
    }
    if (slice_is (type, "comm_open") || slice_is (type, "execute_input"))
        return false;
    size_t bytes = slice_is (type, "stream") ? parts_size (m) : 0;
    enum rate_verdict v = rate_limit_message (w->limit, clock_mono_us (), bytes);
    if (v == RATE_DROP_MESSAGES || v == RATE_DROP_BYTES)
        tell_exceeded (w, m, v == RATE_DROP_BYTES);
    return v != RATE_PASS;
}

static void send_error (struct kernel_ws *w, const struct wsv1 *m)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, INJECT_MAX);
    inject_error_without_traceback (
        &b, m,
        options_str (w->server->options,
                     "MappingKernelManager.traceback_replacement_message"));
    if (!b.overflow)
        kernel_ws_inject (w, &b);
}

static void look_and_send (struct kernel_ws *w, struct blk *b, struct slice s)
{
    struct wsv1 m;
    struct jhead head;
    if (wsv1_decode (s.data, s.len, &m, NULL) || m.channel != JCHANNEL_IOPUB) {
        send_v1 (w, b, s);
        return;
    }
    jhead_scan (wsv1_part (&m, WSV1_HEADER), &head);
    if (w->limit && limited (w, &m, head.msg_type))
        return;
    if (w->hide_tracebacks && slice_is (head.msg_type, "error"))
        send_error (w, &m);
    else
        send_v1 (w, b, s);
}

void kernel_ws_send (struct kernel_ws *w, struct blk *b, struct slice s)
{
    if (w->plain)
        wsconn_send (w->ws, false, &b, &s, 1);
    else
        look_and_send (w, b, s);
}

/* ---- the subscription
 * ---------------------------------------------------------------------------- */

static void ack (struct kernel_ws *w, uint64_t total)
{
    uint64_t number;
    if (delivery_sent (&w->delivery, total, &number) && w->sub)
        keep_sub_ack (w->sub, number);
}

static void on_data (void *arg, uint64_t number, unsigned channel, struct blk *b,
                     struct slice s)
{
    struct kernel_ws *w = arg;
    if (number < w->begins) /* it goes on where that session left off */
        w->begins = number;
    kernel_ws_send (w, b, s);
    delivery_add (&w->delivery, wsconn_payload_queued_total (w->ws), number);
    ack (w, w->delivery.sent); /* if it was dropped and nothing waits before it */
}

static void on_gap (void *arg, uint64_t first)
{
    struct kernel_ws *w = arg;
    autodone (buf_done) struct buf b;
    buf_init (&b, INJECT_MAX);
    log_warning ("kernel_ws", "kernel=%s output before number %llu was dropped",
                 w->kernel->id, (unsigned long long)first);
    inject_stderr (&b, kernel_ws_session (w->kernel), (struct slice){ NULL, 0 },
                   "Some earlier output of this kernel was dropped, because more was kept "
                   "for you than there is room for.\n");
    kernel_ws_inject (w, &b);
}

static void on_ready (void *arg, uint64_t next, const struct err *err)
{
    struct kernel_ws *w = arg;
    w->begins = next;
    if (!err)
        return;
    log_warning ("kernel_ws", "kernel=%s: %s", w->kernel->id, err->text);
    wsconn_close (w->ws, 1011);
}

const struct keep_sub_ops kernel_ws_sub_ops = {
    .data = on_data,
    .gap = on_gap,
    .ready = on_ready,
};

void kernel_ws_sent (void *arg, uint64_t total)
{
    ack (arg, total);
}

/* ---- settings
 * ------------------------------------------------------------------------------------ */

#define WS "ZMQChannelsWebsocketConnection."

/* The original limits by default.  We need not, because what a slow client has not taken waits on disk;
 * so a limit is kept only where somebody asked for one. */
static struct rate_limit *limit_of (const struct options *o)
{
    bool asked = options_is_set (o, WS "limit_rate") ||
                 options_is_set (o, WS "iopub_msg_rate_limit") ||
                 options_is_set (o, WS "iopub_data_rate_limit");
    if (!asked || !options_bool (o, WS "limit_rate"))
        return NULL;
    return rate_limit_new (options_real (o, WS "iopub_msg_rate_limit"),
                           options_real (o, WS "iopub_data_rate_limit"),
                           (int64_t)(options_real (o, WS "rate_limit_window") * CLOCK_S));
}

void kernel_ws_out_init (struct kernel_ws *w)
{
    const struct options *o = w->server->options;
    w->limit = limit_of (o);
    w->hide_tracebacks = !options_bool (o, "MappingKernelManager.allow_tracebacks");
    w->plain = w->v1 && !w->limit && !w->hide_tracebacks;
}
