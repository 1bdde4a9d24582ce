/* life.h - the life of a workspace: stopped, queued, starting, running, stopping, stopped (design.md 5)
 *
 *     struct life_step step;
 *     if (life_step (w.state, LIFE_STOP, &step)) ...     w.state = step.to, then step.effects
 *
 * The table says for each state and event where it leads, what is written about the run with it, and what is
 * to be done once that is written.  An event that a state does not know is one that came too late (the end
 * of an earlier sandbox) or a request that cannot be: false, and nothing changes.
 *
 * Pure; any process.
 */
#ifndef HUB_LIFE_H
#define HUB_LIFE_H

#include "model/workspace_model.h"
#include "store/workspace_store.h"

enum life_event {
    LIFE_START,   /* somebody wants it to run */
    LIFE_GRANTED, /* there is a machine for it */
    LIFE_BEGAN,   /* its sandbox runs */
    LIFE_STOP,    /* somebody, or the idle rule, wants it to end */
    LIFE_ENDED,   /* its sandbox does not run (any more) */
    LIFE_EVENT_COUNT
};
extern const char *const life_event_names[LIFE_EVENT_COUNT]; /* "start"... */

enum life_effects {
    LIFE_CREATE = 1, /* ask the spawner for a sandbox */
    LIFE_END = 2,    /* ask the spawner to end it */
    LIFE_LEAVE = 4,  /* the machine is free for the next one */
};

/* How a sandbox came to its end, for who counts. */
enum life_end {
    LIFE_END_FAILED, /* by itself */
    LIFE_END_MEMORY, /* it ran out of memory */
    LIFE_END_STOPPED,
    LIFE_END_IDLE,
    LIFE_END_SESSION, /* it had lasted as long as it may */
    LIFE_END_RESTART,
    LIFE_END_DELETED,
    LIFE_END_COUNT
};
extern const char *const life_end_names[LIFE_END_COUNT]; /* "failed"... */

struct life_step {
    enum workspace_state to;
    enum workspace_run run;
    unsigned effects;
};

bool life_step (enum workspace_state from, enum life_event event, struct life_step *ret);

/* On a machine, or on its way there: it takes a slot. */
bool life_takes_slot (enum workspace_state s);
/* Neither stopped nor failed. */
bool life_goes_on (enum workspace_state s);

#endif
