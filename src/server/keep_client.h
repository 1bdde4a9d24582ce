/* keep_client.h - the server's end of the keeper's socket: find or start one, ask it, hear it
 *
 *     struct keep_client *kc = keep_client_new (loop, runtime_dir, root_dir, &err);
 *     keep_client_watch (kc, KEEP_KERNEL, &kernel_events, kernels);
 *     keep_client_start (kc);                          connects, or starts a keeper and connects
 *     keep_client_when_ready (kc, on_ready, me);       once everything that runs is known
 *     struct buf *b = keep_client_begin (kc, KEEP_END, object);
 *     keep_put_...  (b, ...);
 *     keep_client_request (kc, on_answer, me, timeout_us);
 *     keep_client_stop (kc);  keep_client_free (kc);   what runs goes on running
 *
 * A keeper lives in <runtime dir>/labwright/<hash of root dir>/, or in the same with -2, -3, ... when a
 * living server is attached to the first.  After a lost connection all requests fail, then the same keeper
 * is tried again and a new one is started if it is dead.
 *
 * Attaching is HELLO, LIST and GET; then the watchers are told what there is, then who waits for readiness.
 * Loop thread only; callbacks are never called from inside the call that asked for them, except that
 * keep_client_when_ready may call back at once.
 */
#ifndef SERVER_KEEP_CLIENT_H
#define SERVER_KEEP_CLIENT_H

#include "base/blk.h"
#include "base/buf.h"
#include "base/err.h"
#include "keeper/keep_wire.h"
#include "loop/loop.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KEEP_CLIENT_MAX_OUT                                                                \
    (256u << 20)                    /* bytes that wait for the keeper; above: reconnect */
#define KEEP_CLIENT_HIGH (4u << 20) /* above: keep_client_pressure */
#define KEEP_CLIENT_LOW (1u << 20)
#define KEEP_CLIENT_DIRS 8              /* keepers of one root directory */
#define KEEP_CLIENT_REQUEST_US 30000000 /* usual time-out of a request */
#define KEEP_CLIENT_READY_US 10000000   /* longest wait for readiness */

struct keep_client;

struct keep_client *keep_client_new (struct loop *l, const char *runtime_dir,
                                     const char *root_dir, struct err *err);
/* Before keep_client_start: attach to the keeper in DIR and to no other, and start none. */
void keep_client_fix (struct keep_client *kc, const char *dir);
/* The end of the server: everything asked for fails with CANCELLED, nothing is sent any more.  What runs goes
 * on running.  To be called before what the callbacks look at is freed; NULL is fine. */
void keep_client_stop (struct keep_client *kc);
void keep_client_free (struct keep_client *kc); /* after keep_client_stop; NULL is fine */
void keep_client_start (struct keep_client *kc);
/* End everything that the keeper runs, then the keeper; DONE once.  Nothing is started afterwards. */
void keep_client_quit (struct keep_client *kc, void (*done) (void *arg), void *arg);

/* What happens to objects of one type.  Any may be NULL. */
struct keep_events {
    /* Attached.  OBJS are all objects of the type in the order of their making.  FRESH: this is not the
     * keeper of before, so that equal object numbers mean nothing. */
    void (*attached) (void *arg, const struct keep_object *objs, size_t n, bool fresh);
    /* One record of KEEP_GET that begins with `prefix`; called before `attached`. */
    const char *prefix;
    void (*record) (void *arg, const char *key, const char *value);
    void (*state) (void *arg, const struct keep_object *o);
    void (*gone) (void *arg, const struct keep_object *o);
    void (*pressure) (void *arg, uint32_t object, bool on);
    /* Below KEEP_CLIENT_LOW again. */
    void (*drained) (void *arg);
};
#define KEEP_CLIENT_WATCHERS 4
/* EVENTS is borrowed.  TYPE 0: records only. */
void keep_client_watch (struct keep_client *kc, uint32_t type,
                        const struct keep_events *events, void *arg);
/* Is OBJECT one of the N that `attached` tells of? */
bool keep_client_listed (const struct keep_object *objs, size_t n, uint32_t object);

/* ERR NULL: attached.  Otherwise UNAVAILABLE or TIMEOUT. */
typedef void (*keep_ready_fn) (void *arg, const struct err *err);
void keep_client_when_ready (struct keep_client *kc, keep_ready_fn ready, void *arg);
bool keep_client_ready (const struct keep_client *kc);
/* The keeper's process, 0 before the first connection. */
pid_t keep_client_pid (const struct keep_client *kc);

/* Begin a frame; add its payload to the buffer; end it with exactly one of the four below.  No other
 * function of this header may be called in between. */
struct buf *keep_client_begin (struct keep_client *kc, enum keep_kind kind,
                               uint32_t object);
/* R reads the answer; it is NULL when ERR is not. */
typedef void (*keep_answer_fn) (void *arg, struct keep_reader *r, const struct err *err);
/* Waits for the connection if there is none.  Returns an id for keep_client_cancel. */
uint64_t keep_client_request (struct keep_client *kc, keep_answer_fn answer, void *arg,
                              int64_t timeout_us);
/* For kinds that are not answered.  Without a connection it waits, in the order of the calls, and is dropped
 * when the keeper is another one then. */
void keep_client_tell (struct keep_client *kc);
/* The same with N more bytes of payload inside B, which is referenced instead of copied. */
void keep_client_tell_blk (struct keep_client *kc, struct blk *b, struct slice s);
/* For KEEP_ACK.  Dropped without a connection: subscriptions are made again from the last number that came. */
void keep_client_ack (struct keep_client *kc, uint64_t number);
/* The answer is of no interest any more; 0 and ids already answered are fine.  What still waits for the
 * connection, here and at a time-out, is never sent. */
void keep_client_cancel (struct keep_client *kc, uint64_t id);
/* Too much waits for the keeper, or for the connection to it: stop feeding it until events->drained. */
bool keep_client_pressure (const struct keep_client *kc);

/* ---- subscriptions -------------------------------------------------------------------------------------
 * A keep_sub is made again by itself after a reconnect to the same keeper, from the last number that came;
 * one with KEEP_SUB_RECORD from its cursor, so that it passes over numbers that it had.
 * When its object is gone it gets nothing more. */
struct keep_sub;
struct keep_sub_ops {
    uint32_t flags;     /* enum keep_sub_flags */
    int64_t timeout_us; /* for the keeper to answer; 0: KEEP_CLIENT_REQUEST_US */
    bool at_once;       /* DATA keeps nothing: its B is NULL, and S is good until it returns */
    /* B holds S; both borrowed (blk_ref to keep). */
    void (*data) (void *arg, uint64_t number, unsigned channel, struct blk *b,
                  struct slice s);
    /* With KEEP_SUB_RECORD: an execute_request that a client sent, as `data`. */
    void (*request) (void *arg, uint64_t number, struct blk *b, struct slice s);
    /* What came before FIRST and was not yet sent is lost.  May be NULL. */
    void (*gap) (void *arg, uint64_t first);
    /* The subscription stands; NEXT: the first number that was not there yet.  ERR not NULL: it does not,
     * or with TIMEOUT not yet: data may come all the same.  May be NULL. */
    void (*ready) (void *arg, uint64_t next, const struct err *err);
};
/* FROM as in KEEP_SUBSCRIBE. */
struct keep_sub *keep_sub_new (struct keep_client *kc, uint32_t object, const char *name,
                               uint64_t from, uint64_t window,
                               const struct keep_sub_ops *ops, void *arg);
void keep_sub_ack (struct keep_sub *sub, uint64_t number);
/* Everything after NUMBER (0: everything) did not arrive after all; to be followed by keep_sub_free. */
void keep_sub_rewind (struct keep_sub *sub, uint64_t number);
enum keep_sub_end {
    KEEP_SUB_FORGET, /* KEEP_UNSUBSCRIBE */
    KEEP_SUB_RETAIN, /* KEEP_DETACH: the cursor stays */
    KEEP_SUB_SILENT, /* another of the same name has taken over */
};
void keep_sub_free (struct keep_sub *sub, enum keep_sub_end how); /* NULL is fine */

#endif
