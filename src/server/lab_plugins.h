/* lab_plugins.h - switch plugins off and on again (contract 4.10, 4.11)
 *
 * The choice is kept in the user's labconfig/page_config.json as {"disabledExtensions":
 * {"<id>": bool}}, which is the last source that the page config reads, so it also wins
 * over what an extension or an administrator says.  Locked plugins stay as they are.
 * Blocking file system calls; any thread.
 */
#ifndef SERVER_LAB_PLUGINS_H
#define SERVER_LAB_PLUGINS_H

#include "server/lab.h"
#include <jansson.h>
#include <stdbool.h>

/* {"lockRules": [...], "allLocked": bool} */
json_t *lab_plugins_locks (struct lab *l);

/* The answer {"status", "message", "needs_restart"}; *ret_status is its HTTP status, 201 or
 * 500. */
json_t *lab_plugins_switch (struct lab *l, const char *name, bool enable, int *ret_status);

/* That answer; MESSAGE and NEEDS may be NULL. */
json_t *lab_plugins_answer (const char *status, const char *message, const char *needs);

/* RULE is a plugin id, or a package whose plugins are all meant. */
bool lab_plugins_rule_matches (const char *rule, const char *name);

#endif
