/* command.c - run a command to its end and collect what it said
 *
 * Output beyond the ceiling is read and dropped, so that the child does not stand still.
 * What the child wrote before it ended is in the pipes by then: after its end they are
 * emptied once and closed, even if a grandchild keeps them open.
 */
#include "base/buf.h"
#include "base/fd.h"
#include "loop/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define COMMAND_PIECE 16384
#define COMMAND_TURN 16 /* pieces read before the loop gets its turn */

struct stream {
    struct command *command;
    struct buf text;
    int fd;
    struct loop_io *io;
};

struct command {
    struct proc *proc;
    struct loop_timer *timer;
    struct stream out, errout;
    char *feed;
    size_t feed_len, fed;
    int feed_fd;
    struct loop_io *feed_io;
    bool timed_out;
    command_done_fn done;
    void *arg;
};

static void stream_close (struct stream *s)
{
    loop_unwatch (s->io);
    s->io = NULL;
    if (s->fd >= 0)
        (void)close (s->fd);
    s->fd = -1;
}

static void feed_close (struct command *c)
{
    loop_unwatch (c->feed_io);
    c->feed_io = NULL;
    if (c->feed_fd >= 0)
        (void)close (c->feed_fd);
    c->feed_fd = -1;
}

static void command_free (struct command *c)
{
    loop_cancel (c->timer);
    feed_close (c);
    stream_close (&c->out);
    stream_close (&c->errout);
    buf_done (&c->out.text);
    buf_done (&c->errout.text);
    proc_free (c->proc);
    free (c->feed);
    free (c);
}

/* Reads one piece: false when there is no more now (the stream is closed at its end). */
static bool stream_piece (struct stream *s)
{
    char piece[COMMAND_PIECE];
    ssize_t n;

    if (s->fd < 0)
        return false;
    n = read (s->fd, piece, sizeof (piece));
    if (n > 0) {
        size_t room = s->text.max - s->text.len;
        (void)buf_add (&s->text, piece, (size_t)n < room ? (size_t)n : room);
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        stream_close (s);
    return false;
}

static void on_stream (void *arg, unsigned events)
{
    struct stream *s = arg;

    for (int i = 0; i < COMMAND_TURN && stream_piece (s); i++)
        ;
}

static void on_feed (void *arg, unsigned events)
{
    struct command *c = arg;
    ssize_t n = write (c->feed_fd, c->feed + c->fed, c->feed_len - c->fed);

    if (n > 0)
        c->fed += (size_t)n;
    if (c->fed == c->feed_len || (n < 0 && errno != EAGAIN && errno != EINTR))
        feed_close (c);
}

/* What is in the pipes now; a pipe holds at most 1 MiB, so this is bounded. */
static void stream_rest (struct stream *s)
{
    for (int i = 0; i < 2 * 1048576 / COMMAND_PIECE && stream_piece (s); i++)
        ;
}

static void on_exit_ (void *arg, int status)
{
    struct command *c = arg;

    stream_rest (&c->out);
    stream_rest (&c->errout);
    c->done (c->arg, c->timed_out ? -1 : status, c->out.text.data, c->out.text.len,
             c->errout.text.data, c->errout.text.len);
    command_free (c);
}

static void on_timeout (void *arg)
{
    struct command *c = arg;

    c->timer = NULL;
    c->timed_out = true;
    proc_signal (c->proc, SIGKILL, true);
}

void command_cancel (struct command *c)
{
    if (!c)
        return;
    proc_signal (c->proc, SIGKILL, true);
    command_free (c);
}

static void stream_open (struct loop *l, struct command *c, struct stream *s, int *fd,
                         size_t max)
{
    s->command = c;
    s->fd = take_fd (*fd);
    buf_init (&s->text, max);
    (void)fd_set_nonblock (s->fd, true);
    s->io = loop_watch (l, s->fd, LOOP_READ, on_stream, s);
}

static void feed_open (struct loop *l, struct command *c, const char *feed, size_t len,
                       int *fd)
{
    c->feed_fd = -1;
    if (!feed)
        return;
    c->feed = xcalloc (1, len + 1);
    memcpy (c->feed, feed, len);
    c->feed_len = len;
    c->feed_fd = take_fd (*fd);
    (void)fd_set_nonblock (c->feed_fd, true);
    c->feed_io = loop_watch (l, c->feed_fd, LOOP_WRITE, on_feed, c);
}

/* A pipe in two autoclose variables. */
static int make_pipe (int *ret_read, int *ret_write, struct err *err)
{
    int fds[2];

    if (pipe2 (fds, O_CLOEXEC) < 0)
        return err_sys (err, errno, "cannot make a pipe");
    *ret_read = fds[0];
    *ret_write = fds[1];
    return 0;
}

struct command *command_run (struct loop *l, const struct proc_spec *spec, const char *feed,
                             size_t feed_len, size_t max, int64_t timeout_us,
                             command_done_fn done, void *arg, struct err *err)
{
    autoclose int in_r = -1, in_w = -1, out_r = -1, out_w = -1, err_r = -1, err_w = -1;
    struct proc_spec mine = *spec;
    struct command *c;

    if ((feed && make_pipe (&in_r, &in_w, err) < 0) ||
        make_pipe (&out_r, &out_w, err) < 0 || make_pipe (&err_r, &err_w, err) < 0)
        return NULL;
    mine.fd_in = in_r;
    mine.fd_out = out_w;
    mine.fd_err = err_w;
    mine.new_session = true;
    c = xnew (struct command);
    c->proc = proc_start (l, &mine, on_exit_, c, err);
    if (!c->proc) {
        free (c);
        return NULL;
    }
    c->done = done;
    c->arg = arg;
    stream_open (l, c, &c->out, &out_r, max);
    stream_open (l, c, &c->errout, &err_r, max);
    feed_open (l, c, feed, feed_len, &in_w);
    if (timeout_us > 0)
        c->timer = loop_after (l, timeout_us, on_timeout, c);
    return c;
}
