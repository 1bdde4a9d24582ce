/* putnode.h - device nodes and libraries below an open root (private to devices.c and the steps of launch)
 *
 * The caller is a child in the mount namespace of the sandbox, or still builds its root.  Names in /dev of a
 * sandbox belong to the host, libraries may lie below directories that a person changed: no link is followed.
 */
#ifndef SANDBOX_PUTNODE_H
#define SANDBOX_PUTNODE_H

#include "base/err.h"
#include "sandbox/devices.h"

/* TREES: a detached mount for each library, opened where the host's paths are seen; NULL: open them here.  What
 * was made before a failure is removed. */
int putnode_all (int root, const struct device_set *set, const int *trees, struct err *err);
/* The working directory must be the host's /proc/self/fd: the sandbox's own /proc does not know the caller. */
int putnode_take (int root, const struct device_set *set, struct err *err);
int putnode_check (const struct device_set *set, struct err *err); /* paths and counts */

#endif
