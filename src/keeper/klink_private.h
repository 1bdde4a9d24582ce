/* klink_private.h - what the three files of a link share
 *
 * klink.c hears the kernel, proves that it does and owns the link; klink_connect.c finds the
 * kernel's sockets; klink_send.c sends, and keeps what cannot be sent yet.  Nobody else
 * includes this.
 */
#ifndef KEEPER_KLINK_PRIVATE_H
#define KEEPER_KLINK_PRIVATE_H

#include "base/ident.h"
#include "base/list.h"
#include "keeper/appear.h"
#include "keeper/klink.h"

#define KLINK_MOST_SLICES 64 /* parts of a message that need no allocation */

struct klink_socket {
    struct klink *link;
    struct zsock *z;
    enum jchannel channel;
    enum connfile_port port;
    bool probe, connected;
};
enum klink_sockets {
    KLINK_SHELL,
    KLINK_CONTROL,
    KLINK_STDIN,
    KLINK_IOPUB,
    KLINK_PROBE_SHELL,
    KLINK_PROBE_CONTROL,
    KLINK_SOCKETS
};

struct klink {
    struct loop *loop;
    struct connfile conn; /* transport, ip and ports are used */
    struct wire *wire;
    const struct klink_ops *ops;
    void *arg;
    struct klink_socket socket[KLINK_SOCKETS];
    char session[IDENT_UUID]; /* in the headers of our own requests */
    bool live, answered, heard_iopub, pressed;
    int64_t heard_us, deadline_us;
    int64_t settled_us; /* monotonic: when it was proven but for the sockets' handshakes */
    struct appear *appear; /* until all sockets are connected */
    struct loop_timer *probe, *settle, *retry;
    struct list backlog; /* of klink_send.c */
    size_t backlog_bytes;
};

/* ---- klink.c ---- */
void klink_message (void *arg, zmq_msg_t *parts,
                    size_t n); /* a zsock's; ARG: klink_socket */
/* Ask for a first answer, again and again. */
void klink_probe (struct klink *l);

/* ---- klink_connect.c ---- */
int klink_open_sockets (struct klink *l, void *zmq, struct err *err);
/* Connect what can be connected.  Probing begins when iopub and one of the shells are. */
void klink_connect (struct klink *l);

/* ---- klink_send.c ---- */
/* A request of our own. */
void klink_send_own (struct klink *l, struct zsock *z, const char *msg_type,
                     const char *content);
/* It is live: what waited goes out. */
void klink_send_backlog (struct klink *l);
void klink_forget_backlog (struct klink *l);

#endif
