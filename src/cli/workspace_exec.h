/* workspace_exec.h - `labwright workspace exec`: a command in a running workspace, with its exit status
 *
 * A Bash kernel of its own is started there by Jupyter's API through the hub's gateway, runs the command, and
 * is ended.  Standard output and standard error come out as they are written; there is no standard input.
 * Ctrl-C interrupts the command, a second one leaves it.
 */
#ifndef CLI_WORKSPACE_EXEC_H
#define CLI_WORKSPACE_EXEC_H

#include "base/strv.h"
#include "cli/api.h"

/* COMMAND: words; one word is a line for the shell, several are a program and its arguments as they are.
 * The exit status of the command in *RET_STATUS (128 + signal for one that was killed). */
int workspace_exec (struct api *api, const json_t *item, const struct strv *command,
                    int *ret_status, struct err *err);
/* The code that a kernel is given for it, which tells the status behind MARK; malloc'ed. */
char *workspace_exec_code (const struct strv *command, const char *mark);

#endif
