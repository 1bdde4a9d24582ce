/* kernel_state.c - what a kernel's messages say about its state
 *
 * Cells are followed from the moment they are sent, because a cell that kills the kernel at
 * once takes the `busy` with it that the kernel had just published.
 */

#include "keeper/kernel_state.h"
#include "base/clock.h"
#include "jupyter/wsv1.h"

#include <string.h>

struct cell {
    struct list link;
    bool running, replied, idle;
    struct slice header; /* of the execute_request; ours */
    struct slice id;     /* in it */
};

void kernel_state_init (struct kernel_state *s, const struct strv *untracked)
{
    *s = (struct kernel_state){ .untracked = untracked };
    list_init (&s->cells);
}

static void drop (struct kernel_state *s, struct cell *c)
{
    list_remove (&c->link);
    s->ncells--;
    free ((void *)c->header.data);
    free (c);
}

void kernel_state_done (struct kernel_state *s)
{
    list_foreach (c, &s->cells, struct cell, link)
        drop (s, c);
}

bool kernel_state_take (struct kernel_state *s, struct kernel_cell *ret)
{
    if (list_empty (&s->cells))
        return false;
    struct cell *c = list_entry (s->cells.next, struct cell, link);
    *ret = (struct kernel_cell){ c->header, c->replied, c->idle };
    c->header.data = NULL;
    drop (s, c);
    return true;
}

static struct cell *find (const struct kernel_state *s, struct slice id)
{
    list_foreach (c, &s->cells, struct cell, link)
        if (slice_equal (c->id, id))
            return c;
    return NULL;
}

static struct cell *add (struct kernel_state *s, struct slice header)
{
    struct jhead head;
    struct cell *c;

    if (s->ncells >= KERNEL_STATE_MAX_CELLS || header.len > KERNEL_STATE_MAX_HEADER)
        return NULL;
    c = xnew (struct cell);
    c->header = (struct slice){ slice_dup (header), header.len };
    jhead_scan (c->header, &head);
    c->id = head.msg_id;
    list_append (&s->cells, &c->link);
    s->ncells++;
    return c;
}

struct slice kernel_state_running (const struct kernel_state *s)
{
    list_foreach (c, &s->cells, struct cell, link)
        if (c->running && !c->idle)
            return c->header;
    return (struct slice){ "", 0 };
}

struct slice kernel_state_doomed (const struct kernel_state *s)
{
    struct slice running = kernel_state_running (s);

    if (running.len || list_empty (&s->cells))
        return running;
    return list_entry (s->cells.next, struct cell, link)->header;
}

void kernel_state_sent (struct kernel_state *s, struct slice header)
{
    struct jhead head;

    jhead_scan (header, &head);
    if (slice_is (head.msg_type, "execute_request"))
        (void)add (s, header);
}

void kernel_state_replied (struct kernel_state *s, const struct jhead *parent)
{
    struct cell *c = find (s, parent->msg_id);

    if (!c || !slice_is (parent->msg_type, "execute_request"))
        return;
    c->replied = true;
    if (c->idle)
        drop (s, c);
}

/* C begins: what lacks only one of its two ends lost it, and is over all the same. */
static void drop_half_ended (struct kernel_state *s, const struct cell *c)
{
    list_foreach (other, &s->cells, struct cell, link)
        if (other != c && (other->replied || other->idle))
            drop (s, other);
}

/* A status' parent is the request. */
static void follow (struct kernel_state *s, struct slice state, const struct slice *parts,
                    const struct jhead *parent)
{
    struct cell *c = find (s, parent->msg_id);

    if (!slice_is (parent->msg_type, "execute_request"))
        return;
    if (slice_is (state, "busy")) {
        c = c ? c
              : add (s, parts[WSV1_PARENT]); /* not through us, or more than we follow */
        if (c)
            c->running = true;
        drop_half_ended (s, c);
    } else if (slice_is (state, "idle") && c) {
        c->idle = true;
        if (c->replied)
            drop (s, c);
    }
}

static enum keep_kernel_state named (struct slice state)
{
    for (int i = 0; i < KEEP_STATE_COUNT; i++)
        if (slice_is (state, keep_state_names[i]))
            return (enum keep_kernel_state)i;
    return KEEP_UNKNOWN;
}

/* An absent type is tracked. */
static bool is_tracked (const struct kernel_state *s, struct slice msg_type)
{
    for (size_t i = 0; i < s->untracked->n; i++)
        if (slice_is (msg_type, s->untracked->v[i]))
            return false;
    return true;
}

/* The new state after a status message. */
static enum keep_kernel_state next_state (const struct kernel_state *s,
                                          const struct keep_object *pub, struct slice state,
                                          const struct jhead *parent)
{
    enum keep_kernel_state now = (enum keep_kernel_state)pub->state;

    if (slice_is (state, "starting") && now != KEEP_STARTING && now != KEEP_RESTARTING)
        return now; /* said before it was found to answer, and heard after */
    if (parent->msg_type.len == 0 || is_tracked (s, parent->msg_type))
        return named (state);
    if ((now == KEEP_STARTING || now == KEEP_RESTARTING) && !slice_is (state, "starting"))
        return KEEP_IDLE;
    return now;
}

bool kernel_state_hear (struct kernel_state *s, struct keep_object *pub,
                        const struct slice *parts, const struct jhead *head,
                        const struct jhead *parent)
{
    struct slice state;
    bool changed = false;

    if (is_tracked (s, head->msg_type) || is_tracked (s, parent->msg_type) ||
        pub->state == KEEP_BUSY)
        pub->last_activity_us = clock_wall_us ();
    if (slice_is (head->msg_type, "status") &&
        jmsg_string (parts[WSV1_CONTENT], "execution_state", &state)) {
        enum keep_kernel_state next = next_state (s, pub, state, parent);

        follow (s, state, parts, parent);
        if (next == KEEP_IDLE && pub->state == KEEP_BUSY && kernel_state_running (s).len)
            next =
                KEEP_BUSY; /* it answered on control or in a subshell; a cell still runs */
        changed = next != pub->state;
        pub->state = next;
    }
    if (pub->last_activity_us - s->told_us > CLOCK_S)
        changed = true;
    if (changed)
        s->told_us = pub->last_activity_us;
    return changed;
}
