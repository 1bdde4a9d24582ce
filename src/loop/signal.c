/* signal.c - signals as events, by signalfd
 *
 * The signal is blocked in the calling thread; threads started later (the pool, ZeroMQ's)
 * inherit that. Children get an empty mask back in proc.c.
 */
#include "loop/loop_private.h"

#include <assert.h>
#include <errno.h>
#include <sys/signalfd.h>

static void on_signal_fd (void *arg, unsigned events)
{
    struct loop *l = arg;
    struct signalfd_siginfo info;

    while (read (l->signal_fd, &info, sizeof (info)) == (ssize_t)sizeof (info)) {
        if (info.ssi_signo >= LOOP_SIGNALS)
            continue;
        struct signal_row *row = &l->signal_rows[info.ssi_signo];
        if (row->cb)
            row->cb (row->arg, (int)info.ssi_signo);
    }
}

int loop_on_signal (struct loop *l, int signo, void (*cb) (void *arg, int signo), void *arg,
                    struct err *err)
{
    int fd;

    assert (signo > 0 && signo < LOOP_SIGNALS);
    sigaddset (&l->signals, signo);
    if (sigprocmask (SIG_BLOCK, &l->signals, NULL) < 0)
        return err_sys (err, errno, "cannot wait for signal %d", signo);
    fd = signalfd (l->signal_fd, &l->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_sys (err, errno, "cannot wait for signal %d", signo);
    l->signal_rows[signo] = (struct signal_row){ cb, arg };
    if (l->signal_fd < 0) {
        l->signal_fd = fd;
        l->signal_io = loop_watch (l, fd, LOOP_READ, on_signal_fd, l);
    }
    return 0;
}

void signal_done (struct loop *l)
{
    loop_unwatch (l->signal_io);
    if (l->signal_fd >= 0)
        (void)close (l->signal_fd);
}
