/* files_send.c - the bytes of a file on their way to the client
 *
 * Two ways.  Past the queue: once what was queued is written, a pool thread calls sendfile on
 * a duplicate of the connection's socket, until it takes no more or others shall have their
 * turn; nothing is copied, and as the socket does not block, a slow client holds no thread.
 * Through the queue, for TLS and for files that cannot be sent so: a pool thread reads a
 * piece, the loop writes it, and the next is read while the client keeps up.
 *
 * A file that is cut while it is sent ends the connection: its length was promised.
 */
#include "base/blk.h"
#include "http/files_private.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define FILES_TURN ((uint64_t)8 << 20) /* bytes of one trip past the queue */

/* ---- in the pool ------------------------------------------------------------------------
 */

static void became_shorter (struct file_job *j)
{
    (void)err_set (&j->err, PROBLEM_GONE, "%s became shorter while it was sent", j->name);
}

void file_read_piece (struct file_job *j)
{
    size_t want = j->left < FILES_PIECE ? (size_t)j->left : FILES_PIECE;
    ssize_t n;

    j->piece = blk_new (want);
    if (!j->piece) {
        (void)err_set (&j->err, PROBLEM_NO_SPACE, "not enough memory to read %s", j->name);
        return;
    }
    n = pread (j->fd, j->piece->data, want, (off_t)j->from);
    if (n < 0)
        (void)err_sys (&j->err, errno, "%s", j->name);
    else if (n == 0)
        became_shorter (j);
    else
        j->piece->len = (size_t)n;
    j->from += n > 0 ? (uint64_t)n : 0;
    j->left -= n > 0 ? (uint64_t)n : 0;
}

static void work_read (void *arg)
{
    file_read_piece (arg);
}

/* sendfile has sent nothing. */
static void cannot_pass (struct file_job *j)
{
    if (errno == EAGAIN) {
        j->full = true;
    } else if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
        (void)close (j->sock); /* not from this file system: through the queue */
        j->sock = -1;
    } else {
        (void)err_sys (&j->err, errno, "%s", j->name);
    }
}

static void work_pass (void *arg)
{
    struct file_job *j = arg;
    uint64_t turn = j->left < FILES_TURN ? j->left : FILES_TURN;
    off_t at = (off_t)j->from;

    j->passed = 0;
    j->full = false;
    while (j->passed < turn) {
        ssize_t n = sendfile (j->sock, j->fd, &at, (size_t)(turn - j->passed));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            cannot_pass (j);
        else if (n == 0)
            became_shorter (j);
        if (n <= 0)
            break;
        j->passed += (uint64_t)n;
    }
    j->from += j->passed;
    j->left -= j->passed;
}

/* ---- on the loop ------------------------------------------------------------------------
 */

static void done_read (void *arg);
static void done_pass (void *arg);

static void over (struct file_job *j, bool complete)
{
    http_stream_end (j->req, complete);
    file_job_free (j);
}

/* The next trip, past the queue or through it. */
static void go (struct file_job *j)
{
    bool pass = j->sock >= 0;

    j->flying = true;
    if (pool_submit (loop_pool (j->loop), pass ? work_pass : work_read,
                     pass ? done_pass : done_read, j, NULL) == 0)
        return;
    j->flying = false;
    over (j, false);
}

/* Sends the piece that was read, and goes for the next unless the client is slow. */
static void send_piece (struct file_job *j)
{
    struct blk *piece = take_ptr (j->piece);
    bool go_on = http_stream_write (j->req, piece);

    blk_unref (piece);
    if (j->left == 0)
        over (j, true);
    else if (j->sock >= 0)
        http_stream_wait (j->req);
    else if (go_on)
        go (j);
}

static void done_read (void *arg)
{
    struct file_job *j = arg;

    j->flying = false;
    if (j->gone || j->err.problem != PROBLEM_NONE)
        over (j, false);
    else
        send_piece (j);
}

static void done_pass (void *arg)
{
    struct file_job *j = arg;

    j->flying = false;
    http_stream_passed (j->req, j->passed);
    if (j->gone || j->err.problem != PROBLEM_NONE)
        over (j, false);
    else if (j->left == 0)
        over (j, true);
    else if (j->full)
        http_stream_wait (j->req);
    else
        go (j);
}

static void on_drained (void *arg)
{
    struct file_job *j = arg;

    if (!j->flying)
        go (j);
}

static void on_aborted (void *arg)
{
    struct file_job *j = arg;

    j->gone = true;
    if (!j->flying)
        over (j, false);
}

void file_send (struct file_job *j)
{
    uint64_t first = j->piece ? j->piece->len : 0;

    http_stream_begin (j->req, j->status, j->ctype, (int64_t)(j->left + first), on_drained,
                       on_aborted, j);
    if (!j->piece) { /* HEAD, or nothing in it */
        over (j, true);
        return;
    }
    if (j->left > 0)
        j->sock = http_stream_socket (j->req);
    send_piece (j);
}
