/* kernel_state.h - what a kernel's messages say about its state (jupyter-contract 7.9)
 *
 *     struct kernel_state s;
 *     kernel_state_init (&s, &untracked);
 *     kernel_state_sent (&s, header);            a client's message goes out
 *     if (kernel_state_hear (&s, &pub, parts, &head, &parent)) ... PUB changed: tell
 *     kernel_state_replied (&s, &parent);        a reply came
 *     kernel_state_done (&s);
 *
 * Follows execution_state, last_activity and the cells that wait or run.  Only statuses of
 * tracked requests count, and whatever is said first ends `starting`.  Knows no sockets.
 * Loop thread.
 */
#ifndef KEEPER_KERNEL_STATE_H
#define KEEPER_KERNEL_STATE_H

#include "base/list.h"
#include "base/strv.h"
#include "jupyter/jmsg.h"
#include "keeper/keep_wire.h"
#include <stdbool.h>

#define KERNEL_STATE_MAX_HEADER (8u << 10) /* a request with a larger one is not followed */
#define KERNEL_STATE_MAX_CELLS 1024        /* requests followed; later ones are not */

struct kernel_state {
    const struct strv *untracked; /* borrowed: message types that are no activity */
    struct list cells; /* execute_requests without reply or idle, oldest first; private */
    size_t ncells;
    int64_t told_us; /* wall clock: when last_activity was last told */
};
void kernel_state_init (struct kernel_state *s, const struct strv *untracked);
void kernel_state_done (struct kernel_state *s);
/* The header of the cell that the kernel said it is busy with; empty if there is none. */
struct slice kernel_state_running (const struct kernel_state *s);
/* The same, or if the kernel said nothing yet, the cell that it must have begun with. */
struct slice kernel_state_doomed (const struct kernel_state *s);
struct kernel_cell {
    struct slice header; /* of the request; to be freed */
    bool replied, idle;  /* what it got */
};
/* The oldest request that lacks something, which is forgotten; false: there is none. */
bool kernel_state_take (struct kernel_state *s, struct kernel_cell *ret);
void kernel_state_sent (struct kernel_state *s, struct slice header);
void kernel_state_replied (struct kernel_state *s, const struct jhead *parent);
/* One iopub message with its header and its parent's.  True: PUB changed in a way worth telling
 * (last_activity at most once a second). */
bool kernel_state_hear (struct kernel_state *s, struct keep_object *pub,
                        const struct slice *parts, const struct jhead *head,
                        const struct jhead *parent);

#endif
