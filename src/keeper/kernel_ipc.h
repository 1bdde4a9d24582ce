/* kernel_ipc.h - where a kernel's sockets lie: short, private directories
 * (jupyter-contract 7.2, platform.md F.4)
 *
 * A kernel's directory is /tmp/lw-<uid>/<pid>.<object>, the numbers in base 36.  Short,
 * because the path of a unix socket has room for 107 bytes and xeus kernels have room for
 * 31 of "ipc://<path>"; private, because ZeroMQ gives its sockets umask permissions and it
 * is the directory, 0700 and verified to be ours, that keeps others out.  What keepers that
 * are gone left behind is removed on the way.
 *
 * Keeper process; short file system calls.
 */
#ifndef KEEPER_KERNEL_IPC_H
#define KEEPER_KERNEL_IPC_H

#include "base/err.h"
#include <stdint.h>

/* The directory of this keeper's object, empty; malloc'ed, or NULL.  The sockets are
 * DIR/k-1 and so on. */
char *kernel_ipc_dir (uint32_t object, struct err *err);
/* Remove the sockets in DIR, so that nobody connects to those of an earlier life. */
void kernel_ipc_clear (const char *dir);

#endif
