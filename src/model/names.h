/* names.h - names of people, teams, projects and workspaces (floyd-contract 1.2, 1.3)
 *
 * Pure; any process.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include "base/err.h"
#include <stdbool.h>

#define NAME_MAX_CHARS 64

/* A component of a full name: letters, digits, '-', '_' and '.', at most NAME_MAX_CHARS, not ending in
 * '.', not "." or "..".  WHAT ("project") is for the text.  INVALID. */
int name_check (const char *what, const char *name, struct err *err);
/* The same for a namespace, which must be none of the words of our URLs either. */
int name_check_namespace (const char *name, struct err *err);
/* What people call a workspace: any text of at most 128 bytes that is UTF-8, one line, not empty. */
int name_check_title (const char *what, const char *title, struct err *err);

/* "run_" and 24 characters of the alphabet of ids. */
#define NAME_WORKSPACE_ID (4 + 24 + 1)
void name_new_workspace_id (char ret[NAME_WORKSPACE_ID]);
bool name_is_workspace_id (const char *s);

#endif
