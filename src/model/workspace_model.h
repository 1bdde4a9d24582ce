/* workspace_model.h - a workspace as the API and the database describe it (design.md 5,
 * floyd-contract 5.12)
 *
 * Values; any process.
 */
#ifndef MODEL_WORKSPACE_MODEL_H
#define MODEL_WORKSPACE_MODEL_H

#include "base/ident.h"
#include "model/names.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum workspace_state {
    WORKSPACE_STOPPED,
    WORKSPACE_QUEUED,
    WORKSPACE_STARTING,
    WORKSPACE_RUNNING,
    WORKSPACE_STOPPING,
    WORKSPACE_FAILED,
    WORKSPACE_STATE_COUNT
};
const char *workspace_state_name (enum workspace_state s);
bool workspace_state_parse (const char *name, enum workspace_state *ret);

struct workspace_model {
    char id[NAME_WORKSPACE_ID];
    char task[IDENT_SHORT + 1]; /* task instance id: the one in its address */
    char project[IDENT_SHORT + 1], owner[IDENT_SHORT + 1];
    char *name, *git_url, *git_branch; /* GIT_URL may be NULL, GIT_BRANCH "" */
    enum workspace_state state;
    char *reason; /* of 'failed' and 'stopped', a sentence for a person, or "" */
    char *environment, *machine;
    int64_t idle_s; /* -1: no idle timeout */
    json_t *inputs; /* [{source, destination}] */
    int64_t generation;
    bool again; /* of 'stopping': it starts again then */
    uint64_t size; /* bytes of its home */
    int64_t created, updated,
        began; /* seconds since 1970; BEGAN: of the session that goes on, or 0 */
};

void workspace_model_done (struct workspace_model *w);
/* NOW: seconds, for session_seconds.  PROJECT, OWNER: full name of the project, name of the owner. */
json_t *workspace_model_json (const struct workspace_model *w, const char *project,
                              const char *owner, int64_t now);

#endif
