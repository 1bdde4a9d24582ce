/* kernel_private.h - what the files of a kernel share
 *
 * kept_kernel.c is asked (requests, start, end of the object), kernel_life.c begins and
 * ends lives, kernel_talk.c hears the kernel and speaks in its name, kernel_refused.c tells
 * its cells of limits.  Nobody else includes this.
 */
#ifndef KEEPER_KERNEL_PRIVATE_H
#define KEEPER_KERNEL_PRIVATE_H

#include "base/ident.h"
#include "keeper/keeper.h"
#include "keeper/kept_kernel.h"
#include "keeper/kernel_fate.h"
#include "keeper/kernel_ipc.h"
#include "keeper/kernel_route.h"
#include "keeper/kernel_state.h"
#include "keeper/klink.h"
#include "keeper/lines.h"
#include "loop/proc.h"

#define MAX_RESTART_WAITERS 16
#define KERNEL_MAX_SESSION 256 /* a longer header.session is not taken over */

enum kernel_phase { RUNNING, PAUSED, RESTARTING, ENDING };

struct kernel {
    struct kept kept;
    struct kept_kernel_spec spec;
    struct connfile conn;
    struct kernel_ipc ipc; /* none: tcp */
    struct wire *wire;
    struct kernel_route *route;
    struct kernel_state state;
    struct klink *link;
    struct proc *proc;
    struct lines *output;
    struct kernel_fate fate;
    char session[IDENT_UUID]; /* of what we say before the kernel has said anything */
    enum kernel_phase phase;
    struct loop_timer *timer;    /* last words, or the pause before the next life */
    struct loop_timer *escalate; /* the next step of ending the process */
    int step;
    int64_t born_us, died_us; /* monotonic */
    unsigned streak;          /* deaths in a row */
    bool ever_stable, pressed;
    unsigned told;                            /* bits of kernel_refused.c */
    bool link_is_fresh;                       /* made for the life that has not begun yet */
    uint64_t restarters[MAX_RESTART_WAITERS]; /* tokens */
    size_t nrestarters;
};

static inline struct kernel *kernel_of (struct kept *k)
{
    return container_of (k, struct kernel, kept);
}

/* ---- kernel_talk.c ---- */
extern const struct klink_ops kernel_talk_ops;
/* An execute_request of a client, for recorders. */
void kernel_talk_request (struct kernel *k, const struct slice *parts, size_t n);
/* header.session of what is said in its name. */
const char *kernel_talk_session (const struct kernel *k);
void kernel_talk_line (void *arg, const char *line); /* a lines_fn */
void kernel_talk_pressure (void *arg, bool on);
/* Each request that has not ended does so now, as an error: "The kernel WHAT: WHY." for the one
 * that ran, with AFTER below it; the others hear that they were not run. */
void kernel_talk_unanswered (struct kernel *k, const char *ename, const char *what,
                             const char *why, const char *after);
/* `status: STATE` to everybody, or to the subscription TARGET. */
void kernel_talk_status_to (struct kernel *k, uint32_t target, const char *state);
void kernel_talk_status (struct kernel *k, const char *state);

/* A line on stderr of the cell whose request is PARENT. */
void kernel_talk_stderr (struct kernel *k, struct slice parent, const char *text);

/* ---- kernel_refused.c ---- */
/* The kernel said this on iopub: before it is passed on, and after. */
void kernel_refused_before (struct kernel *k, const struct jhead *head,
                            const struct slice *parts, const struct jhead *parent);
void kernel_refused_after (struct kernel *k, const struct jhead *head,
                           const struct slice *parts);

/* ---- kernel_life.c ---- */
int kernel_life_begin (struct kernel *k, struct err *err);
/* It answers: a while later the next kernel like this one shall find a template. */
void kernel_life_settled (struct kernel *k);
/* End the process by steps (contract 7.7), then PHASE decides.  Idempotent. */
void kernel_life_stop (struct kernel *k, enum kernel_phase phase);
void kernel_life_interrupt (struct kernel *k); /* contract 7.6; only while it runs */

#endif
