/* klink_connect.c - finding the kernel's sockets
 *
 * ipc: ZeroMQ would retry a path that is not there yet every 100 ms and more, which is what
 * a new notebook would wait for.  So the directory is watched, and each socket connects
 * when its path appears; kernels do not agree on the path (`<prefix>-<port>` or, for some,
 * `<prefix>:<port>`), and whichever appears is taken.
 */

#include "keeper/klink_private.h"
#include "base/log.h"

#include <string.h>
#include <sys/stat.h>

#define FAST_RECONNECT_MS 10
#define SEND_QUEUE 1000 /* messages in a ZeroMQ pipe before the backlog takes over */

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

void klink_connect (struct klink *l)
{
    int missing = 0;

    for (int i = 0; i < KLINK_SOCKETS; i++) {
        struct klink_socket *s = &l->socket[i];
        autofree char *endpoint = s->connected || !s->z ? NULL : find_endpoint (l, s->port);
        struct err err = { 0 };

        if (endpoint && zsock_connect (s->z, endpoint, &err) < 0)
            log_warning ("klink", "%s", err.text);
        else if (endpoint)
            s->connected = true;
        missing += s->z && !s->connected;
    }
    if (l->socket[KLINK_IOPUB].connected && l->socket[KLINK_PROBE_SHELL].connected)
        klink_probe (l);
    if (!missing)
        appear_free (take_ptr (l->appear));
}

static void on_appear (void *arg)
{
    klink_connect (arg);
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
    } rows[KLINK_SOCKETS] = {
        [KLINK_SHELL] = { JCHANNEL_SHELL, CONN_SHELL },
        [KLINK_CONTROL] = { JCHANNEL_CONTROL, CONN_CONTROL },
        [KLINK_STDIN] = { JCHANNEL_STDIN, CONN_STDIN },
        [KLINK_IOPUB] = { JCHANNEL_IOPUB, CONN_IOPUB },
        [KLINK_PROBE_SHELL] = { JCHANNEL_SHELL, CONN_SHELL },
        [KLINK_PROBE_CONTROL] = { JCHANNEL_CONTROL, CONN_CONTROL },
    };
    struct klink_socket *s = &l->socket[i];
    int fast = FAST_RECONNECT_MS, queue = SEND_QUEUE, only_connected = 1;

    s->link = l;
    s->channel = rows[i].channel;
    s->port = rows[i].port;
    s->probe = i >= KLINK_PROBE_SHELL;
    if (s->probe || i == KLINK_IOPUB)
        identity = NULL;
    s->z = zsock_new (l->loop, zmq, i == KLINK_IOPUB ? ZMQ_SUB : ZMQ_DEALER, identity,
                      identity ? strlen (identity) : 0, klink_message, s, err);
    if (!s->z)
        return -1;
    (void)zmq_setsockopt (zsock_raw (s->z), ZMQ_RECONNECT_IVL, &fast, sizeof (fast));
    if (i == KLINK_IOPUB)
        return zsock_subscribe (s->z, "", err);
    (void)zmq_setsockopt (zsock_raw (s->z), ZMQ_SNDHWM, &queue, sizeof (queue));
    if (!s->probe)
        (void)zmq_setsockopt (zsock_raw (s->z), ZMQ_IMMEDIATE, &only_connected,
                              sizeof (only_connected));
    return 0;
}

int klink_open_sockets (struct klink *l, void *zmq, struct err *err)
{
    autofree char *identity = ident_hex (16);

    for (int i = 0; i < KLINK_SOCKETS; i++)
        if (open_socket (l, zmq, i, identity, err) < 0)
            return -1;
    if (!strcmp (l->conn.transport, "ipc"))
        watch_directory (l);
    klink_connect (l);
    return 0;
}
