/* keep_in.c - frames that come from the keeper
 *
 * A stage of STAGE bytes is filled by recv and emptied frame by frame.  When the frame at its front is larger
 * than the stage, a block for the whole frame takes over until it is complete.
 */

#include "server/keep_in.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define STAGE (128u << 10)
#define TURN (2u << 20) /* bytes taken in one turn of the loop */

struct keep_in {
    uint8_t stage[STAGE];
    size_t len;
    struct blk *big; /* the frame being read; NULL: the stage is in use */
    size_t big_len;
};

struct keep_in *keep_in_new (void)
{
    return xnew (struct keep_in);
}

void keep_in_clear (struct keep_in *in)
{
    blk_unref (in->big);
    in->big = NULL;
    in->len = in->big_len = 0;
}

void keep_in_free (struct keep_in *in)
{
    if (!in)
        return;
    keep_in_clear (in);
    free (in);
}

/* The frame at the front of the stage, which is LEFT bytes, wants WANT bytes in all. */
static int begin_big (struct keep_in *in, const uint8_t *front, size_t left, size_t want,
                      struct err *err)
{
    in->big = blk_new (want);
    if (!in->big)
        return err_set (err, PROBLEM_NO_SPACE, "no memory for a frame of %zu bytes", want);
    memcpy (in->big->data, front, left);
    in->big_len = left;
    in->len = 0;
    return 0;
}

static int empty_stage (struct keep_in *in, keep_in_fn fn, void *arg, struct err *err)
{
    size_t at = 0, used = 0;
    struct keep_frame f;
    int rc;
    while ((rc = keep_parse (in->stage + at, in->len - at, &f, &used, err)) > 0) {
        if (fn (arg, &f, NULL))
            return -1;
        at += used;
    }
    if (rc < 0)
        return -1;
    if (used > STAGE)
        return begin_big (in, in->stage + at, in->len - at, used, err);
    memmove (in->stage, in->stage + at, in->len - at);
    in->len -= at;
    return 0;
}

static int finish_big (struct keep_in *in, keep_in_fn fn, void *arg, struct err *err)
{
    autocleanup (blk_unref) struct blk *b = take_ptr (in->big);
    struct keep_frame f;
    size_t used;
    int rc = keep_parse (b->data, b->len, &f, &used, err);
    if (rc == 0)
        return err_set (err, PROBLEM_INVALID, "a frame of the keeper is malformed");
    return rc < 0 || fn (arg, &f, b) ? -1 : 0;
}

/* Bytes read; 0: nothing there now; -1: over. */
static ssize_t receive (int fd, void *into, size_t room, struct err *err)
{
    ssize_t n;
    do
        n = recv (fd, into, room, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n == 0)
        return err_set (err, PROBLEM_UNAVAILABLE, "the keeper closed the connection");
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return 0;
    return err_sys (err, errno, "read from the keeper");
}

int keep_in_read (struct keep_in *in, int fd, keep_in_fn fn, void *arg, struct err *err)
{
    err->problem = PROBLEM_NONE;
    for (size_t taken = 0; taken < TURN;) {
        uint8_t *into = in->big ? in->big->data + in->big_len : in->stage + in->len;
        size_t room = in->big ? in->big->len - in->big_len : STAGE - in->len;
        ssize_t n = receive (fd, into, room, err);
        if (n <= 0)
            return (int)n;
        taken += (size_t)n;
        if (!in->big) {
            in->len += (size_t)n;
            if (empty_stage (in, fn, arg, err))
                return -1;
        } else if ((in->big_len += (size_t)n) == in->big->len) {
            if (finish_big (in, fn, arg, err))
                return -1;
        }
        if ((size_t)n < room)
            return 0;
    }
    return 0;
}
