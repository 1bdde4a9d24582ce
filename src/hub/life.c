/* life.c - the life of a workspace, as a table */

#include "hub/life.h"

#include "base/cleanup.h"

const char *const life_event_names[LIFE_EVENT_COUNT] = { "start", "granted", "began",
                                                         "stop", "ended" };

const char *const life_end_names[LIFE_END_COUNT] = { "failed", "out_of_memory", "stopped",
                                                     "idle",   "session",       "restart",
                                                     "deleted" };

static const struct row {
    enum workspace_state from;
    enum life_event event;
    struct life_step step;
} rows[] = {
#define AS_IS WORKSPACE_RUN_AS_IS
    { WORKSPACE_STOPPED, LIFE_START, { WORKSPACE_QUEUED, AS_IS, 0 } },
    { WORKSPACE_FAILED, LIFE_START, { WORKSPACE_QUEUED, AS_IS, 0 } },

    { WORKSPACE_QUEUED, LIFE_GRANTED, { WORKSPACE_STARTING, AS_IS, LIFE_CREATE } },
    { WORKSPACE_QUEUED, LIFE_STOP, { WORKSPACE_STOPPED, AS_IS, LIFE_LEAVE } },
    { WORKSPACE_QUEUED, LIFE_ENDED, { WORKSPACE_FAILED, AS_IS, LIFE_LEAVE } },

    { WORKSPACE_STARTING, LIFE_BEGAN, { WORKSPACE_RUNNING, WORKSPACE_RUN_BEGINS, 0 } },
    { WORKSPACE_STARTING, LIFE_STOP, { WORKSPACE_STOPPING, AS_IS, LIFE_END } },
    { WORKSPACE_STARTING, LIFE_ENDED, { WORKSPACE_FAILED, AS_IS, LIFE_LEAVE } },

    { WORKSPACE_RUNNING, LIFE_STOP, { WORKSPACE_STOPPING, AS_IS, LIFE_END } },
    { WORKSPACE_RUNNING, LIFE_ENDED, { WORKSPACE_FAILED, WORKSPACE_RUN_ENDS, LIFE_LEAVE } },

    { WORKSPACE_STOPPING, LIFE_STOP, { WORKSPACE_STOPPING, AS_IS, 0 } },
    { WORKSPACE_STOPPING,
      LIFE_ENDED,
      { WORKSPACE_STOPPED, WORKSPACE_RUN_ENDS, LIFE_LEAVE } },
#undef AS_IS
};

bool life_step (enum workspace_state from, enum life_event event, struct life_step *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        if (rows[i].from == from && rows[i].event == event) {
            *ret = rows[i].step;
            return true;
        }
    return false;
}

bool life_takes_slot (enum workspace_state s)
{
    return s == WORKSPACE_STARTING || s == WORKSPACE_RUNNING || s == WORKSPACE_STOPPING;
}

bool life_goes_on (enum workspace_state s)
{
    return s != WORKSPACE_STOPPED && s != WORKSPACE_FAILED;
}
