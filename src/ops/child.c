/* child.c - run a program to its end */

#include "ops/child.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "loop/proc.h"

#include <signal.h>

#define TEXT_MAX (1 << 20)

struct waiting {
    struct loop *loop;
    struct proc *proc;
    int status;
    bool timed_out;
    char *out, *errout;
};

static void on_exit_of (void *arg, int status)
{
    struct waiting *w = arg;

    w->status = status;
    loop_stop (w->loop, 0);
}

static void on_timeout (void *arg)
{
    struct waiting *w = arg;

    w->timed_out = true;
    proc_signal (w->proc, SIGKILL, true);
}

static void on_texts (void *arg, int status, const char *out, size_t out_len,
                      const char *errout, size_t err_len)
{
    struct waiting *w = arg;

    w->out = xstrndup (out, out_len);
    w->errout = xstrndup (errout, err_len);
    w->timed_out = status == -1;
    on_exit_of (w, status);
}

/* Ctrl-C on the terminal reaches us only: the child has a session of its own. */
static void on_signal (void *arg, int signo)
{
    struct waiting *w = arg;

    if (w->proc)
        proc_signal (w->proc, SIGTERM, true);
}

static int run_shown (struct waiting *w, const struct proc_spec *spec, int64_t timeout_us,
                      struct err *err)
{
    w->proc = proc_start (w->loop, spec, on_exit_of, w, err);
    if (!w->proc)
        return -1;
    struct loop_timer *t = loop_after (w->loop, timeout_us, on_timeout, w);
    (void)loop_run (w->loop);
    if (!w->timed_out)
        loop_cancel (t);
    proc_free (w->proc);
    return 0;
}

int child_run (const struct strv *argv, const struct strv *environ, int64_t timeout_us,
               char **ret_out, char **ret_err, struct err *err)
{
    struct proc_spec spec = { .argv = argv,
                              .environ = environ,
                              .fd_in = -1,
                              .fd_out = STDERR_FILENO,
                              .fd_err = STDERR_FILENO,
                              .new_session = true };
    autocleanup (loop_free) struct loop *loop = loop_new (err);
    struct waiting w = { .loop = loop, .status = -1 };

    if (!loop || loop_on_signal (loop, SIGINT, on_signal, &w, err) < 0 ||
        loop_on_signal (loop, SIGTERM, on_signal, &w, err) < 0)
        return -1;
    if (!ret_out && !ret_err) {
        if (run_shown (&w, &spec, timeout_us, err) < 0)
            return -1;
    } else {
        spec.fd_out = spec.fd_err = -1;
        if (!command_run (loop, &spec, NULL, 0, TEXT_MAX, timeout_us, on_texts, &w, err))
            return -1;
        (void)loop_run (loop);
    }
    if (ret_out)
        *ret_out = take_ptr (w.out);
    if (ret_err)
        *ret_err = take_ptr (w.errout);
    free (w.out);
    free (w.errout);
    if (w.timed_out)
        return err_set (err, PROBLEM_TIMEOUT, "%s did not end in time", argv->v[0]);
    return w.status;
}
