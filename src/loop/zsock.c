/* zsock.c - a ZeroMQ socket on the loop
 *
 * ZMQ_FD says only that something may have changed; ZMQ_EVENTS says what, and reading it
 * also makes the library work off what came meanwhile.  So every wake-up, every send and
 * every resume ends in zsock_turn, which receives while there is something, up to the
 * budget, and asks for another turn if there may be more.  The descriptor belongs to
 * ZeroMQ: it is only watched.
 */
#include "loop/zsock.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>

struct zsock {
    struct loop *loop;
    void *sock;
    struct loop_io *io;
    struct loop_timer *again;
    zsock_message_fn message;
    void *arg;
    zmq_msg_t *parts; /* the message being received */
    size_t n, cap;
    bool paused;
    bool busy;  /* in zsock_turn */
    bool freed; /* while busy */
};

static void parts_close (zmq_msg_t *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)zmq_msg_close (&parts[i]);
}

static bool has_input (struct zsock *z)
{
    int events = 0;
    size_t len = sizeof (events);

    return zmq_getsockopt (z->sock, ZMQ_EVENTS, &events, &len) == 0 &&
           (events & ZMQ_POLLIN);
}

static zmq_msg_t *next_part (struct zsock *z)
{
    if (z->n == z->cap) {
        z->cap = z->cap ? z->cap * 2 : 8;
        z->parts = xrealloc (z->parts, z->cap, sizeof (*z->parts));
    }
    (void)zmq_msg_init (&z->parts[z->n]);
    return &z->parts[z->n];
}

/* All parts of one message; they arrive together, so after the first there is no waiting.
 * False: there was none. */
static bool receive (struct zsock *z)
{
    size_t total = 0;
    bool more = true;

    for (z->n = 0; more; total++) {
        zmq_msg_t *part = next_part (z);
        if (zmq_msg_recv (part, z->sock, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close (part);
            parts_close (z->parts, z->n);
            return false;
        }
        more = zmq_msg_more (part);
        if (total < ZSOCK_MAX_PARTS)
            z->n++;
        else
            (void)zmq_msg_close (part);
    }
    if (total <= ZSOCK_MAX_PARTS)
        return true;
    log_warning ("zsock", "dropped a message of %zu parts", total);
    parts_close (z->parts, z->n);
    z->n = 0;
    return true;
}

static void zsock_destroy (struct zsock *z)
{
    loop_cancel (z->again);
    loop_unwatch (z->io);
    if (z->sock)
        (void)zmq_close (z->sock);
    free (z->parts);
    free (z);
}

static void on_again (void *arg);

static void ask_again (struct zsock *z)
{
    if (!z->again)
        z->again = loop_soon (z->loop, on_again, z);
}

/* Up to LEFT messages; if there are more, another turn is asked for. */
static void receive_all (struct zsock *z, int left, bool paused_too)
{
    z->busy = true;
    while (!z->freed && (!z->paused || paused_too) && has_input (z)) {
        if (left-- == 0) {
            ask_again (z);
            break;
        }
        if (!receive (z))
            break;
        if (z->n)
            z->message (z->arg, z->parts, z->n);
    }
    z->busy = false;
    if (z->freed)
        zsock_destroy (z);
}

static void zsock_turn (struct zsock *z)
{
    receive_all (z, ZSOCK_BUDGET, false);
}

void zsock_drain (struct zsock *z)
{
    receive_all (z, ZSOCK_DRAIN, true);
}

static void on_again (void *arg)
{
    struct zsock *z = arg;

    z->again = NULL;
    zsock_turn (z);
}

static void on_zmq_fd (void *arg, unsigned events)
{
    struct zsock *z = arg;

    if (z->paused)
        (void)has_input (z); /* takes the edge away; zsock_pause looks again */
    zsock_turn (z);
}

static void set_int (struct zsock *z, int option, int value)
{
    (void)zmq_setsockopt (z->sock, option, &value, sizeof (value));
}

static int zsock_open (struct zsock *z, void *zmq_ctx, int type, const void *identity,
                       size_t id_len, struct err *err)
{
    size_t len = sizeof (int);
    int fd;

    z->sock = zmq_socket (zmq_ctx, type);
    if (!z->sock)
        return err_set (err, PROBLEM_INTERNAL, "cannot make a ZeroMQ socket: %s",
                        zmq_strerror (errno));
    set_int (z, ZMQ_LINGER, 1000);
    set_int (z, ZMQ_RCVHWM, 0);
    set_int (z, ZMQ_SNDHWM, 0);
    set_int (z, ZMQ_RECONNECT_IVL, 100);
    set_int (z, ZMQ_RECONNECT_IVL_MAX, 1000);
    if (identity && zmq_setsockopt (z->sock, ZMQ_ROUTING_ID, identity, id_len) < 0)
        return err_set (err, PROBLEM_INVALID, "bad ZeroMQ identity: %s",
                        zmq_strerror (errno));
    if (zmq_getsockopt (z->sock, ZMQ_FD, &fd, &len) < 0)
        return err_set (err, PROBLEM_INTERNAL, "no descriptor for a ZeroMQ socket: %s",
                        zmq_strerror (errno));
    z->io = loop_watch (z->loop, fd, LOOP_READ, on_zmq_fd, z);
    return 0;
}

struct zsock *zsock_new (struct loop *l, void *zmq_ctx, int type, const void *identity,
                         size_t id_len, zsock_message_fn message, void *arg,
                         struct err *err)
{
    struct zsock *z = xnew (struct zsock);

    z->loop = l;
    z->message = message;
    z->arg = arg;
    if (zsock_open (z, zmq_ctx, type, identity, id_len, err) < 0) {
        zsock_destroy (z);
        return NULL;
    }
    return z;
}

void zsock_free (struct zsock *z)
{
    if (!z)
        return;
    if (z->busy)
        z->freed = true;
    else
        zsock_destroy (z);
}

static int check (struct zsock *z, int rc, const char *what, const char *endpoint,
                  struct err *err)
{
    if (rc < 0)
        return err_set (err, PROBLEM_INTERNAL, "cannot %s %s: %s", what, endpoint,
                        zmq_strerror (errno));
    ask_again (z);
    return 0;
}

int zsock_connect (struct zsock *z, const char *endpoint, struct err *err)
{
    return check (z, zmq_connect (z->sock, endpoint), "connect to", endpoint, err);
}

int zsock_bind (struct zsock *z, const char *endpoint, struct err *err)
{
    return check (z, zmq_bind (z->sock, endpoint), "bind", endpoint, err);
}

int zsock_subscribe (struct zsock *z, const char *prefix, struct err *err)
{
    int rc = zmq_setsockopt (z->sock, ZMQ_SUBSCRIBE, prefix, strlen (prefix));

    return check (z, rc, "subscribe to", prefix, err);
}

int zsock_send (struct zsock *z, zmq_msg_t *parts, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0);
        if (zmq_msg_send (&parts[i], z->sock, flags) >= 0)
            continue;
        int e = errno;
        parts_close (parts + i, n - i);
        if (e == EAGAIN)
            return err_set (err, PROBLEM_BUSY, "the peer does not take more messages now");
        return err_set (err, PROBLEM_INTERNAL, "cannot send: %s", zmq_strerror (e));
    }
    if (!z->busy && !z->paused && has_input (z)) /* sending may have taken the edge */
        ask_again (z);
    return 0;
}

void zsock_pause (struct zsock *z, bool on)
{
    z->paused = on;
    if (!on)
        ask_again (z);
}

void *zsock_raw (struct zsock *z)
{
    return z->sock;
}
