/* klink.c - the sockets to one life of a kernel
 *
 * ipc: ZeroMQ would retry a path that is not there yet every 100 ms and more, which is what
 * a new notebook would wait for.  So the directory is watched, and each socket connects
 * when its path appears; kernels do not agree on the path (`<prefix>-<port>` or, for some,
 * `<prefix>:<port>`), and whichever appears is taken.
 *
 * Messages for a link that is not live, or whose socket is full, wait as v1 frames in
 * `backlog`.
 */

#include "keeper/klink.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/list.h"
#include "base/log.h"
#include "keeper/appear.h"
#include "keeper/kept_kernel.h"
#include "keeper/kernel_say.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define BUSY_US 20000LL
#define SETTLE_US 2000LL
#define SETTLE_MAX_US 2000000LL
#define FAST_RECONNECT_MS 10
#define SEND_QUEUE 1000 /* messages in a ZeroMQ pipe before the backlog takes over */
#define MOST_SLICES 64  /* parts of a message that need no allocation */

struct klink_socket {
    struct klink *link;
    struct zsock *z;
    enum jchannel channel;
    enum connfile_port port;
    bool probe, connected;
};
enum { SHELL, CONTROL, STDIN, IOPUB, PROBE_SHELL, PROBE_CONTROL, SOCKETS };

struct waiting {
    struct list link;
    struct blk *frame;
};

struct klink {
    struct loop *loop;
    struct connfile conn; /* transport, ip and ports are used */
    struct wire *wire;
    const struct klink_ops *ops;
    void *arg;
    struct klink_socket socket[SOCKETS];
    char session[IDENT_UUID]; /* in the headers of our own requests */
    bool live, answered, heard_iopub, pressed;
    int64_t heard_us, deadline_us;
    int64_t settled_us; /* monotonic: when it was proven but for the sockets' handshakes */
    struct appear *appear; /* until all sockets are connected */
    struct loop_timer *probe, *settle, *retry;
    struct list backlog;
    size_t backlog_bytes;
};

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

static void on_message (void *arg, zmq_msg_t *parts, size_t n)
{
    struct klink_socket *s = arg;
    struct slice few[MOST_SLICES], *all = few;

    if (n > MOST_SLICES)
        all = xcalloc (n, sizeof (*all));
    for (size_t i = 0; i < n; i++)
        all[i] = (struct slice){ zmq_msg_data (&parts[i]), zmq_msg_size (&parts[i]) };
    on_parts (s->link, s, all, n);
    for (size_t i = 0; i < n; i++)
        (void)zmq_msg_close (&parts[i]);
    if (all != few)
        free (all);
}

/* ---- sending ---- */

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
    zmq_msg_t few[MOST_SLICES], *all = few;
    char signature[CRYPTO_HEX];
    size_t len = wire_sign (l->wire, parts, signature);
    int rc;

    if (n + 2 > MOST_SLICES)
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

static void send_own (struct klink *l, struct zsock *z, const char *msg_type,
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

void klink_request (struct klink *l, const char *msg_type, const char *content)
{
    if (l->socket[CONTROL].connected)
        send_own (l, l->socket[CONTROL].z, msg_type, content);
}

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
    struct slice few[MOST_SLICES], *all = few;
    struct wsv1 m;
    int rc;

    if (wsv1_decode (frame->data, frame->len, &m, err) < 0)
        return -1;
    if (m.nparts > MOST_SLICES)
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

/* ---- probing ---- */

static void become_live (struct klink *l)
{
    l->live = true;
    loop_cancel (l->probe);
    loop_cancel (l->settle);
    l->probe = l->settle = NULL;
    for (int i = PROBE_SHELL; i <= PROBE_CONTROL; i++) {
        zsock_free (l->socket[i].z);
        l->socket[i].z = NULL;
        l->socket[i].connected = false;
    }
    l->ops->live (l->arg);
    send_backlog (l);
}

/* A kernel drops what it wants to say to an identity that it has not met: a question of the
 * first cell would be lost if stdin still shook hands.  With ZMQ_IMMEDIATE a socket takes
 * messages only after that, and none of these has input that reading the state could hide.
 */
static bool hands_were_shaken (const struct klink *l)
{
    for (int i = SHELL; i <= STDIN; i++) {
        int events = 0;
        size_t n = sizeof (events);

        if (l->socket[i].connected &&
            zmq_getsockopt (zsock_raw (l->socket[i].z), ZMQ_EVENTS, &events, &n) == 0 &&
            !(events & ZMQ_POLLOUT))
            return false;
    }
    return true;
}

static void connect_some (struct klink *l);

/* It answered and iopub was heard.  A kernel without one of the sockets is not waited for.
 */
static void try_live (void *arg)
{
    struct klink *l = arg;
    int64_t now = clock_mono_us ();

    l->settle = NULL;
    if (!l->settled_us)
        l->settled_us = now;
    connect_some (l);
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
    for (int i = PROBE_SHELL; i <= PROBE_CONTROL; i++)
        if (l->socket[i].connected)
            send_own (l, l->socket[i].z, "kernel_info_request", "{}");
    l->probe = loop_after (l->loop, KLINK_PROBE_US, probe_now, l);
}

/* ---- connecting ---- */

/* The endpoint if it is there already, malloc'ed, else NULL. */
static char *find_endpoint (const struct klink *l, enum connfile_port port)
{
    static const char *const form[] = { "ipc://%s-%u", "ipc://%s:%u" };

    if (strcmp (l->conn.transport, "ipc"))
        return connfile_endpoint (&l->conn, port);
    for (size_t i = 0; i < ARRAY_SIZE (form); i++) {
        autofree char *endpoint = xasprintf (form[i], l->conn.ip, l->conn.port[port]);
        struct stat st;

        if (stat (endpoint + strlen ("ipc://"), &st) == 0 && S_ISSOCK (st.st_mode))
            return take_ptr (endpoint);
    }
    return NULL;
}

/* Connect what can be connected.  Probing begins when iopub and one of the shells are. */
static void connect_some (struct klink *l)
{
    int missing = 0;

    for (int i = 0; i < SOCKETS; i++) {
        struct klink_socket *s = &l->socket[i];
        autofree char *endpoint = s->connected || !s->z ? NULL : find_endpoint (l, s->port);
        struct err err = { 0 };

        if (endpoint && zsock_connect (s->z, endpoint, &err) < 0)
            log_warning ("klink", "%s", err.text);
        else if (endpoint)
            s->connected = true;
        missing += s->z && !s->connected;
    }
    if (!l->live && !l->probe && l->socket[IOPUB].connected &&
        l->socket[PROBE_SHELL].connected)
        probe_now (l);
    if (!missing)
        appear_free (take_ptr (l->appear));
}

static void on_appear (void *arg)
{
    connect_some (arg);
}

/* Before the kernel can be there already; the caller looks once more when the watch stands.
 */
static void watch_directory (struct klink *l)
{
    size_t n = (size_t)(strrchr (l->conn.ip, '/') - l->conn.ip);
    autofree char *dir = xstrndup (l->conn.ip, n);

    l->appear = appear_new (l->loop, dir, on_appear, l);
}

static int open_socket (struct klink *l, void *zmq, int i, const char *identity,
                        struct err *err)
{
    static const struct {
        enum jchannel channel;
        enum connfile_port port;
    } rows[SOCKETS] = {
        [SHELL] = { JCHANNEL_SHELL, CONN_SHELL },
        [CONTROL] = { JCHANNEL_CONTROL, CONN_CONTROL },
        [STDIN] = { JCHANNEL_STDIN, CONN_STDIN },
        [IOPUB] = { JCHANNEL_IOPUB, CONN_IOPUB },
        [PROBE_SHELL] = { JCHANNEL_SHELL, CONN_SHELL },
        [PROBE_CONTROL] = { JCHANNEL_CONTROL, CONN_CONTROL },
    };
    struct klink_socket *s = &l->socket[i];
    int fast = FAST_RECONNECT_MS, queue = SEND_QUEUE, only_connected = 1;

    s->link = l;
    s->channel = rows[i].channel;
    s->port = rows[i].port;
    s->probe = i >= PROBE_SHELL;
    if (s->probe || i == IOPUB)
        identity = NULL;
    s->z = zsock_new (l->loop, zmq, i == IOPUB ? ZMQ_SUB : ZMQ_DEALER, identity,
                      identity ? strlen (identity) : 0, on_message, s, err);
    if (!s->z)
        return -1;
    (void)zmq_setsockopt (zsock_raw (s->z), ZMQ_RECONNECT_IVL, &fast, sizeof (fast));
    if (i == IOPUB)
        return zsock_subscribe (s->z, "", err);
    (void)zmq_setsockopt (zsock_raw (s->z), ZMQ_SNDHWM, &queue, sizeof (queue));
    if (!s->probe)
        (void)zmq_setsockopt (zsock_raw (s->z), ZMQ_IMMEDIATE, &only_connected,
                              sizeof (only_connected));
    return 0;
}

struct klink *klink_new (struct loop *loop, void *zmq, const struct connfile *c,
                         struct wire *wire, int64_t patience_us,
                         const struct klink_ops *ops, void *arg, struct err *err)
{
    struct klink *l = xnew (struct klink);
    autofree char *identity = ident_hex (16);

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
    for (int i = 0; i < SOCKETS; i++) {
        if (open_socket (l, zmq, i, identity, err) < 0) {
            klink_free (l);
            return NULL;
        }
    }
    if (!strcmp (c->transport, "ipc"))
        watch_directory (l);
    connect_some (l);
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
    for (int i = 0; i < SOCKETS; i++)
        zsock_free (l->socket[i].z);
    list_foreach (w, &l->backlog, struct waiting, link)
        forget (l, w);
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
