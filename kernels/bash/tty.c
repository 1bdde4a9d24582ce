/* tty.c - a pseudo-terminal that programs print to
 *
 * We keep the slave open ourselves: for its modes, for the mark, and so that reading the master never fails
 * because nobody has the other end open just now.
 */

#include "bash/tty.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define MARK_RETRY_US (5 * CLOCK_MS)
#define HELD_MAX (2 * TTY_READ + TTY_MARK)

int tty_open (struct tty *t, struct err *err)
{
    struct winsize size = { .ws_row = TTY_ROWS, .ws_col = TTY_COLUMNS };
    struct stat st;

    *t = (struct tty){ .master = -1, .slave = -1 };
    buf_init (&t->held, HELD_MAX);
    t->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->master < 0 || grantpt (t->master) < 0 || unlockpt (t->master) < 0 ||
        ptsname_r (t->master, t->name, sizeof (t->name)))
        return err_sys (err, errno, "cannot make a terminal");
    t->slave = open (t->name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->slave < 0 || fstat (t->slave, &st) < 0 || tcgetattr (t->slave, &t->sane) < 0)
        return err_sys (err, errno, "cannot open the terminal %s", t->name);
    t->device = st.st_rdev;
    t->sane.c_lflag &= ~(tcflag_t)ECHO;
    t->sane.c_oflag &= ~(tcflag_t)ONLCR;
    if (tcsetattr (t->slave, TCSANOW, &t->sane) < 0 ||
        ioctl (t->master, TIOCSWINSZ, &size) < 0)
        return err_sys (err, errno, "cannot set the modes of %s", t->name);
    return 0;
}

void tty_close (struct tty *t)
{
    loop_cancel (t->again);
    loop_unwatch (t->io);
    if (t->master >= 0)
        (void)close (t->master);
    if (t->slave >= 0)
        (void)close (t->slave);
    buf_done (&t->held);
    *t = (struct tty){ .master = -1, .slave = -1 };
}

/* ---- reading ---- */

static void sync_end (struct tty *t, size_t at)
{
    autofree char *rest = NULL;
    size_t n;

    if (at)
        t->ops->data (t->arg, t->held.data, at);
    buf_consume (&t->held, at + TTY_MARK);
    t->mark[0] = '\0';
    rest = buf_take (&t->held, &n);
    t->ops->synced (t->arg); /* may close the terminal */
    if (n && t->ops)
        t->ops->data (t->arg, rest, n);
}

/* During a sync: pass on what cannot be a part of the mark. */
static void look_for_mark (struct tty *t, const char *data, size_t n)
{
    const char *found;
    size_t keep;

    (void)buf_add (&t->held, data, n);
    found = memmem (t->held.data, t->held.len, t->mark, TTY_MARK);
    if (found) {
        sync_end (t, (size_t)(found - t->held.data));
        return;
    }
    keep = t->held.len < TTY_MARK ? t->held.len : TTY_MARK - 1;
    n = t->held.len - keep;
    if (n)
        t->ops->data (t->arg, t->held.data, n);
    buf_consume (&t->held, n);
}

static void write_mark (struct tty *t);

static void on_readable (void *arg, unsigned events)
{
    struct tty *t = arg;
    char data[TTY_READ];
    size_t len = 0;

    while (len < sizeof (data)) {
        ssize_t n = read (t->master, data + len, sizeof (data) - len);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (!len)
        return;
    if (t->mark[0])
        look_for_mark (t, data, len);
    else
        t->ops->data (t->arg, data, len);
}

void tty_watch (struct tty *t, struct loop *l, const struct tty_ops *ops, void *arg)
{
    t->loop = l;
    t->ops = ops;
    t->arg = arg;
    t->io = loop_watch (l, t->master, LOOP_READ, on_readable, t);
}

void tty_pause (struct tty *t, bool on)
{
    if (t->paused == on || !t->io)
        return;
    t->paused = on;
    loop_io_events (t->io, on ? 0 : LOOP_READ);
}

/* ---- the mark ---- */

static void on_mark_again (void *arg)
{
    struct tty *t = arg;

    t->again = NULL;
    write_mark (t);
}

/* A full terminal takes it later; one that a program stopped (^S) is let go. */
static void write_mark (struct tty *t)
{
    ssize_t n;

    (void)tcflow (t->slave, TCOON);
    n = write (t->slave, t->mark + TTY_MARK - t->mark_left, t->mark_left);
    if (n > 0)
        t->mark_left -= (size_t)n;
    if (t->mark_left && !t->again)
        t->again = loop_after (t->loop, MARK_RETRY_US, on_mark_again, t);
}

void tty_sync (struct tty *t)
{
    char random[TTY_MARK / 2];

    ident_random (random, sizeof (random));
    ident_to_hex (random, sizeof (random), t->mark);
    t->mark_left = TTY_MARK;
    write_mark (t);
}

/* ---- typing ---- */

void tty_flush_input (struct tty *t)
{
    (void)tcflush (t->slave, TCIFLUSH);
}

bool tty_type (struct tty *t, const char *data, size_t n)
{
    ssize_t done = write (t->master, data, n);

    return done == (ssize_t)n;
}

bool tty_input_waits (const struct tty *t)
{
    int n = 0;

    return ioctl (t->slave, FIONREAD, &n) == 0 && n > 0;
}

pid_t tty_foreground (const struct tty *t)
{
    pid_t group;

    return ioctl (t->master, TIOCGPGRP, &group) == 0 ? group : -1;
}
