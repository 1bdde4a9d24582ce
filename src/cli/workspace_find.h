/* workspace_find.h - which workspace, project or machine a person means */
#ifndef CLI_WORKSPACE_FIND_H
#define CLI_WORKSPACE_FIND_H

#include "cli/api.h"

/* The item (docs/API.md) of WORD: its id, its task instance's id, its name, or PROJECT/NAME with the project's
 * short or full name.  New reference.  NOT_FOUND naming some that there are; CONFLICT "is not clear" with the
 * ids of those that are called so. */
json_t *workspace_find (struct api *api, const char *word, struct err *err);
/* The same without asking: ITEMS is the list that GET workspaces answers.  Borrowed. */
json_t *workspace_pick (const json_t *items, const char *word, struct err *err);

/* "p", "ns/p" and "ns/projects/p" as "ns/projects/p"; ME is whose "p" is; malloc'ed.  INVALID. */
char *project_full_name (const char *word, const char *me, struct err *err);
/* Last part of a full name; borrowed. */
const char *project_short_name (const char *full);

#endif
