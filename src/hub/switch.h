/* switch.h - another machine or environment for a workspace, losing as little as possible (design.md 5)
 *
 * Layers, best first: "none" (it is so already), "gate" (same environment: the spawner changes what the running
 * sandbox may use), "restart" (files are kept, everything else ends).  The gate also has a say: the way back from
 * a GPU is refused while a process has the device open.
 *
 *     switch_workspace (h, &w, machine, environment, layer, dry_run, on_done, arg);
 *
 * LAYER "": the best that is possible; "gate": only that (CONFLICT with the reason otherwise); "restart".
 *
 * Loop thread only.
 */
#ifndef HUB_SWITCH_H
#define HUB_SWITCH_H

#include "hub/hub.h"
#include "model/workspace_model.h"

struct switch_wish {
    const char *machine, *environment; /* NULL or "": as it is */
    const char *layer;                 /* "", "gate", "restart" */
    bool dry_run;
};

struct switch_result {
    const char *layer;     /* "none", "gate", "restart" */
    const json_t *lost;    /* sentences */
    const json_t *because; /* clauses: why it is a restart and no gate */
};

/* CB once, later: RESULT, or NULL and ERR. */
void switch_workspace (struct hub *h, const struct workspace_model *w,
                       const struct switch_wish *wish,
                       void (*cb) (void *arg, const struct switch_result *result,
                                   const struct err *err),
                       void *arg);

#endif
