/* turn.c - what the spawner waits for: descriptors and timers
 *
 * epoll, and a list of timers that is looked through once a turn: there are a few for each sandbox.  What is
 * unwatched or cancelled stays in memory, marked, until the turn is over, since epoll may have told of it
 * already.
 */

#include "sandbox/turn.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>

#define BATCH 64

struct turn {
    int epoll;
    bool stopped;
    int code;
    struct list watches, timers, gone; /* GONE: watches to free when the turn is over */
};

struct turn_watch {
    struct list link;
    struct turn *turn;
    int fd;
    void (*cb) (void *arg, unsigned events); /* NULL: unwatched */
    void *arg;
};

struct turn_timer {
    struct list link;
    int64_t at_us;
    void (*cb) (void *arg);
    void *arg;
};

struct turn *turn_new (struct err *err)
{
    int fd = epoll_create1 (EPOLL_CLOEXEC);

    if (fd < 0) {
        (void)err_sys (err, errno, "epoll");
        return NULL;
    }
    struct turn *t = xnew (struct turn);
    t->epoll = fd;
    list_init (&t->watches);
    list_init (&t->timers);
    list_init (&t->gone);
    return t;
}

static void free_gone (struct turn *t)
{
    list_foreach (w, &t->gone, struct turn_watch, link)
    {
        list_remove (&w->link);
        free (w);
    }
}

void turn_free (struct turn *t)
{
    if (!t)
        return;
    list_foreach (w, &t->watches, struct turn_watch, link) turn_unwatch (w);
    list_foreach (tm, &t->timers, struct turn_timer, link) turn_cancel (tm);
    free_gone (t);
    (void)close (t->epoll);
    free (t);
}

struct turn_watch *turn_watch (struct turn *t, int fd, unsigned events,
                               void (*cb) (void *arg, unsigned events), void *arg)
{
    struct turn_watch *w = xnew (struct turn_watch);
    struct epoll_event e = { .events = events, .data.ptr = w };

    *w = (struct turn_watch){ .turn = t, .fd = fd, .cb = cb, .arg = arg };
    if (epoll_ctl (t->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
        free (w);
        return NULL;
    }
    list_append (&t->watches, &w->link);
    return w;
}

void turn_events (struct turn_watch *w, unsigned events)
{
    struct epoll_event e = { .events = events, .data.ptr = w };

    (void)epoll_ctl (w->turn->epoll, EPOLL_CTL_MOD, w->fd, &e);
}

void turn_unwatch (struct turn_watch *w)
{
    if (!w)
        return;
    (void)epoll_ctl (w->turn->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    w->cb = NULL;
    list_remove (&w->link);
    list_append (&w->turn->gone, &w->link);
}

struct turn_timer *turn_after (struct turn *t, int64_t after_us, void (*cb) (void *arg),
                               void *arg)
{
    struct turn_timer *tm = xnew (struct turn_timer);

    *tm = (struct turn_timer){ .at_us = clock_mono_us () + after_us, .cb = cb, .arg = arg };
    list_append (&t->timers, &tm->link);
    return tm;
}

void turn_cancel (struct turn_timer *tm)
{
    if (!tm)
        return;
    list_remove (&tm->link);
    free (tm);
}

static struct turn_timer *next_timer (struct turn *t)
{
    struct turn_timer *next = NULL;

    list_foreach (tm, &t->timers, struct turn_timer, link)
    {
        if (!next || tm->at_us < next->at_us)
            next = tm;
    }
    return next;
}

/* Those that are due now; what they set for "at once" waits for the next turn. */
static void run_timers (struct turn *t)
{
    int64_t now = clock_mono_us ();

    for (struct turn_timer *tm; !t->stopped && (tm = next_timer (t)) && tm->at_us <= now;) {
        void (*cb) (void *) = tm->cb;
        void *arg = tm->arg;

        turn_cancel (tm);
        cb (arg);
    }
}

static int patience_ms (struct turn *t)
{
    struct turn_timer *tm = next_timer (t);
    int64_t us = tm ? tm->at_us - clock_mono_us () : 3600 * CLOCK_S;

    return us <= 0 ? 0 : (int)((us + CLOCK_MS - 1) / CLOCK_MS);
}

int turn_run (struct turn *t)
{
    struct epoll_event e[BATCH];

    for (t->stopped = false; !t->stopped;) {
        int n = epoll_wait (t->epoll, e, BATCH, patience_ms (t));

        for (int i = 0; i < n && !t->stopped; i++) {
            struct turn_watch *w = e[i].data.ptr;

            if (w->cb)
                w->cb (w->arg, e[i].events);
        }
        run_timers (t);
        free_gone (t);
    }
    return t->code;
}

void turn_stop (struct turn *t, int code)
{
    t->stopped = true;
    t->code = code;
}
