/* kept.h - what a kernel, a terminal and a command have in common in the keeper
 *
 * An object has a number, a public description (keep_object), a journal, subscriptions and
 * a process; its kind supplies the operations.  Life:
 *
 *     kept_init (&k->kept, keeper, &my_ops, KEEP_TERMINAL, name, budget);   listed,
 * numbered kept_say (&k->kept, KEEP_BYTES, SUBSCRIPTION_ALL, pieces, n);         journal,
 * then viewers kept_changed (&k->kept); KEEP_STATE soon kept_ended (&k->kept);     the
 * process is gone for good and everything it said was said
 *
 * After kept_ended the keeper lets the viewers have the rest, says KEEP_GONE, answers who
 * waited for the end and calls ops->free.  A command stays listed, dead, until KEEP_END:
 * its output is the result of a job.
 *
 * Loop thread only; keeper process only.
 */
#ifndef KEEPER_KEPT_H
#define KEEPER_KEPT_H

#include "base/list.h"
#include "base/strv.h"
#include "keeper/journal.h"
#include "keeper/keep_wire.h"
#include "keeper/subscription.h"
#include "loop/loop.h"

#define KEPT_MAX_SUBSCRIPTIONS 256 /* of one object, detached ones included */
#define KEPT_MAX_WAITERS 64
#define KERNEL_BUDGET                                                                      \
    (1ull                                                                                  \
     << 30) /* bytes of a kernel's or command's journal, but for what viewers reserve */
#define TERMINAL_BUDGET (4ull << 20)
#define KEPT_PATIENCE_US                                                                   \
    (60 * 1000000LL) /* without a move, and a viewer's backlog is no longer reserved */
#define KEPT_SKIP (5u << 18) /* bytes behind, and a repaint comes instead of them */

struct keeper;
struct kept;

struct kept_ops {
    /* A KEEP_SEND. */
    int (*send) (struct kept *k, const struct keep_frame *f, struct err *err);
    int (*interrupt) (struct kept *k, struct err *err);
    int (*signal) (struct kept *k, int signo, struct err *err);
    /* NULL: no such thing.  TOKEN is answered with keeper_answer when the new process runs.
     */
    int (*restart) (struct kept *k, const struct strv *changes, uint64_t token,
                    struct err *err);
    int (*resize) (struct kept *k, unsigned rows, unsigned cols, struct err *err);
    /* Begin the graceful end, which leads to kept_ended.  Idempotent. */
    void (*end) (struct kept *k);
    /* S was just made and is live from now, or is back AGAIN; may be NULL. */
    void (*joined) (struct kept *k, struct subscription *s, bool again);
    /* What brings a viewer to the end of the journal; NULL: no such thing. */
    void (*repaint) (struct kept *k, struct buf *out);
    /* A viewer came, went or got further; may be NULL. */
    void (*moved) (struct kept *k);
    /* The process is gone; frees K's own things and K. */
    void (*free) (struct kept *k);
};

struct kept {
    struct list link; /* in keeper->objects */
    struct keeper *keeper;
    const struct kept_ops *ops;
    struct keep_object pub;
    struct journal *journal;
    struct list subscriptions;
    uint32_t next_target;
    uint64_t bytes_said; /* the last number of what has byte offsets as numbers */
    bool ended, ending, changed;
    int64_t ended_us;                   /* monotonic */
    uint64_t waiters[KEPT_MAX_WAITERS]; /* tokens of KEEP_END to answer */
    size_t nwaiters;
};

void kept_init (struct kept *k, struct keeper *keeper, const struct kept_ops *ops,
                enum keep_type type, const char *name, uint64_t budget);
/* What kept_init made; for ops->free and for a start that failed. */
void kept_done (struct kept *k);
/* Returns the number of the record. */
uint64_t kept_say (struct kept *k, unsigned channel, uint32_t target,
                   const struct slice *pieces, size_t n);
void kept_changed (struct kept *k);
void kept_ended (struct kept *k);
void kept_set_reason (struct kept *k, const char *reason);

/* The subscription of that name, attached or retained, or NULL. */
struct subscription *kept_find (struct kept *k, const char *name);
/* Attach (or attach again) with FLAGS of keep_sub_flags; NULL: PROBLEM_LIMIT. */
struct subscription *kept_subscribe (struct kept *k, const char *name, uint64_t from,
                                     uint64_t window, uint32_t flags, struct err *err);
/* The viewer with repaints is so far behind that it gets one instead. */
bool kept_left_behind (const struct kept *k, const struct subscription *s);
void kept_unsubscribe (struct kept *k, struct subscription *s);
void kept_detach_all (struct kept *k); /* the server went away */
/* The attached viewer that is the least behind: bytes or messages it has not acked; -1:
 * nobody is attached. */
int64_t kept_least_behind (const struct kept *k);

#endif
