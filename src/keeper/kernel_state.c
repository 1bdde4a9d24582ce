/* kernel_state.c - what a kernel's own messages say about its state */

#include "keeper/kernel_state.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "jupyter/wsv1.h"
#include "keeper/kernel_route.h"

#include <string.h>

void kernel_state_init (struct kernel_state *s)
{
    *s = (struct kernel_state) { 0 };
}

void kernel_state_done (struct kernel_state *s)
{
    kernel_state_forget (s);
}

struct slice kernel_state_request (const struct kernel_state *s)
{
    return (struct slice) { s->request, s->request_len };
}

void kernel_state_forget (struct kernel_state *s)
{
    free (s->request);
    free (s->request_id);
    s->request = s->request_id = NULL;
    s->request_len = 0;
}

/* A status' parent is the request; the execute_request that is busy is the one that runs. */
static void follow_request (struct kernel_state *s, struct slice state, const struct slice *parts,
                            const struct jhead *parent)
{
    struct slice header = parts[WSV1_PARENT];

    if (slice_is (state, "busy") && slice_is (parent->msg_type, "execute_request") &&
        header.len <= KERNEL_STATE_MAX_HEADER) {
        kernel_state_forget (s);
        s->request = xstrndup (header.data, header.len);
        s->request_len = strlen (s->request);
        s->request_id = slice_dup (parent->msg_id);
    } else if (slice_is (state, "idle") && s->request_id && slice_is (parent->msg_id, s->request_id)) {
        kernel_state_forget (s);
    }
}

static enum keep_kernel_state named (struct slice state)
{
    for (int i = 0; i < KEEP_STATE_COUNT; i++)
        if (slice_is (state, keep_state_names[i]))
            return (enum keep_kernel_state) i;
    return KEEP_UNKNOWN;
}

/* The new state after a status message. */
static enum keep_kernel_state next_state (const struct keep_object *pub, struct slice state,
                                          const struct jhead *parent)
{
    enum keep_kernel_state now = (enum keep_kernel_state) pub->state;

    if (parent->msg_type.len == 0 || kernel_route_tracked (parent->msg_type))
        return named (state);
    if ((now == KEEP_STARTING || now == KEEP_RESTARTING) && !slice_is (state, "starting"))
        return KEEP_IDLE;
    return now;
}

bool kernel_state_hear (struct kernel_state *s, struct keep_object *pub, const struct slice *parts,
                        const struct jhead *parent)
{
    struct jhead head;
    struct slice state;
    bool changed = false;

    jhead_scan (parts[WSV1_HEADER], &head);
    if (kernel_route_tracked (head.msg_type) || kernel_route_tracked (parent->msg_type) ||
        pub->state == KEEP_BUSY)
        pub->last_activity_us = clock_wall_us ();
    if (slice_is (head.msg_type, "status") &&
        jmsg_string (parts[WSV1_CONTENT], "execution_state", &state)) {
        enum keep_kernel_state next = next_state (pub, state, parent);
        follow_request (s, state, parts, parent);
        changed = next != pub->state;
        pub->state = next;
    }
    if (pub->last_activity_us - s->told_us > CLOCK_S)
        changed = true;
    if (changed)
        s->told_us = pub->last_activity_us;
    return changed;
}
