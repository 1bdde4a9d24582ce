/* timer.c - timers and the next turn of the loop
 *
 * Timers are a binary heap in front of one timerfd.  libwebsockets' own timers round the
 * wait down to whole milliseconds and poll without waiting for the rest of it: up to a
 * thousand wake-ups for each timer, so they serve only loop_soon outside of our own turns,
 * where no waiting is wanted anyway.  Cancelling leaves the timerfd as it is: at worst it fires once for
 * nothing.
 */
#include "base/clock.h"
#include "base/log.h"
#include "loop/loop_private.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>

#define TIMER_SOON ((size_t)-1)

struct loop_timer {
    struct loop *loop;
    int64_t due_us;   /* of a soon one: the turn that it was made in */
    int64_t every_us; /* 0: once */
    size_t pos;       /* in the heap, or TIMER_SOON */
    struct list link; /* in loop->soon */
    bool dead;        /* cancelled from its own callback */
    bool running;
    void (*cb) (void *arg);
    void *arg;
};

/* ---- heap -------------------------------------------------------------------------------
 */

static void heap_set (struct loop *l, size_t pos, struct loop_timer *t)
{
    l->heap[pos] = t;
    t->pos = pos;
}

static void heap_up (struct loop *l, struct loop_timer *t)
{
    size_t pos = t->pos;

    while (pos > 0 && l->heap[(pos - 1) / 2]->due_us > t->due_us) {
        heap_set (l, pos, l->heap[(pos - 1) / 2]);
        pos = (pos - 1) / 2;
    }
    heap_set (l, pos, t);
}

static void heap_down (struct loop *l, struct loop_timer *t)
{
    size_t pos = t->pos;

    for (;;) {
        size_t kid = 2 * pos + 1;
        if (kid >= l->heap_n)
            break;
        if (kid + 1 < l->heap_n && l->heap[kid + 1]->due_us < l->heap[kid]->due_us)
            kid++;
        if (l->heap[kid]->due_us >= t->due_us)
            break;
        heap_set (l, pos, l->heap[kid]);
        pos = kid;
    }
    heap_set (l, pos, t);
}

static void heap_add (struct loop *l, struct loop_timer *t)
{
    if (l->heap_n == l->heap_cap) {
        l->heap_cap = l->heap_cap ? l->heap_cap * 2 : 16;
        l->heap = xrealloc (l->heap, l->heap_cap, sizeof (*l->heap));
    }
    t->pos = l->heap_n++;
    heap_up (l, t);
}

static void heap_del (struct loop *l, struct loop_timer *t)
{
    struct loop_timer *last = l->heap[--l->heap_n];

    if (last == t)
        return;
    heap_set (l, t->pos, last);
    heap_up (l, last);
    heap_down (l, last);
}

/* ---- the timerfd ------------------------------------------------------------------------
 */

static void on_timer_fd (void *arg, unsigned events);

static void arm (struct loop *l)
{
    struct itimerspec when = { 0 };
    int64_t due;

    if (l->heap_n == 0)
        return;
    due = l->heap[0]->due_us;
    if (l->armed_us && l->armed_us <= due)
        return;
    if (l->timer_fd < 0) {
        l->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (l->timer_fd < 0) {
            log_error ("loop", "cannot make a timer: %s", strerror (errno));
            abort (); /* a loop without time would hang silently */
        }
        l->timer_io = loop_watch (l, l->timer_fd, LOOP_READ, on_timer_fd, l);
    }
    when.it_value.tv_sec = due / CLOCK_S;
    when.it_value.tv_nsec = due % CLOCK_S * 1000;
    (void)timerfd_settime (l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    l->armed_us = due;
}

static void timer_fire (struct loop_timer *t, int64_t now)
{
    struct loop *l = t->loop;

    if (!t->every_us) {
        void (*cb) (void *) = t->cb;
        void *arg = t->arg;
        heap_del (l, t);
        free (t);
        cb (arg);
        return;
    }
    t->due_us = now + t->every_us;
    heap_down (l, t);
    t->running = true;
    t->cb (t->arg);
    t->running = false;
    if (t->dead)
        free (t);
}

static void on_timer_fd (void *arg, unsigned events)
{
    struct loop *l = arg;
    int64_t now = clock_mono_us ();
    uint64_t fired;

    (void)!read (l->timer_fd, &fired, sizeof (fired));
    l->armed_us = 0;
    /* Timers made by a callback are later than NOW, so this ends. */
    while (l->heap_n && l->heap[0]->due_us <= now)
        timer_fire (l->heap[0], now);
    arm (l);
}

static struct loop_timer *timer_new (struct loop *l, void (*cb) (void *arg), void *arg)
{
    struct loop_timer *t = xnew (struct loop_timer);

    t->loop = l;
    t->cb = cb;
    t->arg = arg;
    list_init (&t->link);
    return t;
}

struct loop_timer *loop_after (struct loop *l, int64_t after_us, void (*cb) (void *arg),
                               void *arg)
{
    struct loop_timer *t = timer_new (l, cb, arg);

    t->due_us = clock_mono_us () + (after_us > 0 ? after_us : 1);
    heap_add (l, t);
    arm (l);
    return t;
}

struct loop_timer *loop_every (struct loop *l, int64_t every_us, void (*cb) (void *arg),
                               void *arg)
{
    struct loop_timer *t = timer_new (l, cb, arg);

    t->every_us = every_us > 0 ? every_us : 1;
    t->due_us = clock_mono_us () + t->every_us;
    heap_add (l, t);
    arm (l);
    return t;
}

void loop_cancel (struct loop_timer *t)
{
    if (!t || t->dead)
        return;
    if (t->pos == TIMER_SOON)
        list_remove (&t->link);
    else
        heap_del (t->loop, t);
    if (t->running)
        t->dead = true;
    else
        free (t);
}

/* ---- soon -------------------------------------------------------------------------------
 */

/* Only what was there at the beginning: a callback that asks again waits for the next turn.
 */
void timer_run_soon (struct loop *l)
{
    l->turn++;
    while (!list_empty (&l->soon)) {
        struct loop_timer *t = list_entry (l->soon.next, struct loop_timer, link);
        void (*cb) (void *) = t->cb;
        void *arg = t->arg;
        if (t->due_us == l->turn) {
            timer_wake (l);
            break;
        }
        list_remove (&t->link);
        free (t);
        cb (arg);
    }
}

static void on_soon (lws_sorted_usec_list_t *sul)
{
    timer_run_soon (container_of (sul, struct loop, soon_sul));
}

struct loop_timer *loop_soon (struct loop *l, void (*cb) (void *arg), void *arg)
{
    struct loop_timer *t = timer_new (l, cb, arg);

    t->pos = TIMER_SOON;
    t->due_us = l->turn;
    if (list_empty (&l->soon) && !l->dispatching)
        timer_wake (l);
    list_append (&l->soon, &t->link);
    return t;
}

void timer_wake (struct loop *l)
{
    if (l->lws)
        lws_sul_schedule (l->lws, 0, &l->soon_sul, on_soon, 1);
}

void timer_init (struct loop *l)
{
    l->timer_fd = -1;
    list_init (&l->soon);
}

void timer_done (struct loop *l)
{
    if (l->lws)
        lws_sul_schedule (l->lws, 0, &l->soon_sul, NULL, LWS_SET_TIMER_USEC_CANCEL);
    while (!list_empty (&l->soon))
        loop_cancel (list_entry (l->soon.next, struct loop_timer, link));
    while (l->heap_n)
        loop_cancel (l->heap[0]);
    free (l->heap);
    loop_unwatch (l->timer_io);
    if (l->timer_fd >= 0)
        (void)close (l->timer_fd);
}
