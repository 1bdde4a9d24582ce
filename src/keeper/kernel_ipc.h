/* kernel_ipc.h - where a kernel's sockets lie: short, private directories
 * (jupyter-contract 7.2, platform.md F.4)
 *
 * A kernel's directory is /tmp/lw-<uid>/<six random characters>.  Short, because the path of
 * a unix socket has room for 107 bytes and xeus kernels have room for 31 of "ipc://<path>";
 * private, because ZeroMQ gives its sockets umask permissions and it is the directory, 0700
 * and verified to be ours, that keeps others out.
 *
 * The keeper holds a lock (flock) on each directory of a living kernel.  What is not locked
 * was left by a keeper that is gone and is removed on the way.  Process ids could not tell:
 * keepers in containers that share /tmp do not see each other.  Programs that clean /tmp
 * (systemd-tmpfiles) leave locked directories alone, too.
 *
 * Keeper process; short file system calls.
 */
#ifndef KEEPER_KERNEL_IPC_H
#define KEEPER_KERNEL_IPC_H

#include "base/err.h"

struct kernel_ipc {
    char *dir; /* NULL: none */
    int lock;
};
#define KERNEL_IPC_NONE ((struct kernel_ipc){ NULL, -1 })

/* Make a directory, empty and locked.  The sockets are DIR/k-1 and so on. */
int kernel_ipc_make (struct kernel_ipc *ipc, struct err *err);
/* Remove the sockets in it, so that nobody connects to those of an earlier life; make it
 * again, under the same name, if somebody removed it. */
int kernel_ipc_clear (struct kernel_ipc *ipc, struct err *err);
/* Remove it; nothing if there is none. */
void kernel_ipc_done (struct kernel_ipc *ipc);

#endif
