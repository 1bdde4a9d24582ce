/* kept_command.h - a job's command in the keeper: no pty, stdout and stderr merged
 *
 * Its journal is the job's log, numbered by byte offset.  It stays listed, dead, until
 * KEEP_END, so that a server which comes back later still gets the whole output and the
 * exit status.
 *
 * Loop thread only; keeper process only.
 */
#ifndef KEEPER_KEPT_COMMAND_H
#define KEEPER_KEPT_COMMAND_H

#include "keeper/kept.h"

#define COMMAND_GRACE_US (5 * 1000000LL) /* between SIGTERM and SIGKILL */

struct kept_command_spec {
    char *name, *cwd;
    struct strv argv, environ;
};
void kept_command_spec_done (struct kept_command_spec *s);
struct kept *kept_command_start (struct keeper *keeper,
                                 const struct kept_command_spec *spec, struct err *err);

#endif
