/* workspace_model.c - a workspace as the API and the database describe it */

#include "model/workspace_model.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <string.h>

static const char *const state_names[] = {
    [WORKSPACE_STOPPED] = "stopped",   [WORKSPACE_QUEUED] = "queued",
    [WORKSPACE_STARTING] = "starting", [WORKSPACE_RUNNING] = "running",
    [WORKSPACE_STOPPING] = "stopping", [WORKSPACE_FAILED] = "failed",
};
_Static_assert(ARRAY_SIZE (state_names) == WORKSPACE_STATE_COUNT, "a state has no name");

const char *workspace_state_name (enum workspace_state s)
{
    return state_names[s];
}

bool workspace_state_parse (const char *name, enum workspace_state *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE (state_names); i++)
        if (!strcmp (name, state_names[i])) {
            *ret = (enum workspace_state)i;
            return true;
        }
    return false;
}

void workspace_model_done (struct workspace_model *w)
{
    free (w->name);
    free (w->git_url);
    free (w->git_branch);
    free (w->reason);
    free (w->environment);
    free (w->machine);
    json_decref (w->inputs);
    *w = (struct workspace_model){ .id = "" };
}

json_t *workspace_model_json (const struct workspace_model *w, const char *project,
                              const char *owner, int64_t now)
{
    char created[CLOCK_TEXT], updated[CLOCK_TEXT], began[CLOCK_TEXT];

    (void)clock_iso_z (w->created * CLOCK_S, created);
    (void)clock_iso_z (w->updated * CLOCK_S, updated);
    (void)clock_iso_z (w->began * CLOCK_S, began);
    return json_pack (
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:o, s:O, s:I, s:I, s:s, "
        "s:s, s:s?}",
        "id", w->id, "task_instance_id", w->task, "name", w->name, "family_id", w->project,
        "project", project, "owner", owner, "git_url", w->git_url, "state",
        workspace_state_name (w->state), "reason", w->reason, "env", w->environment,
        "instance_type", w->machine, "idle_timeout_seconds",
        w->idle_s < 0 ? json_null () : json_integer (w->idle_s), "inputs", w->inputs,
        "session_seconds", (json_int_t)(w->began ? now - w->began : 0), "size",
        (json_int_t)w->size, "created", created, "updated", updated, "began",
        w->began ? began : NULL);
}
