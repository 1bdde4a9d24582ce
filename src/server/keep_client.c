/* keep_client.c - the connection to the keeper and its life
 *
 *     IDLE -> dial -> HELLO -> SYNC -> READY
 *               nobody there: STARTING, then dial again
 *               taken by a living server, or of another version: the next directory
 *               anything else: RESTING for a while, doubling up to a minute
 *
 * Losing the connection fails all requests and begins at `dial` with the same directory.
 */

#include "server/keep_client_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/keep_dial.h"

#include <errno.h>
#include <string.h>

#define START_US (10 * CLOCK_S)  /* for a keeper to listen */
#define HELLO_US (5 * CLOCK_S)   /* for a greeting to be answered */
#define AGAIN_US (20 * CLOCK_MS) /* its backlog was full */
#define REST_US (CLOCK_S / 4)
#define REST_MAX_US (60 * CLOCK_S)

static void dial (struct keep_client *kc);

static void on_timer (void *arg)
{
    struct keep_client *kc = arg;
    kc->timer = NULL;
    dial (kc);
}

static void set_timer (struct keep_client *kc, int64_t us, void (*cb) (void *arg))
{
    loop_cancel (kc->timer);
    kc->timer = loop_after (kc->loop, us, cb, kc);
}

static void disconnect (struct keep_client *kc)
{
    loop_cancel (kc->flush);
    loop_cancel (kc->timer);
    kc->flush = kc->timer = NULL;
    kc->connection++;
    loop_unwatch (kc->io);
    kc->io = NULL;
    if (kc->fd >= 0)
        (void)close (kc->fd);
    kc->fd = -1;
    kc->writing = kc->pressed = kc->overflowed = false;
    keep_out_clear (kc->out);
    keep_in_clear (kc->in);
}

static void end_start (struct keep_client *kc)
{
    loop_unwatch (kc->ready_io);
    kc->ready_io = NULL;
    if (kc->ready_fd >= 0)
        (void)close (kc->ready_fd);
    kc->ready_fd = -1;
}

static void finish_quit (struct keep_client *kc)
{
    void (*done) (void *arg) = kc->quit_done;
    kc->quit_done = NULL;
    disconnect (kc);
    kc->state = KC_IDLE;
    if (done)
        done (kc->quit_arg);
}

/* Nothing helps now: tell who waits, and try again later. */
static void rest (struct keep_client *kc, const struct err *why)
{
    struct err down = *why, *err = &down;
    if (down.problem != PROBLEM_TIMEOUT) /* a missing socket is no missing kernel */
        down.problem = PROBLEM_UNAVAILABLE;
    disconnect (kc);
    end_start (kc);
    if (kc->quitting) {
        finish_quit (kc);
        return;
    }
    kc->state = KC_RESTING;
    kc->spawned = false;
    kc->index = 0;
    log_error ("keeper", "%s; trying again in %lld ms", err->text,
               (long long)(kc->rest_us / CLOCK_MS));
    set_timer (kc, kc->rest_us, on_timer);
    kc->rest_us = kc->rest_us * 2 > REST_MAX_US ? REST_MAX_US : kc->rest_us * 2;
    keep_waiters_tell (kc, err);
    keep_requests_fail (kc, err);
}

void keep_client_lost (struct keep_client *kc, const struct err *err)
{
    bool was_ready = kc->state == KC_READY;
    log_warning ("keeper", "connection lost pid=%d: %s", (int)kc->pid, err->text);
    if (!was_ready) {
        rest (kc, err);
        return;
    }
    disconnect (kc);
    kc->state = KC_IDLE;
    kc->spawned = false;
    struct err gone = { .problem = PROBLEM_UNAVAILABLE };
    (void)err_set (&gone, PROBLEM_UNAVAILABLE, "the connection to the keeper was lost");
    keep_requests_fail (kc, &gone);
    if (kc->quitting)
        finish_quit (kc);
    else
        set_timer (kc, 0, on_timer);
}

/* ---- input and output
 * ---------------------------------------------------------------------------- */

static void tell_drained (struct keep_client *kc)
{
    for (size_t i = 0; i < kc->nwatchers; i++)
        if (kc->watchers[i].events->drained)
            kc->watchers[i].events->drained (kc->watchers[i].arg);
}

static void relieve (struct keep_client *kc)
{
    if (!kc->pressed || keep_out_bytes (kc->out) > KEEP_CLIENT_LOW)
        return;
    kc->pressed = false;
    tell_drained (kc);
}

static void flush (void *arg)
{
    struct keep_client *kc = arg;
    struct err err;
    kc->flush = NULL;
    if (kc->fd < 0)
        return;
    int rc = kc->overflowed ? -1 : keep_out_flush (kc->out, kc->fd);
    if (rc < 0) {
        if (kc->overflowed)
            (void)err_set (&err, PROBLEM_UNAVAILABLE, "the keeper does not read");
        else
            (void)err_sys (&err, errno, "write to the keeper");
        keep_client_lost (kc, &err);
        return;
    }
    if (kc->writing != (rc == 0)) {
        kc->writing = rc == 0;
        loop_io_events (kc->io, kc->writing ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    }
    relieve (kc);
}

void keep_client_flush_soon (struct keep_client *kc)
{
    if (!kc->flush && !kc->writing)
        kc->flush = loop_soon (kc->loop, flush, kc);
}

static void on_io (void *arg, unsigned events)
{
    struct keep_client *kc = arg;
    unsigned connection = kc->connection;
    struct err err;
    if (events & LOOP_WRITE) {
        loop_cancel (kc->flush);
        flush (kc);
    }
    if (kc->connection != connection || !(events & (LOOP_READ | LOOP_HANGUP)))
        return;
    if (keep_in_read (kc->in, kc->fd, keep_client_frame, kc, &err) &&
        kc->connection == connection)
        keep_client_lost (kc, &err);
}

/* ---- attaching
 * ----------------------------------------------------------------------------------- */

static void next_directory (struct keep_client *kc)
{
    struct err err;
    disconnect (kc);
    kc->spawned = false;
    if (kc->fixed) { /* the server before us is not quite gone */
        kc->state = KC_STARTING;
        set_timer (kc, AGAIN_US, on_timer);
        return;
    }
    if (++kc->index < KEEP_CLIENT_DIRS) {
        dial (kc);
        return;
    }
    (void)err_set (
        &err, PROBLEM_UNAVAILABLE,
        "%d servers run for this directory already; none of their keepers is free",
        KEEP_CLIENT_DIRS);
    rest (kc, &err);
}

static void on_hello (void *arg, struct keep_reader *r, const struct err *err)
{
    struct keep_client *kc = arg;
    if (kc->state != KC_HELLO)
        return;
    if (err && (err->problem == PROBLEM_BUSY || err->problem == PROBLEM_UNSUPPORTED)) {
        log_info ("keeper", "keeper %u is not for us: %s", kc->index + 1, err->text);
        next_directory (kc);
        return;
    }
    if (err) {
        keep_client_lost (kc, err);
        return;
    }
    kc->state = KC_SYNC;
    keep_sync_begin (kc);
}

static void on_no_hello (void *arg)
{
    struct keep_client *kc = arg;
    struct err err;
    kc->timer = NULL;
    (void)err_set (&err, PROBLEM_TIMEOUT, "the keeper does not answer");
    keep_client_lost (kc, &err);
}

static void connected (struct keep_client *kc, int fd)
{
    kc->fd = fd;
    kc->state = KC_HELLO;
    kc->io = loop_watch (kc->loop, fd, LOOP_READ, on_io, kc);
    set_timer (kc, HELLO_US, on_no_hello);
    struct buf *b = keep_client_begin (kc, KEEP_HELLO, 0);
    keep_put_u32 (b, KEEP_VERSION);
    keep_put_str (b, LABWRIGHT_VERSION);
    keep_put_str (b, kc->root_dir);
    keep_request_now (kc, on_hello, kc);
}

void keep_client_synced (struct keep_client *kc)
{
    loop_cancel (kc->timer);
    kc->timer = NULL;
    kc->state = KC_READY;
    kc->rest_us = REST_US;
    keep_requests_release (kc);
    tell_drained (
        kc); /* who was held back, by the connection before or by there being none */
    keep_waiters_tell (kc, NULL);
}

/* ---- starting a keeper
 * --------------------------------------------------------------------------- */

static void on_start_late (void *arg)
{
    struct keep_client *kc = arg;
    struct err err;
    kc->timer = NULL;
    (void)err_set (&err, PROBLEM_TIMEOUT, "the keeper did not start in time");
    rest (kc, &err);
}

static void on_listening (void *arg, unsigned events)
{
    struct keep_client *kc = arg;
    end_start (kc);
    dial (kc);
}

static void on_keeper_exit (void *arg, int status)
{
    struct keep_client *kc = arg;
    proc_free (kc->proc);
    kc->proc = NULL;
    log_info ("keeper", "ended status=%d", status);
}

static void spawn (struct keep_client *kc, const char *dir)
{
    struct err err;
    proc_free (kc->proc);
    kc->spawned = true;
    kc->proc = keep_dial_spawn (kc->loop, dir, &kc->ready_fd, on_keeper_exit, kc, &err);
    if (!kc->proc) {
        (void)err_wrap (&err, "start a keeper");
        rest (kc, &err);
        return;
    }
    kc->state = KC_STARTING;
    kc->ready_io = loop_watch (kc->loop, kc->ready_fd, LOOP_READ, on_listening, kc);
    set_timer (kc, START_US, on_start_late);
}

static void dial (struct keep_client *kc)
{
    struct err err;
    autofree char *dir = kc->fixed
                             ? xstrdup (kc->fixed)
                             : keep_dial_dir (kc->runtime_dir, kc->root_dir, kc->index);
    int fd = keep_dial (dir, &kc->pid, &err);
    if (fd >= 0) {
        connected (kc, fd);
    } else if (kc->quitting) {
        finish_quit (kc);
    } else if (err.problem == PROBLEM_BUSY) {
        kc->state = KC_STARTING;
        set_timer (kc, AGAIN_US, on_timer);
    } else if (err.problem == PROBLEM_NOT_FOUND && !kc->spawned && !kc->fixed) {
        spawn (kc, dir);
    } else {
        (void)err_wrap (&err, "reach the keeper in %s", dir);
        rest (kc, &err);
    }
}

/* ---- life
 * ---------------------------------------------------------------------------------------- */

struct keep_client *keep_client_new (struct loop *l, const char *runtime_dir,
                                     const char *root_dir, struct err *err)
{
    struct keep_client *kc = xnew (struct keep_client);
    kc->loop = l;
    kc->runtime_dir = xstrdup (runtime_dir);
    kc->root_dir = xstrdup (root_dir);
    kc->fd = kc->ready_fd = -1;
    kc->in = keep_in_new ();
    kc->out = keep_out_new (KEEP_CLIENT_MAX_OUT);
    kc->rest_us = REST_US;
    list_init (&kc->requests);
    list_init (&kc->waiters);
    keep_requests_release (kc);
    keep_subs_init (kc);
    return kc;
}

void keep_client_fix (struct keep_client *kc, const char *dir)
{
    free (kc->fixed);
    kc->fixed = xstrdup (dir);
}

void keep_client_stop (struct keep_client *kc)
{
    struct err err;
    if (!kc)
        return;
    disconnect (kc);
    end_start (kc);
    kc->state = KC_IDLE;
    kc->quitting = true;
    (void)err_set (&err, PROBLEM_CANCELLED, "the server ends");
    while (!list_empty (&kc->waiters) || !list_empty (&kc->requests)) {
        keep_waiters_tell (kc, &err);
        keep_requests_fail (kc, &err);
    }
}

void keep_client_free (struct keep_client *kc)
{
    if (!kc)
        return;
    proc_free (kc->proc);
    keep_requests_free (kc);
    keep_subs_free (kc);
    keep_in_free (kc->in);
    keep_out_free (kc->out);
    free (kc->runtime_dir);
    free (kc->root_dir);
    free (kc->fixed);
    free (kc);
}

void keep_client_start (struct keep_client *kc)
{
    dial (kc);
}

bool keep_client_listed (const struct keep_object *objs, size_t n, uint32_t object)
{
    for (size_t i = 0; i < n; i++)
        if (objs[i].object == object)
            return true;
    return false;
}

void keep_client_watch (struct keep_client *kc, uint32_t type,
                        const struct keep_events *events, void *arg)
{
    if (kc->nwatchers < KEEP_CLIENT_WATCHERS)
        kc->watchers[kc->nwatchers++] = (struct keep_watcher){ type, events, arg };
}

static void on_quit (void *arg, struct keep_reader *r, const struct err *err)
{
    finish_quit (arg);
}

static void quit_when_ready (void *arg, const struct err *err)
{
    struct keep_client *kc = arg;
    if (err) {
        finish_quit (kc);
        return;
    }
    (void)keep_client_begin (kc, KEEP_QUIT, 0);
    keep_request_now (kc, on_quit, kc);
}

void keep_client_quit (struct keep_client *kc, void (*done) (void *arg), void *arg)
{
    kc->quitting = true;
    kc->quit_done = done;
    kc->quit_arg = arg;
    if (kc->state == KC_RESTING || kc->state == KC_IDLE)
        set_timer (kc, 0,
                   on_timer); /* a keeper that is there after all ends, none is started */
    keep_client_when_ready (kc, quit_when_ready, kc);
}
