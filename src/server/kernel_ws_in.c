/* kernel_ws_in.c - from the client to the kernel
 *
 * Frames are checked and passed on as they are; bad ones are dropped and the connection lives.
 */

#include "server/kernel_ws_private.h"

#include "base/log.h"
#include "jupyter/jmsg.h"
#include "jupyter/wslegacy.h"
#include "server/recorder.h"

#include <string.h>

#define LEGACY_EXTRA 65536

static void drop (struct kernel_ws *w, const char *why)
{
    if (!w->complained)
        log_warning ("kernel_ws", "kernel=%s a client's message was dropped: %s",
                     w->kernel->id, why);
    w->complained = true;
}

static bool type_allowed (const struct kernel_ws *w, struct slice type)
{
    const json_t *allowed =
        options_json (w->server->options, "MappingKernelManager.allowed_message_types");
    size_t i;
    json_t *name;
    if (json_array_size (allowed) == 0)
        return true;
    json_array_foreach ((json_t *)allowed, i, name)
    {
        if (json_is_string (name) && slice_is (type, json_string_value (name)))
            return true;
    }
    return false;
}

static void tell_recorder (struct kernel_ws *w, const struct wsv1 *m,
                           const struct jhead *head)
{
    if (m->channel == JCHANNEL_STDIN && slice_is (head->msg_type, "input_reply"))
        recorder_answered (w->kernel->recorder, wsv1_part (m, WSV1_CONTENT));
}

static bool acceptable (struct kernel_ws *w, struct slice s)
{
    struct wsv1 m;
    struct jhead head;
    struct err err;
    if (wsv1_decode (s.data, s.len, &m, &err)) {
        drop (w, err.text);
        return false;
    }
    if (m.channel == JCHANNEL_IOPUB) {
        drop (w, "nothing can be sent on iopub");
        return false;
    }
    jhead_scan (wsv1_part (&m, WSV1_HEADER), &head);
    if (!type_allowed (w, head.msg_type)) {
        log_warning ("kernel_ws", "kernel=%s message type not allowed: %.*s", w->kernel->id,
                     (int)(head.msg_type.len < 64 ? head.msg_type.len : 64),
                     (const char *)head.msg_type.data);
        return false;
    }
    tell_recorder (w, &m, &head);
    return true;
}

static void pass_on (struct kernel_ws *w, struct blk *b)
{
    struct slice s = { b->data, b->len };
    struct keep_client *kc = w->server->keeper;
    if (!acceptable (w, s))
        return;
    keep_put_str (keep_client_begin (kc, KEEP_SEND, w->kernel->object), w->session);
    keep_client_tell_blk (kc, b, s);
    if (keep_client_pressure (kc))
        wsconn_pause (w->ws, true);
}

void kernel_ws_message (void *arg, struct blk *msg, bool text)
{
    struct kernel_ws *w = arg;
    if (!w->kernel)
        return;
    if (w->v1) {
        if (text)
            drop (w, "text on a connection of binary frames");
        else
            pass_on (w, msg);
        return;
    }
    autodone (buf_done) struct buf b;
    struct err err;
    size_t n;
    buf_init (&b, msg->len + LEGACY_EXTRA);
    if (wslegacy_to_v1 (msg->data, msg->len, text, &b, &err)) {
        drop (w, err.text);
        return;
    }
    char *data = buf_take (&b, &n);
    autocleanup (blk_unref) struct blk *frame = blk_wrap (data, n, free, data);
    pass_on (w, frame);
}
