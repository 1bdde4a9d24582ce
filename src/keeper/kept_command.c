/* kept_command.c - a job's command in the keeper: no pty, stdout and stderr merged */

#include "keeper/kept_command.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/keeper.h"
#include "loop/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define READ_MAX 65536
#define READ_TURN 16  /* reads in one turn of the loop */
#define LAST_READS 32 /* after the end: more than a pipe holds */

struct command_object {
    struct kept kept;
    int fd; /* the reading end of its output */
    struct loop_io *io;
    struct proc *proc;
    struct loop_timer *timer; /* between SIGTERM and SIGKILL */
};

static struct command_object *command_of (struct kept *k)
{
    return container_of (k, struct command_object, kept);
}

void kept_command_spec_done (struct kept_command_spec *s)
{
    free (s->name);
    free (s->cwd);
    strv_done (&s->argv);
    strv_done (&s->environ);
    *s = (struct kept_command_spec){ 0 };
}

/* False: nothing more comes for now, or ever. */
static bool read_once (struct command_object *c)
{
    char text[READ_MAX];
    ssize_t n = read (c->fd, text, sizeof (text));

    if (n < 0 && errno == EINTR)
        return true;
    if (n == 0) { /* every writer has closed it; the process may live on */
        loop_unwatch (c->io);
        c->io = NULL;
    }
    if (n <= 0)
        return false;
    struct slice piece = { text, (size_t)n };
    (void)kept_say (&c->kept, KEEP_BYTES, SUBSCRIPTION_ALL, &piece, 1);
    c->kept.pub.last_activity_us = clock_wall_us ();
    return true;
}

static void on_event (void *arg, unsigned events)
{
    struct command_object *c = arg;

    (void)events;
    for (int i = 0; i < READ_TURN && c->io; i++)
        if (!read_once (c))
            break;
}

static void on_exit_of_command (void *arg, int status)
{
    struct command_object *c = arg;

    loop_cancel (c->timer);
    c->timer = NULL;
    c->kept.pub.wait_status = status;
    /* What is in the pipe, and not what a program left behind goes on to write. */
    for (int i = 0; i < LAST_READS && c->io && read_once (c); i++)
        continue;
    loop_unwatch (c->io);
    c->io = NULL;
    kept_ended (&c->kept);
}

static void kill_now (void *arg)
{
    struct command_object *c = arg;

    c->timer = NULL;
    proc_signal (c->proc, SIGKILL, true);
}

static void command_end (struct kept *k)
{
    struct command_object *c = command_of (k);

    if (c->timer)
        return;
    proc_signal (c->proc, SIGTERM, true);
    c->timer = loop_after (k->keeper->loop, COMMAND_GRACE_US, kill_now, c);
}

static int command_send (struct kept *k, const struct keep_frame *f, struct err *err)
{
    (void)f;
    return err_set (err, PROBLEM_INVALID, "command %s takes no input", k->pub.name);
}

static int command_interrupt (struct kept *k, struct err *err)
{
    (void)err;
    proc_signal (command_of (k)->proc, SIGINT, true);
    return 0;
}

static int command_signal (struct kept *k, int signo, struct err *err)
{
    (void)err;
    proc_signal (command_of (k)->proc, signo, true);
    return 0;
}

static void command_free (struct kept *k)
{
    struct command_object *c = command_of (k);

    loop_cancel (c->timer);
    loop_unwatch (c->io);
    if (c->fd >= 0)
        (void)close (c->fd);
    proc_free (c->proc);
    kept_done (k);
    free (c);
}

static const struct kept_ops command_ops = {
    .send = command_send,
    .interrupt = command_interrupt,
    .signal = command_signal,
    .end = command_end,
    .free = command_free,
};

static int start (struct command_object *c, const struct kept_command_spec *spec,
                  struct err *err)
{
    int out[2];

    if (pipe2 (out, O_CLOEXEC) < 0)
        return err_sys (err, errno, "pipe");
    c->fd = out[0];
    (void)fd_set_nonblock (c->fd, true);
    struct proc_spec p = {
        .argv = &spec->argv,
        .environ = &spec->environ,
        .cwd = spec->cwd,
        .fd_in = -1,
        .fd_out = out[1],
        .fd_err = out[1],
        .new_session = true,
    };
    c->proc = proc_start (c->kept.keeper->loop, &p, on_exit_of_command, c, err);
    (void)close (out[1]);
    if (!c->proc)
        return -1;
    free (c->kept.pub.cwd);
    c->kept.pub.cwd = xstrdup (spec->cwd);
    c->kept.pub.pid = (uint32_t)proc_pid (c->proc);
    c->io = loop_watch (c->kept.keeper->loop, c->fd, LOOP_READ, on_event, c);
    kept_changed (&c->kept);
    log_info ("command", "started command=%s pid=%u", spec->name, c->kept.pub.pid);
    return 0;
}

struct kept *kept_command_start (struct keeper *keeper,
                                 const struct kept_command_spec *spec, struct err *err)
{
    if (spec->argv.n == 0) {
        err_set (err, PROBLEM_INVALID, "command %s: no program is named", spec->name);
        return NULL;
    }
    struct command_object *c = xnew (struct command_object);
    c->fd = -1;
    kept_init (&c->kept, keeper, &command_ops, KEEP_COMMAND, spec->name, KERNEL_BUDGET);
    if (start (c, spec, err) == 0)
        return &c->kept;
    command_free (&c->kept);
    return NULL;
}
