/* kept_terminal.c - a terminal in the keeper: a pty and the shell on it
 *
 * The terminal ends with its shell: what is left in the pty then is read, and background
 * programs that still hold the other side do not keep it alive.
 */

#include "keeper/kept_terminal.h"
#include "base/clock.h"
#include "base/log.h"
#include "keeper/keeper.h"
#include "keeper/screen.h"
#include "loop/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define READ_MAX 65536
#define READ_TURN 4     /* reads in one turn of the loop */
#define READ_SMALL 4096 /* bytes, when the last read cost COSTLY_US to interpret */
#define COSTLY_US (4 * CLOCK_MS)
#define LAST_READS 1024       /* after the end: more than a pty holds */
#define INPUT_HIGH (1u << 20) /* typed and not taken: pressure */
#define END_STEP_US (100 * CLOCK_MS)
#define MAX_SIDE 10000 /* rows or columns */

struct terminal {
    struct kept kept;
    int fd; /* the pty's master */
    struct loop_io *io;
    struct proc *proc;
    struct buf input;
    struct screen *screen;
    bool pressed, costly;
    bool gave_up; /* on viewers who take nothing, until one does */
    struct loop_timer *patience;
    struct loop_timer *timer; /* the next step of the end */
    size_t step;
    int64_t told_us;
};

static struct terminal *terminal_of (struct kept *k)
{
    return container_of (k, struct terminal, kept);
}

void kept_terminal_spec_done (struct kept_terminal_spec *s)
{
    free (s->name);
    free (s->cwd);
    strv_done (&s->argv);
    strv_done (&s->environ);
    *s = (struct kept_terminal_spec){ 0 };
}

/* ---- what it prints ---- */

static bool nobody_follows (const struct terminal *t)
{
    return !t->gave_up && kept_least_behind (&t->kept) > TERMINAL_BEHIND;
}

static void choose_events (struct terminal *t);

static void out_of_patience (void *arg)
{
    struct terminal *t = arg;

    t->patience = NULL;
    t->gave_up = true;
    choose_events (t);
}

static void choose_events (struct terminal *t)
{
    bool wait = nobody_follows (t);
    unsigned events = wait ? 0 : LOOP_READ;

    if (wait && !t->patience && t->io)
        t->patience =
            loop_after (t->kept.keeper->loop, TERMINAL_PATIENCE_US, out_of_patience, t);
    if (t->io)
        loop_io_events (t->io, events | (t->input.len ? LOOP_WRITE : 0));
}

static void touch (struct terminal *t)
{
    t->kept.pub.last_activity_us = clock_wall_us ();
    if (t->kept.pub.last_activity_us - t->told_us < CLOCK_S)
        return;
    t->told_us = t->kept.pub.last_activity_us;
    kept_changed (&t->kept);
}

static void write_input (struct terminal *t);

static void on_answer (void *arg, const char *text, size_t n)
{
    struct terminal *t = arg;

    if (t->input.len + n > INPUT_HIGH)
        return;
    (void)buf_add (&t->input, text, n);
    write_input (t);
}

static void show (struct terminal *t, const char *text, size_t n)
{
    int64_t begin = clock_mono_us ();
    bool alone = kept_least_behind (&t->kept) < 0;

    screen_set_answer (t->screen, alone ? on_answer : NULL, t);
    screen_feed (t->screen, text, n);
    t->costly = clock_mono_us () - begin > COSTLY_US;
}

/* One piece of the journal.  A pty gives a page at most in one read, so that several make a
 * piece. False: nothing more comes for now, or ever. */
static bool read_once (struct terminal *t)
{
    char text[READ_MAX];
    size_t len = 0, room = t->costly ? READ_SMALL : sizeof (text);
    ssize_t n = 0;

    while (len < room) {
        n = read (t->fd, text + len, room - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (len) {
        struct slice piece = { text, len };

        show (t, text, len);
        (void)kept_say (&t->kept, KEEP_BYTES, SUBSCRIPTION_ALL, &piece, 1);
        touch (t);
    }
    return n > 0;
}

/* ---- what is typed ---- */

static void write_input (struct terminal *t)
{
    while (t->input.len) {
        ssize_t n = write (t->fd, t->input.data, t->input.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_consume (&t->input, (size_t)n);
    }
    if (t->pressed && t->input.len < INPUT_HIGH / 4) {
        t->pressed = false;
        keeper_pressure (t->kept.keeper, &t->kept, false);
    }
}

static int terminal_send (struct kept *k, const struct keep_frame *f, struct err *err)
{
    struct terminal *t = terminal_of (k);

    if (t->input.len + f->len > TERMINAL_MAX_INPUT)
        return err_set (err, PROBLEM_BUSY, "terminal %s does not take input", k->pub.name);
    (void)buf_add (&t->input, f->payload, f->len);
    write_input (t);
    if (!t->pressed && t->input.len > INPUT_HIGH) {
        t->pressed = true;
        keeper_pressure (k->keeper, k, true);
    }
    touch (t);
    choose_events (t);
    return 0;
}

static void on_event (void *arg, unsigned events)
{
    struct terminal *t = arg;

    if (events & LOOP_WRITE)
        write_input (t);
    /* A hang-up only says that nobody has the other side open now; the shell's end is what
     * counts. */
    for (int i = 0; (events & LOOP_READ) && i < READ_TURN && !nobody_follows (t); i++)
        if (!read_once (t) || t->costly)
            break;
    choose_events (t);
}

/* ---- ends ---- */

static void on_exit_of_shell (void *arg, int status)
{
    struct terminal *t = arg;

    loop_cancel (t->timer);
    loop_cancel (t->patience);
    t->timer = t->patience = NULL;
    t->kept.pub.wait_status = status;
    for (int i = 0; i < LAST_READS && read_once (t); i++)
        continue;
    loop_unwatch (t->io);
    t->io = NULL;
    kept_ended (&t->kept);
}

static void next_step (void *arg)
{
    static const int signals[] = { SIGHUP, SIGCONT, SIGINT, SIGTERM, SIGKILL };
    struct terminal *t = arg;
    int signo = signals[t->step];

    t->timer = NULL;
    proc_signal (t->proc, signo, signo == SIGKILL || signo == SIGHUP);
    if (++t->step < ARRAY_SIZE (signals))
        t->timer = loop_after (t->kept.keeper->loop, END_STEP_US, next_step, t);
}

static void terminal_end (struct kept *k)
{
    struct terminal *t = terminal_of (k);

    if (!t->timer && t->step == 0)
        next_step (t);
}

/* ---- requests ---- */

static int terminal_interrupt (struct kept *k, struct err *err)
{
    if (ioctl (terminal_of (k)->fd, TIOCSIG, SIGINT) < 0)
        return err_sys (err, errno, "interrupt terminal %s", k->pub.name);
    return 0;
}

static int terminal_signal (struct kept *k, int signo, struct err *err)
{
    proc_signal (terminal_of (k)->proc, signo, true);
    return 0;
}

static int set_size (int fd, unsigned rows, unsigned cols)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)cols };

    return ioctl (fd, TIOCSWINSZ, &size);
}

static int terminal_resize (struct kept *k, unsigned rows, unsigned cols, struct err *err)
{
    if (!rows || !cols || rows > MAX_SIDE || cols > MAX_SIDE)
        return err_set (err, PROBLEM_INVALID, "%u rows and %u columns are no size", rows,
                        cols);
    if (set_size (terminal_of (k)->fd, rows, cols) < 0)
        return err_sys (err, errno, "resize terminal %s", k->pub.name);
    screen_resize (terminal_of (k)->screen, rows, cols);
    k->pub.rows = rows;
    k->pub.cols = cols;
    kept_changed (k);
    return 0;
}

static void terminal_moved (struct kept *k)
{
    struct terminal *t = terminal_of (k);

    t->gave_up = false;
    loop_cancel (t->patience);
    t->patience = NULL;
    choose_events (t);
}

static void terminal_repaint (struct kept *k, struct buf *out)
{
    screen_repaint (terminal_of (k)->screen, out);
}

static void terminal_free (struct kept *k)
{
    struct terminal *t = terminal_of (k);

    loop_cancel (t->timer);
    loop_cancel (t->patience);
    loop_unwatch (t->io);
    screen_free (t->screen);
    if (t->fd >= 0)
        (void)close (t->fd);
    proc_free (t->proc);
    buf_done (&t->input);
    kept_done (k);
    free (t);
}

static const struct kept_ops terminal_ops = {
    .send = terminal_send,
    .interrupt = terminal_interrupt,
    .signal = terminal_signal,
    .resize = terminal_resize,
    .end = terminal_end,
    .moved = terminal_moved,
    .repaint = terminal_repaint,
    .free = terminal_free,
};

static int open_pty (struct terminal *t, char *name, size_t room, struct err *err)
{
    t->fd = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->fd < 0 || grantpt (t->fd) < 0 || unlockpt (t->fd) < 0)
        return err_sys (err, errno, "open a pty");
    int rc = ptsname_r (t->fd, name, room);
    return rc ? err_sys (err, rc, "open a pty") : 0;
}

static int start_shell (struct terminal *t, const struct kept_terminal_spec *spec,
                        struct err *err)
{
    struct keep_object *pub = &t->kept.pub;
    char tty[128];

    pub->rows = spec->rows && spec->rows <= MAX_SIDE ? spec->rows : 24;
    pub->cols = spec->cols && spec->cols <= MAX_SIDE ? spec->cols : 80;
    free (pub->cwd);
    pub->cwd = xstrdup (spec->cwd);
    t->screen = screen_new (pub->rows, pub->cols);
    if (open_pty (t, tty, sizeof (tty), err) < 0)
        return -1;
    (void)set_size (t->fd, pub->rows, pub->cols);
    struct proc_spec p = {
        .argv = &spec->argv,
        .environ = &spec->environ,
        .cwd = spec->cwd,
        .fd_in = -1,
        .fd_out = -1,
        .fd_err = -1,
        .new_session = true,
        .tty = tty,
    };
    t->proc = proc_start (t->kept.keeper->loop, &p, on_exit_of_shell, t, err);
    if (!t->proc)
        return -1;
    pub->pid = (uint32_t)proc_pid (t->proc);
    t->io = loop_watch (t->kept.keeper->loop, t->fd, LOOP_READ, on_event, t);
    kept_changed (&t->kept);
    log_info ("terminal", "started terminal=%s pid=%u", pub->name, pub->pid);
    return 0;
}

struct kept *kept_terminal_start (struct keeper *keeper,
                                  const struct kept_terminal_spec *spec, struct err *err)
{
    if (spec->argv.n == 0) {
        err_set (err, PROBLEM_INVALID, "terminal %s: no program is named", spec->name);
        return NULL;
    }
    struct terminal *t = xnew (struct terminal);
    t->fd = -1;
    buf_init (&t->input, TERMINAL_MAX_INPUT);
    kept_init (&t->kept, keeper, &terminal_ops, KEEP_TERMINAL, spec->name, TERMINAL_BUDGET);
    if (start_shell (t, spec, err) == 0)
        return &t->kept;
    terminal_free (&t->kept);
    return NULL;
}
