/* child.h - a child of this program that runs a function (private to src/sandbox)
 *
 * The spawner's one exception to posix_spawn: entering namespaces is done by a process that then ends or
 * executes.  The spawner has one thread, so the child may call anything; it must not return.
 */
#ifndef SANDBOX_CHILD_H
#define SANDBOX_CHILD_H

#include "base/err.h"
#include <stdint.h>
#include <sys/types.h>

/* clone3 with exit signal SIGCHLD.  Returns like fork; *RET_PIDFD (may be NULL) is close-on-exec.  The child is
 * killed when we are: it holds our socket and our lock, and nobody would know of it.  One that is to outlive us
 * takes that back (PR_SET_PDEATHSIG) when it is known. */
pid_t child_clone (uint64_t flags, int *ret_pidfd);
/* Run FN in a child and wait for it; its return value and error come back. */
int child_run (int (*fn) (void *arg, struct err *err), void *arg, struct err *err);
/* Handlers and mask as a new program expects them. */
void child_reset_signals (void);

#endif
