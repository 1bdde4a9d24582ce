/* kernel_state.h - what a kernel's own messages say about its state (jupyter-contract 7.9)
 *
 *     struct kernel_state s;
 *     kernel_state_init (&s);
 *     if (kernel_state_hear (&s, &pub, parts, n, &parent)) ... something in PUB changed: tell
 *     kernel_state_done (&s);
 *
 * Follows execution_state, last_activity and the request that runs.  Only statuses of tracked requests count,
 * and whatever is said first ends `starting`.  Knows no sockets.  Loop thread.
 */
#ifndef KEEPER_KERNEL_STATE_H
#define KEEPER_KERNEL_STATE_H

#include "jupyter/jmsg.h"
#include "keeper/keep_wire.h"
#include <stdbool.h>

#define KERNEL_STATE_MAX_HEADER (64u << 10)

struct kernel_state {
    char *request; /* header (JSON) of the execute_request that runs, or NULL */
    size_t request_len;
    char *request_id;
    int64_t told_us; /* wall clock: when last_activity was last told */
};
void kernel_state_init (struct kernel_state *s);
void kernel_state_done (struct kernel_state *s);
/* The header of the running request; empty if there is none. */
struct slice kernel_state_request (const struct kernel_state *s);
void kernel_state_forget (struct kernel_state *s);
/* One iopub message.  True: PUB changed in a way worth telling (last_activity at most once a second). */
bool kernel_state_hear (struct kernel_state *s, struct keep_object *pub, const struct slice *parts,
                        const struct jhead *parent);

#endif
