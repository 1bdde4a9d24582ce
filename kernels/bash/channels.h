/* channels.h - the five ZeroMQ sockets of the kernel's side, signed
 *
 *     struct channels *c = channels_new (loop, zmq, &conn, &ops, me, &err);   bound
 *     ... requests arrive in ops->request ...
 *     channels_publish (c, parent, "status", content);        iopub
 *     channels_reply (c, request, "execute_reply", content);  to who asked
 *     channels_ask (c, request, "input_request", content);    on stdin, to who asked
 *     channels_free (c);                                      what is queued is sent for up to 1 s
 *
 * The heartbeat is echoed here.  iopub is an XPUB socket that does not drop: when the readers do not keep up,
 * messages wait in a queue and channels_clogged is true; whoever produces output then stops producing until
 * ops->drained.  A reader that takes nothing for CHANNELS_STUCK_US loses messages, as with any PUB socket, so
 * that a client that was forgotten does not hold the kernel up for ever.  Loop thread only.
 */
#ifndef BASH_CHANNELS_H
#define BASH_CHANNELS_H

#include "base/buf.h"
#include "bash/request.h"
#include "loop/loop.h"
#include <stdbool.h>

#define CHANNELS_IOPUB_HWM 64 /* messages on the way to each reader */
#define CHANNELS_SHELL_HWM                                                                 \
    1000 /* requests of each client that ZeroMQ keeps while we read none */
#define CHANNELS_STUCK_US 10000000
#define CHANNELS_MAX_MESSAGE (96u << 20) /* bytes of the JSON of one message */

struct channels;

struct channels_ops {
    /* shell, control or stdin; takes REQ. */
    void (*request) (void *arg, struct request *req);
    /* The iopub queue is empty again. */
    void (*drained) (void *arg);
};

struct channels *channels_new (struct loop *l, void *zmq_ctx, const struct connfile *conn,
                               const struct channels_ops *ops, void *arg, struct err *err);
void channels_free (struct channels *c); /* NULL is fine */

/* PARENT may be NULL.  CONTENT is JSON text, borrowed. */
void channels_publish (struct channels *c, const struct request *parent, const char *type,
                       struct slice content);
void channels_reply (struct channels *c, const struct request *req, const char *type,
                     struct slice content);
void channels_ask (struct channels *c, const struct request *req, const char *type,
                   struct slice content);
/* The same with JSON that is consumed. */
void channels_publish_json (struct channels *c, const struct request *parent,
                            const char *type, json_t *content);
void channels_reply_json (struct channels *c, const struct request *req, const char *type,
                          json_t *content);

bool channels_clogged (const struct channels *c);
/* Read no more requests from the shell channel, or go on: too many wait. */
void channels_pause_shell (struct channels *c, bool on);
/* Read at once all requests of the shell channel that have come. */
void channels_drain_shell (struct channels *c);

#endif
