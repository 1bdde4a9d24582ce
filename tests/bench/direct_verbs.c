/* direct_verbs.c - the same kernel over its own ZeroMQ sockets: what there is without a server */

#include "client.h"
#include "kernel_request.h"

#include "base/cleanup.h"
#include "jupyter/connfile.h"
#include "jupyter/wire.h"
#include "jupyter/wsv1.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define MAX_FRAMES 32

struct direct {
    void *zmq, *shell, *iopub;
    struct connfile conn;
    struct wire *wire;
};

static void *connect_to (struct direct *d, int type, enum connfile_port port)
{
    autofree char *endpoint = connfile_endpoint (&d->conn, port);
    void *s = zmq_socket (d->zmq, type);
    int none = 0;

    (void)zmq_setsockopt (s, ZMQ_RCVHWM, &none, sizeof (none));
    (void)zmq_setsockopt (s, ZMQ_LINGER, &none, sizeof (none));
    if (type == ZMQ_SUB)
        (void)zmq_setsockopt (s, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect (s, endpoint) < 0)
        die ("%s: %s", endpoint, zmq_strerror (errno));
    return s;
}

static void direct_open (struct direct *d, const char *file)
{
    struct err err;

    if (connfile_read (file, &d->conn, &err) < 0)
        die ("%s", err.text);
    d->wire = wire_new (d->conn.signature_scheme, d->conn.key, &err);
    d->zmq = zmq_ctx_new ();
    d->iopub = connect_to (d, ZMQ_SUB, CONN_IOPUB);
    d->shell = connect_to (d, ZMQ_DEALER, CONN_SHELL);
}

static void direct_close (struct direct *d)
{
    (void)zmq_close (d->shell);
    (void)zmq_close (d->iopub);
    (void)zmq_ctx_term (d->zmq);
    wire_free (d->wire);
    connfile_done (&d->conn);
}

static void send_request (struct direct *d, const struct kernel_request *r)
{
    char signature[CRYPTO_HEX];
    size_t n = wire_sign (d->wire, r->part, signature);

    (void)zmq_send (d->shell, WIRE_DELIMITER, strlen (WIRE_DELIMITER), ZMQ_SNDMORE);
    (void)zmq_send (d->shell, signature, n, ZMQ_SNDMORE);
    for (int i = 0; i < 4; i++)
        (void)zmq_send (d->shell, r->part[i].data, r->part[i].len, i < 3 ? ZMQ_SNDMORE : 0);
}

/* False: nothing there.  The signature is not checked: a client may leave that out. */
static bool take_message (void *sock, struct kernel_request *r)
{
    zmq_msg_t msg[MAX_FRAMES];
    struct slice frame[MAX_FRAMES];
    size_t n = 0, first = 0, size = 0;
    int more = 1;

    while (more && n < MAX_FRAMES) {
        (void)zmq_msg_init (&msg[n]);
        if (zmq_msg_recv (&msg[n], sock, n ? 0 : ZMQ_DONTWAIT) < 0)
            return false;
        frame[n] = (struct slice){ zmq_msg_data (&msg[n]), zmq_msg_size (&msg[n]) };
        size += frame[n].len;
        more = zmq_msg_more (&msg[n++]);
    }
    while (first < n && (frame[first].len != strlen (WIRE_DELIMITER) ||
                         memcmp (frame[first].data, WIRE_DELIMITER, frame[first].len) != 0))
        first++;
    if (first + 6 > n)
        die ("a message of %zu frames", n);
    kernel_request_note (r, frame[first + 2], frame[first + 3], frame[first + 5], size);
    for (size_t i = 0; i < n; i++)
        (void)zmq_msg_close (&msg[i]);
    return true;
}

static void run (struct direct *d, struct kernel_request *r, const char *code)
{
    zmq_pollitem_t items[] = { { .socket = d->iopub, .events = ZMQ_POLLIN },
                               { .socket = d->shell, .events = ZMQ_POLLIN } };

    kernel_request_make (r, code);
    send_request (d, r);
    while (!kernel_request_done (r)) {
        if (zmq_poll (items, 2, PATIENCE_S * 1000L) <= 0)
            die ("the kernel does not answer");
        for (int i = 0; i < 2; i++)
            while (items[i].revents && take_message (items[i].socket, r))
                continue;
    }
}

/* Until what is published reaches us: a subscription takes its time. */
static void warm_up (struct direct *d, const char *code)
{
    struct kernel_request r;
    zmq_pollitem_t iopub = { .socket = d->iopub, .events = ZMQ_POLLIN };

    do {
        kernel_request_make (&r, code);
        send_request (d, &r);
        while (zmq_poll (&iopub, 1, 200) > 0 && !r.idle_us)
            (void)take_message (d->iopub, &r);
        kernel_request_free (&r);
    } while (!r.idle_us);
}

void verb_execute_direct (const struct target *t, char **argv)
{
    size_t count = number_argument (argv, 1);
    const char *code = argument (argv, 2);
    struct kernel_request r;
    struct samples s = { 0 };
    struct direct d;

    (void)t;
    direct_open (&d, argument (argv, 0));
    warm_up (&d, "");
    for (size_t i = 0; i < count; i++) {
        run (&d, &r, code);
        samples_add (&s, r.idle_us - r.sent_us);
        kernel_request_free (&r);
    }
    direct_close (&d);
    samples_print (&s);
    samples_done (&s);
}

void verb_flood_direct (const struct target *t, char **argv)
{
    const char *code = argument (argv, 1);
    struct kernel_request r;
    struct direct d;

    (void)t;
    direct_open (&d, argument (argv, 0));
    warm_up (&d, "");
    run (&d, &r, code);
    kernel_request_print (&r);
    kernel_request_free (&r);
    direct_close (&d);
}
