/* klink.h - the sockets to one life of a kernel (jupyter-contract 6.6, 7.1)
 *
 * Shell, control and stdin are DEALERs with one common identity, because a kernel asks for
 * input on the stdin socket that has the identity of the requester; iopub is a SUB without
 * high-water mark.  A new link is made for each life of the kernel.
 *
 *     struct klink *l = klink_new (loop, zmq, connfile, wire, patience_us, &ops, arg, &err);
 *     klink_send (l, JCHANNEL_SHELL, parts, n, &err);     waits in the link until it is
 * live klink_free (l);
 *
 * A link is connecting (the sockets of ipc must appear), probing (kernel_info_request on a
 * private pair of sockets until one answered and something came on iopub: then nothing
 * published later can be lost), and live. A kernel that answers nothing for
 * its patience is taken for live.  What answers our own requests, on any channel, is not
 * reported as a message.
 *
 * Loop thread only.  Free it from a timer or at a child's end, not from the callbacks.
 */
#ifndef KEEPER_KLINK_H
#define KEEPER_KLINK_H

#include "jupyter/connfile.h"
#include "jupyter/jmsg.h"
#include "jupyter/wire.h"
#include "jupyter/wsv1.h"
#include "loop/zsock.h"

#define KLINK_PROBE_US 500000LL
#define KLINK_AGAIN_US 20000LL /* when the answer came but nothing on iopub */
#define KLINK_HIGH                                                                         \
    (8u << 20) /* bytes waiting: klink_ops.pressure (true); below a quarter: false */

struct klink_ops {
    /* PARTS: header, parent, metadata, content, buffers; borrowed.  PARENT is scanned
     * already. */
    void (*message) (void *arg, enum jchannel channel, const struct slice *parts, size_t n,
                     const struct jhead *parent);
    void (*live) (void *arg);
    /* The content of a kernel_info_reply. */
    void (*info) (void *arg, struct slice content);
    void (*pressure) (void *arg, bool on);
};

struct klink;
/* WIRE is borrowed. */
struct klink *klink_new (struct loop *l, void *zmq, const struct connfile *c,
                         struct wire *wire, int64_t patience_us,
                         const struct klink_ops *ops, void *arg, struct err *err);
void klink_free (struct klink *l);
DEFINE_AUTO (struct klink *, klink_free)
/* Take over what still waits in OLD, which was never live; execute_requests only if CELLS. */
void klink_inherit (struct klink *l, struct klink *old, bool cells);
/* A message of a client, as parts of a v1 frame.  PROBLEM_BUSY: MAX_BACKLOG bytes wait
 * already. */
int klink_send (struct klink *l, enum jchannel channel, const struct slice *parts, size_t n,
                struct err *err);
/* A request of the keeper's own on control, whose reply is swallowed.  CONTENT is JSON. */
void klink_request (struct klink *l, const char *msg_type, const char *content);
bool klink_is_live (const struct klink *l);
/* Monotonic time of the last message of the kernel; 0: none yet. */
int64_t klink_heard_us (const struct klink *l);

#endif
