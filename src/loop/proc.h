/* proc.h - start a child and hear of its end (posix_spawn + pidfd)
 *
 * Loop thread only.  Every descriptor but the ones named is closed in the child (close-on-exec from
 * birth); the signal mask and dispositions are reset to default.
 */
#ifndef LOOP_PROC_H
#define LOOP_PROC_H

#include "base/strv.h"
#include "loop/loop.h"
#include <stdbool.h>
#include <sys/types.h>

struct proc;

struct proc_spec {
    const struct strv *argv;    /* argv[0] is searched in PATH of ENVIRON */
    const struct strv *environ; /* NULL: ours */
    const char *cwd;            /* NULL: ours */
    int fd_in, fd_out, fd_err;  /* -1: /dev/null; otherwise dup'ed to 0, 1, 2 */
    int fd_listen;              /* above 2: dup'ed to 3 (sd_listen_fds(3)); 0: none */
    bool new_session;           /* setsid, so that the group can be signalled */
    const char *tty; /* opened as 0, 1, 2 and controlling terminal; implies new_session */
};

/* Called once when the child has ended and was reaped; STATUS is that of waitpid. */
typedef void (*proc_exit_fn) (void *arg, int status);

/* NULL on failure (program not found: NOT_FOUND naming it).  A child that could not exec is a failure
 * here, not an exit. */
struct proc *proc_start (struct loop *l, const struct proc_spec *spec, proc_exit_fn on_exit,
                         void *arg, struct err *err);
/* A child that something else has started and that nobody waits for.  NULL if there is no such
 * child.  ON_EXIT: nobody, until proc_hand_over. */
struct proc *proc_adopt (struct loop *l, pid_t pid, struct err *err);
/* For a process that orphans are given to (process 1, or with PR_SET_CHILD_SUBREAPER): from now on
 * every child that no proc stands for is waited for when it ends.  A child that somebody else
 * waits for, and is no proc, must not be started any more. */
int proc_reap_strangers (struct loop *l, struct err *err);
/* From now on its end is told to ON_EXIT; only while proc_alive. */
void proc_hand_over (struct proc *p, proc_exit_fn on_exit, void *arg);
pid_t proc_pid (const struct proc *p);
/* The most memory it ever had, in KiB; known from its end on, else 0. */
long proc_peak_kib (const struct proc *p);
/* The CPU time that it used, with that of children it waited for; from its end on, else 0. */
int64_t proc_cpu_us (const struct proc *p);
bool proc_alive (const struct proc *p);
/* To the process, or with GROUP to its process group.  ESRCH is no error. */
void proc_signal (struct proc *p, int signo, bool group);
/* Forget the child: ON_EXIT is not called any more; it is still reaped. */
void proc_free (struct proc *p);
DEFINE_AUTO (struct proc *, proc_free)

/* Run a command to its end: collects stdout and stderr up to MAX bytes each.  DONE gets the texts
 * (borrowed).  FEED (may be NULL) is written to its stdin.  Killed after TIMEOUT_US: status -1. */
struct command;
typedef void (*command_done_fn) (void *arg, int status, const char *out, size_t out_len,
                                 const char *errout, size_t err_len);
struct command *command_run (struct loop *l, const struct proc_spec *spec, const char *feed,
                             size_t feed_len, size_t max, int64_t timeout_us,
                             command_done_fn done, void *arg, struct err *err);
void command_cancel (struct command *c); /* kills the group; DONE is not called */

#endif
