/* kernel_ipc.h - where a kernel's sockets lie: short, private directories (jupyter-contract 7.2, platform.md F.4)
 *
 * The path of a unix socket has room for 107 bytes, so it cannot lie under a person's runtime directory.
 * Ours is $XDG_RUNTIME_DIR/labwright or /tmp/labwright-<uid>, 0700 and verified to be ours, then a
 * directory named after the keeper's own, then one for each kernel: ZeroMQ gives its sockets only umask
 * permissions, the directories keep others out.
 *
 * Keeper process; short file system calls.
 */
#ifndef KEEPER_KERNEL_IPC_H
#define KEEPER_KERNEL_IPC_H

#include "base/err.h"

/* The directory for the keeper that has DIR locked, emptied of what an earlier one left; malloc'ed, or NULL. */
char *kernel_ipc_keeper_dir (const char *dir, struct err *err);
/* KEEPER_DIR/NAME, made if missing; malloc'ed, or NULL.  The sockets are DIR/k-1 and so on. */
char *kernel_ipc_dir (const char *keeper_dir, const char *name, struct err *err);
/* Remove the sockets in DIR, so that nobody connects to those of an earlier life. */
void kernel_ipc_clear (const char *dir);

#endif
