/* kept_kernel.h - a kernel in the keeper: its process, its sockets, its states
 * (jupyter-contract 7)
 *
 * Starting spawns the process and returns; `starting` ends when the kernel answered a probe
 * and its iopub is known to reach us (klink.h).  What clients send before that waits. Death
 * is met as in contract 7.8: the viewers hear `restarting` and the kernel is started again
 * on the same connection file, or they hear `dead` after restart_limit failures in a row.
 *
 *     kernel_fate.h  says how a process ended, kernel_say.h makes the messages that the
 * keeper injects, kernel_route.h decides who gets a message and what it says about
 * activity.
 *
 * Loop thread only; keeper process only.
 */
#ifndef KEEPER_KEPT_KERNEL_H
#define KEEPER_KEPT_KERNEL_H

#include "keeper/kept.h"

/* Where a server says nothing else: the traits of KernelRestarter and MappingKernelManager. */
#define KERNEL_RESTART_LIMIT 5
#define KERNEL_PAUSE_MS 3000
#define KERNEL_STABLE_MS 10000
#define KERNEL_PATIENCE_MS 60000
#define KERNEL_MAX_BACKLOG (256u << 20) /* bytes waiting to be sent to one kernel */
#define KERNEL_SHUTDOWN_WAIT_MS 5000

struct kept_kernel_spec {
    char *id, *name, *display_name, *cwd, *connection_file, *interrupt_mode, *resource_dir;
    char *ip; /* for tcp; a number */
    struct strv argv, environ;
    struct strv untracked; /* message types that are no activity */
    uint32_t flags, shutdown_wait_ms;
    uint32_t restart_limit; /* starts after deaths in a row */
    uint32_t pause_ms;      /* the longest before one of them */
    uint32_t stable_ms;     /* a kernel that lived as long is stable */
    uint32_t patience_ms;   /* for its first answer (klink.h) */
};
/* Empty, with the values above. */
void kept_kernel_spec_init (struct kept_kernel_spec *s);
void kept_kernel_spec_done (struct kept_kernel_spec *s);

/* Takes what is in SPEC (it is empty after success).  Writes the connection file. */
struct kept *kept_kernel_start (struct keeper *keeper, struct kept_kernel_spec *spec,
                                struct err *err);
/* A kernel with this command may be asked for soon: its template is made ready. */
void kept_kernel_prepare (struct keeper *keeper, const struct strv *argv,
                          struct strv *environ_);

#endif
