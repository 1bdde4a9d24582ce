/* workspace_wait.h - watch a workspace until it is where it goes, and say how it goes */
#ifndef CLI_WORKSPACE_WAIT_H
#define CLI_WORKSPACE_WAIT_H

#include "cli/api.h"
#include <stdbool.h>

/* Until ITEM's state is WANTED ("running", "stopped"): asks twice a second, and tells each change on standard
 * error (on a terminal in one line that changes) unless QUIET.  The item as it is then, new reference.
 * UNAVAILABLE with the hub's reason if it comes to rest elsewhere; TIMEOUT never: a queue may be long. */
json_t *workspace_wait (struct api *api, const json_t *item, const char *wanted, bool quiet,
                        struct err *err);
/* "queued: 3rd in line, waits for gpu", "starting: machine": what is told; malloc'ed. */
char *workspace_says (const json_t *item);

#endif
