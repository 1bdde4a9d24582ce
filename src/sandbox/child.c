/* child.c - a child of this program that runs a function */
#include "sandbox/child.h"

#include "base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_clone (uint64_t flags, int *ret_pidfd)
{
    int pidfd = -1;
    pid_t parent = getpid ();
    struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
    if (ret_pidfd) {
        args.flags |= CLONE_PIDFD;
        args.pidfd = (uint64_t)(uintptr_t)&pidfd;
    }
    pid_t pid = (pid_t)syscall (SYS_clone3, &args, sizeof args);
    if (pid > 0 && ret_pidfd)
        *ret_pidfd = pidfd;
    if (pid == 0) {
        (void)prctl (PR_SET_PDEATHSIG, SIGKILL);
        if (!(flags & CLONE_NEWPID) && getppid () != parent)
            _exit (1);
    }
    return pid;
}

void child_reset_signals (void)
{
    sigset_t none;
    struct sigaction dfl = { .sa_handler = SIG_DFL };
    for (int s = 1; s < NSIG; s++)
        (void)sigaction (s, &dfl, NULL);
    (void)sigemptyset (&none);
    (void)sigprocmask (SIG_SETMASK, &none, NULL);
}

struct answer {
    int rc;
    struct err err;
};

int child_run (int (*fn) (void *arg, struct err *err), void *arg, struct err *err)
{
    int ends[2];
    struct answer a = { .rc = -1 };
    if (pipe2 (ends, O_CLOEXEC) < 0)
        return err_sys (err, errno, "make a pipe");
    pid_t pid = child_clone (0, NULL);
    if (pid == 0) {
        child_reset_signals ();
        a.rc = fn (arg, &a.err);
        _exit (write (ends[1], &a, sizeof a) == (ssize_t)sizeof a ? 0 : 1);
    }
    int failed = errno;
    (void)close (ends[1]);
    ssize_t n = pid < 0 ? 0 : TEMP_FAILURE_RETRY (read (ends[0], &a, sizeof a));
    (void)close (ends[0]);
    if (pid < 0)
        return err_sys (err, failed, "make a process");
    (void)TEMP_FAILURE_RETRY (waitpid (pid, NULL, 0));
    if (n != (ssize_t)sizeof a)
        return err_set (err, PROBLEM_INTERNAL, "a child of the spawner ended early");
    if (a.rc < 0 && err)
        *err = a.err;
    return a.rc;
}
