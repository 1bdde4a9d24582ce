/* keep_dial.h - reaching the keeper's socket, and starting a keeper
 *
 * A keeper's directory is <runtime dir>/labwright/<hash of root dir>, or the same with -2, -3, ...
 * Loop thread; short file system calls on the runtime directory only.
 */
#ifndef SERVER_KEEP_DIAL_H
#define SERVER_KEEP_DIAL_H

#include "base/err.h"
#include "loop/proc.h"
#include <sys/types.h>

#define KEEP_DIAL_SOCKET "keep.sock"

/* INDEX counts from 0; malloc'ed. */
char *keep_dial_dir (const char *runtime_dir, const char *root_dir, unsigned index);
/* A connected, non-blocking socket.  NOT_FOUND: nobody listens there; BUSY: try again soon; FORBIDDEN: the
 * peer is another user.  *RET_PID is the keeper's. */
int keep_dial (const char *dir, pid_t *ret_pid, struct err *err);
/* Makes the directory and starts `labwright keep` there, in a session of its own.  *RET_FD becomes readable
 * when its socket listens (one byte) or it failed (end of file).  The caller closes it. */
struct proc *keep_dial_spawn (struct loop *l, const char *dir, int *ret_fd,
                              proc_exit_fn on_exit, void *arg, struct err *err);

#endif
