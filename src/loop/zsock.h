/* zsock.h - a ZeroMQ socket on the loop
 *
 * ZMQ_FD is edge-triggered (house-style 4.2): after each wake-up ZMQ_EVENTS is read and messages are
 * received until there are none; a budget per turn (ZSOCK_BUDGET messages) bounds the time and the
 * rest follows in the next turn.  After every send the same check is made.
 *
 * Loop thread only.
 */
#ifndef LOOP_ZSOCK_H
#define LOOP_ZSOCK_H

#include "loop/loop.h"
#include <stdbool.h>
#include <zmq.h>

#define ZSOCK_BUDGET 64

struct zsock;
/* One whole multipart message; PARTS are moved: the callee closes each with zmq_msg_close (or moves
 * it on).  At most ZSOCK_MAX_PARTS parts; a longer message is dropped and logged. */
#define ZSOCK_MAX_PARTS 4096
typedef void (*zsock_message_fn) (void *arg, zmq_msg_t *parts, size_t n);

/* TYPE as zmq_socket; IDENTITY may be NULL (1 to 255 bytes, first not zero).  ZMQ_LINGER 1000,
 * ZMQ_RCVHWM and ZMQ_SNDHWM 0, reconnect interval 100 ms growing to 1 s. */
struct zsock *zsock_new (struct loop *l, void *zmq_ctx, int type, const void *identity,
                         size_t id_len, zsock_message_fn message, void *arg,
                         struct err *err);
void zsock_free (struct zsock *z);
int zsock_connect (struct zsock *z, const char *endpoint, struct err *err);
int zsock_bind (struct zsock *z, const char *endpoint, struct err *err);
int zsock_subscribe (struct zsock *z, const char *prefix, struct err *err);
/* Non-blocking; PARTS are moved in every case.  PROBLEM_BUSY: queue full, nothing was sent. */
int zsock_send (struct zsock *z, zmq_msg_t *parts, size_t n, struct err *err);
/* Stop receiving (back-pressure) or go on. */
void zsock_pause (struct zsock *z, bool on);
/* Receive now what has come, up to ZSOCK_DRAIN messages, also while paused.  Not from the message callback. */
#define ZSOCK_DRAIN 10000
void zsock_drain (struct zsock *z);
void *zsock_raw (struct zsock *z); /* for zmq_setsockopt before connect */

#endif
