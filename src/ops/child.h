/* child.h - run a program to its end, from a verb that does nothing else meanwhile
 *
 * Blocking, with a loop of its own; by posix_spawn, in a session of its own.  Not for processes that have a
 * loop.
 */
#ifndef OPS_CHILD_H
#define OPS_CHILD_H

#include "base/err.h"
#include "base/strv.h"
#include <stdint.h>

/* The wait status, or -1: it could not be started, or ran past TIMEOUT_US and was killed (TIMEOUT).
 * RET_OUT, RET_ERR: malloc'ed texts of at most 1 MiB, or NULL to let that stream be ours. */
int child_run (const struct strv *argv, const struct strv *environ, int64_t timeout_us,
               char **ret_out, char **ret_err, struct err *err);

#endif
