/* klink_send.c - messages to a kernel
 *
 * What is for a link that is not live, or whose socket is full, waits as v1 frames in
 * `backlog`, in order, and goes out when it can.
 */

#include "keeper/klink_private.h"
#include "base/log.h"
#include "keeper/kept_kernel.h"
#include "keeper/kernel_say.h"

#include <string.h>

#define BUSY_US 20000LL

struct waiting {
    struct list link;
    struct blk *frame;
};

/* ---- one message ---- */

static int add_part (zmq_msg_t *m, const void *data, size_t n)
{
    if (zmq_msg_init_size (m, n) < 0) {
        (void)zmq_msg_init (m);
        return -1;
    }
    if (n)
        memcpy (zmq_msg_data (m), data, n);
    return 0;
}

static int send_parts (struct klink *l, struct zsock *z, const struct slice *parts,
                       size_t n, struct err *err)
{
    zmq_msg_t few[KLINK_MOST_SLICES], *all = few;
    char signature[CRYPTO_HEX];
    size_t len = wire_sign (l->wire, parts, signature);
    int rc;

    if (n + 2 > KLINK_MOST_SLICES)
        all = xcalloc (n + 2, sizeof (*all));
    rc = add_part (&all[0], WIRE_DELIMITER, sizeof (WIRE_DELIMITER) - 1);
    rc |= add_part (&all[1], signature, len);
    for (size_t i = 0; i < n; i++)
        rc |= add_part (&all[i + 2], parts[i].data, parts[i].len);
    if (rc < 0) {
        for (size_t i = 0; i < n + 2; i++)
            (void)zmq_msg_close (&all[i]);
        err_set (err, PROBLEM_NO_SPACE, "no memory for a message to the kernel");
    } else {
        rc = zsock_send (z, all, n + 2, err);
    }
    if (all != few)
        free (all);
    return rc;
}

void klink_send_own (struct klink *l, struct zsock *z, const char *msg_type,
                     const char *content)
{
    autodone (buf_done) struct buf header;
    struct slice parts[WSV1_BUFFERS] = {
        [WSV1_PARENT] = { "{}", 2 },
        [WSV1_METADATA] = { "{}", 2 },
        [WSV1_CONTENT] = { content, strlen (content) },
    };

    buf_init (&header, 4096);
    kernel_say_header (&header, msg_type, l->session);
    parts[WSV1_HEADER] = (struct slice){ header.data, header.len };
    (void)send_parts (l, z, parts, WSV1_BUFFERS, NULL);
}

/* ---- what waits ---- */

static void weigh (struct klink *l)
{
    bool on =
        l->pressed ? l->backlog_bytes > KLINK_HIGH / 4 : l->backlog_bytes > KLINK_HIGH;

    if (on == l->pressed)
        return;
    l->pressed = on;
    l->ops->pressure (l->arg, on);
}

static void forget (struct klink *l, struct waiting *w)
{
    list_remove (&w->link);
    l->backlog_bytes -= w->frame->len;
    blk_unref (w->frame);
    free (w);
}

static int send_frame (struct klink *l, const struct blk *frame, struct err *err)
{
    struct slice few[KLINK_MOST_SLICES], *all = few;
    struct wsv1 m;
    int rc;

    if (wsv1_decode (frame->data, frame->len, &m, err) < 0)
        return -1;
    if (m.nparts > KLINK_MOST_SLICES)
        all = xcalloc (m.nparts, sizeof (*all));
    for (size_t i = 0; i < m.nparts; i++)
        all[i] = wsv1_part (&m, i);
    rc = send_parts (l, l->socket[m.channel].z, all, m.nparts, err);
    if (all != few)
        free (all);
    return rc;
}

static void send_backlog (void *arg)
{
    struct klink *l = arg;

    l->retry = NULL;
    list_foreach (w, &l->backlog, struct waiting, link) {
        struct err err = { 0 };

        if (send_frame (l, w->frame, &err) < 0) {
            if (err.problem == PROBLEM_BUSY)
                break;
            log_warning ("klink", "a message was not sent: %s", err.text);
        }
        forget (l, w);
    }
    if (!list_empty (&l->backlog))
        l->retry = loop_after (l->loop, BUSY_US, send_backlog, l);
    weigh (l);
}

static int add_to_backlog (struct klink *l, enum jchannel channel,
                           const struct slice *parts, size_t n, struct err *err)
{
    size_t size = wsv1_size (channel, parts, n), at = wsv1_head_size (channel, n);
    struct waiting *w;
    struct blk *frame;

    if (l->backlog_bytes + size > KERNEL_MAX_BACKLOG)
        return err_set (err, PROBLEM_BUSY,
                        "the kernel does not take messages; %zu MiB wait for it",
                        l->backlog_bytes >> 20);
    frame = blk_new (size);
    if (!frame)
        return err_set (err, PROBLEM_NO_SPACE, "no memory for a message to the kernel");
    wsv1_head (frame->data, channel, parts, n);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len)
            memcpy (frame->data + at, parts[i].data, parts[i].len);
        at += parts[i].len;
    }
    w = xnew (struct waiting);
    w->frame = frame;
    list_append (&l->backlog, &w->link);
    l->backlog_bytes += size;
    if (l->live && !l->retry)
        l->retry = loop_after (l->loop, BUSY_US, send_backlog, l);
    weigh (l);
    return 0;
}

static bool is_cell (const struct blk *frame)
{
    struct jhead head;
    struct wsv1 m;

    if (wsv1_decode (frame->data, frame->len, &m, NULL) < 0)
        return false;
    jhead_scan (wsv1_part (&m, WSV1_HEADER), &head);
    return m.channel == JCHANNEL_SHELL && slice_is (head.msg_type, "execute_request");
}

void klink_inherit (struct klink *l, struct klink *old, bool cells)
{
    list_foreach (w, &old->backlog, struct waiting, link) {
        if (!cells && is_cell (w->frame)) {
            forget (old, w);
            continue;
        }
        list_remove (&w->link);
        list_append (&l->backlog, &w->link);
    }
    l->backlog_bytes += old->backlog_bytes;
    old->backlog_bytes = 0;
    l->pressed = old->pressed;
    weigh (l);
}

void klink_send_backlog (struct klink *l)
{
    send_backlog (l);
}

void klink_forget_backlog (struct klink *l)
{
    list_foreach (w, &l->backlog, struct waiting, link)
        forget (l, w);
}

/* ---- for everybody ---- */

void klink_request (struct klink *l, const char *msg_type, const char *content)
{
    if (l->socket[KLINK_CONTROL].connected)
        klink_send_own (l, l->socket[KLINK_CONTROL].z, msg_type, content);
}

int klink_send (struct klink *l, enum jchannel channel, const struct slice *parts, size_t n,
                struct err *err)
{
    struct err problem = { 0 };

    if (channel == JCHANNEL_IOPUB)
        return err_set (err, PROBLEM_INVALID, "iopub takes no messages");
    if (l->live && list_empty (&l->backlog)) {
        if (send_parts (l, l->socket[channel].z, parts, n, &problem) == 0)
            return 0;
        if (problem.problem != PROBLEM_BUSY) {
            if (err)
                *err = problem;
            return -1;
        }
    }
    return add_to_backlog (l, channel, parts, n, err);
}
