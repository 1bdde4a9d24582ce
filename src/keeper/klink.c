/* klink.c - the sockets to one life of a kernel: what is heard, and when that is all
 *
 * A kernel's iopub is a publisher: what it says before our subscription reached it is lost. So
 * it is asked on a private pair of sockets until an answer and something on iopub came.
 */

#include "keeper/klink_private.h"
#include "base/clock.h"
#include "base/log.h"

#include <string.h>

#define SETTLE_US 2000LL
#define SETTLE_MAX_US 2000000LL

/* ---- receiving ---- */

static void try_live (void *arg);
static void probe_now (void *arg);

/* What answers our own requests: swallowed, but for what it proves. */
static void ours (struct klink *l, struct klink_socket *s, const struct slice *parts)
{
    struct jhead h;

    jhead_scan (parts[WSV1_HEADER], &h);
    if (!slice_is (h.msg_type, "kernel_info_reply"))
        return;
    if (!l->answered)
        l->ops->info (l->arg, parts[WSV1_CONTENT]);
    l->answered = true;
    if (l->live || l->heard_iopub)
        return;
    loop_cancel (l->probe);
    l->probe = loop_after (l->loop, KLINK_AGAIN_US, probe_now, l);
}

static void on_parts (struct klink *l, struct klink_socket *s, const struct slice *frames,
                      size_t n)
{
    struct err err = { 0 };
    struct jhead parent;
    size_t first = 0;

    if (wire_accept (l->wire, frames, n, &first, &err) < 0) {
        log_warning ("klink", "dropped: %s", err.text);
        return;
    }
    l->heard_us = clock_mono_us ();
    if (s->channel == JCHANNEL_IOPUB)
        l->heard_iopub = true;
    jhead_scan (frames[first + WSV1_PARENT], &parent);
    if (slice_is (parent.session, l->session))
        ours (l, s, frames + first);
    else if (!s->probe)
        l->ops->message (l->arg, s->channel, frames + first, n - first, &parent);
    if (!l->live && !l->settle && l->answered && l->heard_iopub)
        try_live (l);
}

void klink_message (void *arg, zmq_msg_t *parts, size_t n)
{
    struct klink_socket *s = arg;
    struct slice few[KLINK_MOST_SLICES], *all = few;

    if (n > KLINK_MOST_SLICES)
        all = xcalloc (n, sizeof (*all));
    for (size_t i = 0; i < n; i++)
        all[i] = (struct slice){ zmq_msg_data (&parts[i]), zmq_msg_size (&parts[i]) };
    on_parts (s->link, s, all, n);
    for (size_t i = 0; i < n; i++)
        (void)zmq_msg_close (&parts[i]);
    if (all != few)
        free (all);
}

/* ---- probing ---- */

static void become_live (struct klink *l)
{
    l->live = true;
    loop_cancel (l->probe);
    loop_cancel (l->settle);
    l->probe = l->settle = NULL;
    for (int i = KLINK_PROBE_SHELL; i <= KLINK_PROBE_CONTROL; i++) {
        zsock_free (l->socket[i].z);
        l->socket[i].z = NULL;
        l->socket[i].connected = false;
    }
    l->ops->live (l->arg);
    klink_send_backlog (l);
}

/* A kernel drops what it wants to say to an identity that it has not met: a question of the
 * first cell would be lost if stdin still shook hands.  With ZMQ_IMMEDIATE a socket takes
 * messages only after that, and none of these has input that reading the state could hide.
 */
static bool hands_were_shaken (const struct klink *l)
{
    for (int i = KLINK_SHELL; i <= KLINK_STDIN; i++) {
        int events = 0;
        size_t n = sizeof (events);

        if (l->socket[i].connected &&
            zmq_getsockopt (zsock_raw (l->socket[i].z), ZMQ_EVENTS, &events, &n) == 0 &&
            !(events & ZMQ_POLLOUT))
            return false;
    }
    return true;
}

/* It answered and iopub was heard.  A kernel without one of the sockets is not waited for.
 */
static void try_live (void *arg)
{
    struct klink *l = arg;
    int64_t now = clock_mono_us ();

    l->settle = NULL;
    if (!l->settled_us)
        l->settled_us = now;
    klink_connect (l);
    if (hands_were_shaken (l) || now - l->settled_us > SETTLE_MAX_US)
        become_live (l);
    else
        l->settle = loop_after (l->loop, SETTLE_US, try_live, l);
}

static void probe_now (void *arg)
{
    struct klink *l = arg;

    l->probe = NULL;
    if (clock_mono_us () > l->deadline_us) {
        log_warning ("klink",
                     "the kernel answers no kernel_info_request; going on without");
        become_live (l);
        return;
    }
    for (int i = KLINK_PROBE_SHELL; i <= KLINK_PROBE_CONTROL; i++)
        if (l->socket[i].connected)
            klink_send_own (l, l->socket[i].z, "kernel_info_request", "{}");
    l->probe = loop_after (l->loop, KLINK_PROBE_US, probe_now, l);
}

void klink_probe (struct klink *l)
{
    if (!l->live && !l->probe)
        probe_now (l);
}

/* ---- life ---- */

struct klink *klink_new (struct loop *loop, void *zmq, const struct connfile *c,
                         struct wire *wire, int64_t patience_us,
                         const struct klink_ops *ops, void *arg, struct err *err)
{
    struct klink *l = xnew (struct klink);

    l->loop = loop;
    l->wire = wire;
    l->ops = ops;
    l->arg = arg;
    l->conn.transport = xstrdup (c->transport);
    l->conn.ip = xstrdup (c->ip);
    memcpy (l->conn.port, c->port, sizeof (c->port));
    l->deadline_us = clock_mono_us () + patience_us;
    ident_uuid4 (l->session);
    list_init (&l->backlog);
    if (klink_open_sockets (l, zmq, err) < 0) {
        klink_free (l);
        return NULL;
    }
    return l;
}

void klink_free (struct klink *l)
{
    if (!l)
        return;
    appear_free (l->appear);
    loop_cancel (l->probe);
    loop_cancel (l->settle);
    loop_cancel (l->retry);
    for (int i = 0; i < KLINK_SOCKETS; i++)
        zsock_free (l->socket[i].z);
    klink_forget_backlog (l);
    connfile_done (&l->conn);
    free (l);
}

bool klink_is_live (const struct klink *l)
{
    return l->live;
}
int64_t klink_heard_us (const struct klink *l)
{
    return l->heard_us;
}
