/* activate.c - the server that begins when somebody connects
 *
 *     ASLEEP -- somebody waits in the socket's queue --> RUNS -- it ended --> ASLEEP
 *                                                          `-- too soon --> PAUSES --> ASLEEP
 *
 * The socket is watched in ASLEEP alone: while a server runs, accepting is its business, and who comes while
 * it ends is seen by the watch that begins then.
 */

#include "keeper/activate.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/program.h"
#include "keeper/keeper.h"
#include "keeper/kernel_fate.h"
#include "keeper/lines.h"
#include "loop/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PAUSE_US (100 * CLOCK_MS)
#define PAUSE_MAX_US (5 * CLOCK_S)
#define HOPELESS_US (400 * CLOCK_MS) /* the third in a row */

const char *const activation_state_names[] = {
    [ACTIVATION_ASLEEP] = "stopped",
    [ACTIVATION_RUNS] = "running",
    [ACTIVATION_PAUSES] = "failing",
};

struct activation {
    struct keeper *keeper;
    int fd;
    struct strv argv, environ;
    struct loop_io *io;
    struct proc *proc; /* not NULL: RUNS */
    struct lines *output;
    struct kernel_fate fate;
    struct loop_timer *timer; /* PAUSES; when stopping: its patience */
    int64_t began_us, pause_us;
    bool stopping;
    char reason[KERNEL_FATE_TEXT + LINES_TAIL + 2];
};

/* ---- one life ---- */

static void on_line (void *arg, const char *line)
{
    keeper_log_text (((struct activation *)arg)->keeper, "server", line);
}

static void wait_for_somebody (struct activation *a)
{
    if (!a->stopping)
        loop_io_events (a->io, LOOP_READ);
}

static void on_paused (void *arg)
{
    struct activation *a = arg;

    a->timer = NULL;
    wait_for_somebody (a);
}

/* Who waits is better told by an end of the connection than not at all. */
static void send_away (struct activation *a)
{
    int fd;

    (void)fd_set_nonblock (a->fd, true); /* no server has it now */
    while ((fd = accept4 (a->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        (void)close (fd);
    (void)fd_set_nonblock (a->fd, false);
}

static void pause_after (struct activation *a, bool soon, bool failed)
{
    if (!soon) {
        a->pause_us = 0;
        wait_for_somebody (a);
        return;
    }
    a->pause_us = a->pause_us ? 2 * a->pause_us : PAUSE_US;
    if (a->pause_us > PAUSE_MAX_US)
        a->pause_us = PAUSE_MAX_US;
    if (failed && a->pause_us >= HOPELESS_US)
        send_away (a);
    if (!a->stopping)
        a->timer = loop_after (a->keeper->loop, a->pause_us, on_paused, a);
}

/* How it ended, and unless that was in order its last line. */
static void explain (struct activation *a, int status)
{
    char how[KERNEL_FATE_TEXT];
    const char *tail = lines_tail (a->output);
    size_t n = strlen (tail);

    (void)kernel_fate_tell (&a->fate, status, how);
    while (n > 0 && tail[n - 1] == '\n')
        n--;
    const char *last = status && n ? memrchr (tail, '\n', n) : NULL;
    last = last ? last + 1 : tail;
    (void)snprintf (a->reason, sizeof (a->reason), "%s%s%.*s", how, status && n ? ": " : "",
                    status ? (int)(tail + n - last) : 0, last);
}

static void on_end (void *arg, int status)
{
    struct activation *a = arg;
    bool soon = clock_mono_us () - a->began_us < ACTIVATION_SOON_US;

    kernel_fate_ended (&a->fate, proc_pid (a->proc), proc_cpu_us (a->proc));
    lines_drain (a->output);
    explain (a, status);
    log_info ("keeper", "the server pid=%ld ended: %s", (long)proc_pid (a->proc),
              a->reason);
    lines_free (take_ptr (a->output));
    kernel_fate_done (&a->fate);
    proc_free (take_ptr (a->proc));
    loop_cancel (a->timer);
    a->timer = NULL;
    pause_after (a, soon, status != 0);
    keeper_pump_soon (a->keeper);
}

static int begin (struct activation *a, struct err *err)
{
    int ends[2];
    struct proc_spec spec = { .argv = &a->argv,
                              .environ = &a->environ,
                              .fd_in = -1,
                              .fd_listen = a->fd,
                              .new_session = true };

    if (pipe2 (ends, O_CLOEXEC) < 0)
        return err_sys (err, errno, "make a pipe");
    a->output = lines_new (a->keeper->loop, ends[0], on_line, a);
    autoclose int to = ends[1];
    spec.fd_out = spec.fd_err = to;
    a->proc = proc_start (a->keeper->loop, &spec, on_end, a, err);
    if (a->proc)
        return 0;
    lines_free (take_ptr (a->output));
    return -1;
}

static void on_somebody (void *arg, unsigned events)
{
    struct activation *a = arg;
    struct err err;

    (void)events;
    loop_io_events (a->io, 0);
    if (a->stopping || a->proc)
        return;
    a->began_us = clock_mono_us ();
    if (begin (a, &err) < 0) {
        log_error ("keeper", "the server was not started: %s", err.text);
        (void)snprintf (a->reason, sizeof (a->reason), "%s", err.text);
        pause_after (a, true, true);
        return;
    }
    kernel_fate_init (&a->fate);
    kernel_fate_look (&a->fate, proc_pid (a->proc));
    log_info ("keeper", "somebody connects: the server begins pid=%ld",
              (long)proc_pid (a->proc));
}

/* ---- the hand-over ---- */

int activation_hand_over (char **argv)
{
    char pid[16];

    (void)snprintf (pid, sizeof (pid), "%ld", (long)getpid ());
    (void)setenv ("LISTEN_PID", pid, 1);
    (void)setenv ("LISTEN_FDS", "1", 1);
    return program_then (argv, true);
}

/* ---- life ---- */

static int check_listens (int fd, struct err *err)
{
    int listens = 0;
    socklen_t n = sizeof (listens);

    if (getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) < 0 || !listens)
        return err_set (err, PROBLEM_INVALID, "descriptor %d is no socket that listens",
                        fd);
    return 0;
}

static void make_command (struct activation *a, const struct strv *argv)
{
    autofree char *self = program_path ();

    strv_add (&a->argv, *self ? self : "labwright");
    strv_add (&a->argv, "keep");
    strv_add (&a->argv, "--hand-over");
    strv_add (&a->argv, "--");
    strv_copy (&a->argv, argv);
    strv_from_environ (&a->environ, environ);
    strv_env_set (&a->environ, ACTIVATION_KEEPER, a->keeper->dir);
}

struct activation *activation_new (struct keeper *k, int fd, const struct strv *argv,
                                   struct err *err)
{
    autoclose int own = fd;

    if (check_listens (fd, err) < 0)
        return NULL;
    struct activation *a = xnew (struct activation);
    a->keeper = k;
    a->fd = take_fd (own);
    (void)fd_set_cloexec (a->fd, true);
    strv_init (&a->argv);
    strv_init (&a->environ);
    make_command (a, argv);
    a->io = loop_watch (k->loop, a->fd, LOOP_READ, on_somebody, a);
    return a;
}

void activation_free (struct activation *a)
{
    if (!a)
        return;
    loop_cancel (a->timer);
    loop_unwatch (a->io);
    if (a->proc)
        kernel_fate_done (&a->fate);
    proc_free (a->proc);
    lines_free (a->output);
    strv_done (&a->argv);
    strv_done (&a->environ);
    (void)close (a->fd);
    free (a);
}

static void on_patience (void *arg)
{
    struct activation *a = arg;

    a->timer = NULL;
    log_warning ("keeper", "the server does not end: killed");
    proc_signal (a->proc, SIGKILL, true);
}

void activation_stop (struct activation *a)
{
    if (!a || a->stopping)
        return;
    a->stopping = true;
    loop_io_events (a->io, 0);
    loop_cancel (a->timer);
    a->timer = NULL;
    if (!a->proc)
        return;
    proc_signal (a->proc, SIGTERM, false);
    a->timer = loop_after (a->keeper->loop, ACTIVATION_PATIENCE_US, on_patience, a);
}

bool activation_gone (const struct activation *a)
{
    return !a || !a->proc;
}

enum activation_state activation_state (const struct activation *a)
{
    return a->proc ? ACTIVATION_RUNS : a->timer ? ACTIVATION_PAUSES : ACTIVATION_ASLEEP;
}

pid_t activation_pid (const struct activation *a)
{
    return a->proc ? proc_pid (a->proc) : 0;
}

const char *activation_reason (const struct activation *a)
{
    return a->reason;
}
