/* attach.c - a connection of a server to the keeper
 *
 * Input gathers in a buffer that grows with what really arrived, never with what a header
 * promises, and is given back when a large frame is through.  Output waits in a writeq:
 * answers as bytes, journal data as ranges, the latter only below ATTACH_HIGH, so that a
 * server which reads slowly costs the keeper nothing.
 */

#include "keeper/attach.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/writeq.h"
#include "keeper/request.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_STEP (64u << 10)
#define READ_TURN (2u << 20)  /* bytes taken in one turn of the loop */
#define WRITE_TURN (4u << 20) /* bytes given in one turn */
#define KEEP_INPUT (1u << 20) /* a larger input buffer is given back when empty */
#define MAX_HELLO (64u << 10) /* bytes of a guest's frame */
#define HELLO_US (10 * CLOCK_S)
#define SOCKET_BUFFER (1 << 20)

struct attach {
    struct keeper *keeper;
    struct list guest; /* in `guests` until HELLO */
    int fd;
    struct loop_io *io;
    struct loop_timer *timer; /* for HELLO, then for closing */
    struct buf in;
    struct writeq *out;
    bool hello, closing, blocked;
    uint64_t deferred[ATTACH_MAX_DEFERRED]; /* tokens, and the numbers of their requests */
    uint64_t numbers[ATTACH_MAX_DEFERRED];
    size_t ndeferred;
};

static void on_event (void *arg, unsigned events);

static void no_hello (void *arg)
{
    struct attach *a = arg;

    a->timer = NULL;
    attach_close (a);
}

static bool peer_is_us (int fd)
{
    struct ucred who;
    socklen_t n = sizeof (who);

    return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && who.uid == geteuid ();
}

void attach_accept (struct keeper *k, int fd)
{
    int size = SOCKET_BUFFER;
    struct attach *a;

    if (!peer_is_us (fd) || k->nguests >= ATTACH_MAX_GUESTS) {
        log_warning ("attach", "refused a connection: %s",
                     k->nguests >= ATTACH_MAX_GUESTS ? "too many" : "not our user");
        (void)close (fd);
        return;
    }
    (void)setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof (size));
    a = xnew (struct attach);
    a->keeper = k;
    a->fd = fd;
    (void)fd_set_nonblock (fd, true);
    buf_init (&a->in, (size_t)KEEP_MAX_FRAME + 4);
    a->out = writeq_new (ATTACH_MAX_OUT);
    list_append (&k->guests, &a->guest);
    k->nguests++;
    a->timer = loop_after (k->loop, HELLO_US, no_hello, a);
    a->io = loop_watch (k->loop, fd, LOOP_READ, on_event, a);
}

void attach_free (struct attach *a)
{
    struct keeper *k;

    if (!a)
        return;
    k = a->keeper;
    loop_cancel (a->timer);
    loop_unwatch (a->io);
    (void)close (a->fd);
    if (!list_empty (&a->guest)) {
        list_remove (&a->guest);
        k->nguests--;
    }
    writeq_free (a->out);
    buf_done (&a->in);
    if (k->attach == a) {
        k->attach = NULL;
        keeper_detached (k);
    }
    free (a);
}

static void close_now (void *arg)
{
    struct attach *a = arg;

    a->timer = NULL;
    attach_free (a);
}

void attach_close (struct attach *a)
{
    if (a->closing)
        return;
    a->closing = true;
    loop_cancel (a->timer);
    (void)writeq_flush (a->out, a->fd, WRITE_TURN);
    loop_io_events (a->io, 0);
    a->timer = loop_soon (a->keeper->loop, close_now, a);
}

void attach_flush (struct attach *a)
{
    int rc;

    if (a->closing)
        return;
    rc = writeq_overflowed (a->out) ? -1 : writeq_flush (a->out, a->fd, WRITE_TURN);
    if (rc < 0) {
        log_warning ("attach", "connection ended: %s",
                     writeq_overflowed (a->out) ? "the server does not read"
                                                : strerror (errno));
        attach_close (a);
        return;
    }
    if (a->blocked != !rc) {
        a->blocked = !rc;
        loop_io_events (a->io, a->blocked ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    }
}

bool attach_room (const struct attach *a)
{
    return !a->closing && writeq_bytes (a->out) < ATTACH_HIGH;
}

void attach_frame (struct attach *a, enum keep_kind kind, unsigned channel, uint32_t object,
                   uint64_t number, const void *payload, size_t n)
{
    uint8_t header[KEEP_HEADER];

    keep_header (header, kind, 0, channel, object, number, n);
    (void)writeq_add (a->out, header, sizeof (header));
    if (n)
        (void)writeq_add (a->out, payload, n);
}

void attach_data (struct attach *a, const struct kept *k, const struct subscription *s,
                  const struct journal_record *r)
{
    uint32_t name_len = (uint32_t)strlen (s->name);
    unsigned flags = r->target == SUBSCRIPTION_RECORDERS ? KEEP_F_REQUEST : 0;
    uint8_t header[KEEP_HEADER + 4];

    keep_header (header, KEEP_DATA, flags, r->channel, k->pub.object, r->seq,
                 4 + name_len + r->len);
    for (int i = 0; i < 4; i++)
        header[KEEP_HEADER + i] = (uint8_t)(name_len >> 8 * i);
    (void)writeq_add (a->out, header, sizeof (header));
    (void)writeq_add (a->out, s->name, name_len);
    if (r->data)
        (void)writeq_add (a->out, r->data, r->len);
    else
        writeq_add_range (a->out, r->segment, r->offset, r->len);
}

/* ---- answers ---- */

static void fail (struct attach *a, uint64_t number, const struct err *err)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, sizeof (*err) + 64);
    keep_put_u32 (&b, err->problem);
    keep_put_str (&b, err->text);
    attach_frame (a, KEEP_ERROR, 0, 0, number, b.data, b.len);
}

uint64_t attach_defer (struct attach *a, uint64_t number)
{
    if (a->ndeferred == ATTACH_MAX_DEFERRED)
        return 0;
    a->deferred[a->ndeferred] = ++a->keeper->last_token;
    a->numbers[a->ndeferred++] = number;
    return a->keeper->last_token;
}

/* Forget the token; its request's number in RET. */
static bool take_deferred (struct attach *a, uint64_t token, uint64_t *ret)
{
    for (size_t i = 0; i < a->ndeferred; i++) {
        if (a->deferred[i] != token)
            continue;
        *ret = a->numbers[i];
        a->ndeferred--;
        a->deferred[i] = a->deferred[a->ndeferred];
        a->numbers[i] = a->numbers[a->ndeferred];
        return true;
    }
    return false;
}

void attach_undefer (struct attach *a, uint64_t token)
{
    uint64_t number;

    (void)take_deferred (a, token, &number);
}

void attach_answer (struct attach *a, uint64_t token, const struct err *err,
                    const struct buf *payload)
{
    uint64_t number;

    if (!take_deferred (a, token, &number))
        return;
    if (err && err->problem)
        fail (a, number, err);
    else
        attach_frame (a, KEEP_OK, 0, 0, number, payload ? payload->data : NULL,
                      payload ? payload->len : 0);
}

/* ---- input ---- */

static void become_the_server (struct attach *a)
{
    list_remove (&a->guest);
    a->keeper->nguests--;
    loop_cancel (a->timer);
    a->timer = NULL;
    a->hello = true;
    a->keeper->attach = a;
    a->keeper->attached_us = clock_mono_us ();
    keeper_pump_soon (a->keeper);
}

static void handle (struct attach *a, const struct keep_frame *f)
{
    autodone (buf_done) struct buf answer;
    struct err err = { 0 };
    enum request_result r;

    buf_init (&answer, ATTACH_MAX_OUT / 2);
    r = request_handle (a->keeper, a, a->hello, f, &answer, &err);
    if (r == REQUEST_ANSWER && answer.overflow) {
        err_set (&err, PROBLEM_TOO_LARGE, "the answer is too large");
        r = REQUEST_FAIL;
    }
    if (r == REQUEST_ANSWER)
        attach_frame (a, KEEP_OK, 0, f->object, f->number, answer.data, answer.len);
    else if (r != REQUEST_SILENT)
        fail (a, r == REQUEST_COMPLAIN ? 0 : f->number, &err);
    if (r == REQUEST_ANSWER && !a->hello)
        become_the_server (a);
    if (r == REQUEST_REFUSED) {
        log_warning ("attach", "connection refused: %s", err.text);
        attach_close (a);
    }
}

/* Handle the whole frames of the input; bytes that the next one wants in all, or 0 if
 * unknown. */
static size_t handle_frames (struct attach *a)
{
    struct keep_frame f;
    struct err err = { 0 };
    size_t at = 0, used = 0;
    int rc = 0;

    while (!a->closing &&
           (rc = keep_parse (a->in.data + at, a->in.len - at, &f, &used, &err)) > 0) {
        handle (a, &f);
        at += used;
    }
    if (rc == 0 && !a->hello && used > MAX_HELLO)
        rc = err_set (&err, PROBLEM_TOO_LARGE, "a greeting of %zu bytes", used);
    if (rc < 0 && !a->closing) {
        log_warning ("attach", "connection ended: %s", err.text);
        attach_close (a);
    }
    buf_consume (&a->in, at);
    if (!a->in.len && a->in.cap > KEEP_INPUT) {
        buf_done (&a->in);
        buf_init (&a->in, (size_t)KEEP_MAX_FRAME + 4);
    }
    return rc == 0 ? used : 0;
}

static void receive (struct attach *a)
{
    size_t taken = 0, want = 0;

    while (!a->closing && taken < READ_TURN) {
        /* A large frame is read in growing steps, so that a header alone reserves nothing.
         */
        size_t step = want > a->in.len + READ_STEP ? a->in.len : 0;
        char *into;
        ssize_t n;

        if (step > want - a->in.len)
            step = want - a->in.len;
        if (step < READ_STEP)
            step = READ_STEP;
        into = buf_reserve (&a->in, step);
        if (!into) {
            attach_close (a);
            return;
        }
        n = recv (a->fd, into, step, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            attach_close (a);
            return;
        }
        a->in.len += (size_t)n;
        taken += (size_t)n;
        if (a->in.len >= want)
            want = handle_frames (a);
        if ((size_t)n < step)
            return;
    }
}

static void on_event (void *arg, unsigned events)
{
    struct attach *a = arg;

    if (events & (LOOP_READ | LOOP_HANGUP))
        receive (a);
    if (a->closing)
        return;
    attach_flush (a);
    if (attach_room (a))
        keeper_pump_soon (a->keeper);
}
