/* test_loop.c - descriptors, timers, the next turn, signals, the pool; with libwebsockets around it and without */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/times.h>
#include <unistd.h>

struct trail {
    struct loop *loop;
    char text[64];
    int count, turns;
    struct loop_timer *timer;
    struct loop_io *io, *other;
    int fd;
    unsigned events;
};

static int setup (void **state)
{
    struct trail *t = xnew (struct trail);
    struct err err;

    t->loop = loop_new (&err);
    t->fd = -1;
    *state = t;
    return t->loop ? 0 : -1;
}

static int setup_lws (void **state)
{
    struct err err;

    if (setup (state))
        return -1;
    return loop_lws (((struct trail *)*state)->loop, &err) ? 0 : -1;
}

static int teardown (void **state)
{
    struct trail *t = *state;

    loop_free (t->loop);
    free (t);
    return 0;
}

static struct trail *note_to; /* the callbacks below have only a letter for an argument */

static void note (void *letter)
{
    struct trail *t = note_to;

    t->text[strlen (t->text)] = *(const char *)letter;
}

static void stop (void *arg)
{
    loop_stop (((struct trail *)arg)->loop, 7);
}

/* ---- timers -----------------------------------------------------------------------------
 */

static void test_timers_in_order (void **state)
{
    struct trail *t = note_to = *state;
    struct loop_timer *never;

    (void)loop_after (t->loop, 30000, note, "c");
    (void)loop_after (t->loop, 10000, note, "a");
    never = loop_after (t->loop, 15000, note, "x");
    (void)loop_after (t->loop, 20000, note, "b");
    (void)loop_after (t->loop, 40000, stop, t);
    loop_cancel (never);
    loop_cancel (NULL);
    assert_int_equal (loop_run (t->loop), 7);
    assert_string_equal (t->text, "abc");
}

static void test_many_timers (void **state)
{
    struct trail *t = note_to = *state;
    struct loop_timer *timers[500];

    for (int i = 0; i < 500; i++)
        timers[i] = loop_after (t->loop, (i * 7919) % 20000, i == 250 ? note : stop,
                                i == 250 ? (void *)"k" : t);
    for (int i = 0; i < 500; i++)
        if (i != 250)
            loop_cancel (timers[i]);
    (void)loop_after (t->loop, 25000, stop, t);
    (void)loop_run (t->loop);
    assert_string_equal (t->text, "k");
}

static void tick (void *arg)
{
    struct trail *t = arg;

    if (++t->count < 3)
        return;
    loop_cancel (t->timer); /* from its own callback */
    (void)loop_after (t->loop, 5000, stop, t);
}

static void test_every (void **state)
{
    struct trail *t = *state;
    int64_t begun = clock_mono_us ();

    t->timer = loop_every (t->loop, 4000, tick, t);
    (void)loop_run (t->loop);
    assert_int_equal (t->count, 3);
    assert_true (clock_mono_us () - begun >= 12000);
}

/* The library's timers would spin through the last millisecond of each wait. */
static void test_waiting_costs_nothing (void **state)
{
    struct trail *t = *state;
    struct tms a, b;

    (void)loop_after (t->loop, 300000, stop, t);
    (void)times (&a);
    (void)loop_run (t->loop);
    (void)times (&b);
    assert_true ((b.tms_utime + b.tms_stime) - (a.tms_utime + a.tms_stime) <= 2);
}

static void again (void *arg)
{
    struct trail *t = arg;

    t->count++;
    (void)loop_soon (t->loop, again, t);
}

#define TURNS 20

static void stop_after_turns (void *arg, unsigned events)
{
    struct trail *t = arg;

    t->events |= events;
    if (++t->turns == TURNS)
        stop (t);
}

/* What asks for every next turn and a descriptor that is always readable take turns; in libwebsockets' loop the
 * first may have two for one of the other's. */
static void test_soon_lets_others_run (void **state)
{
    struct trail *t = *state;
    struct loop_timer *never = loop_soon (t->loop, stop, t);
    int fds[2];

    loop_cancel (never);
    assert_int_equal (pipe (fds), 0);
    assert_int_equal (write (fds[1], "x", 1), 1);
    t->io = loop_watch (t->loop, fds[0], LOOP_READ, stop_after_turns, t);
    (void)loop_soon (t->loop, again, t);
    (void)loop_run (t->loop);
    assert_in_range (t->count, TURNS - 1, 2 * TURNS + 1);
    loop_unwatch (t->io);
    (void)close (fds[0]);
    (void)close (fds[1]);
}

/* Nothing else is there to wake the loop. */
static void test_stop_from_soon (void **state)
{
    struct trail *t = *state;

    (void)loop_soon (t->loop, stop, t);
    assert_int_equal (loop_run (t->loop), 7);
    loop_stop (t->loop, 3);
    assert_int_equal (loop_run (t->loop), 3);
}

/* What was asked for before the library came is not forgotten. */
static void test_soon_before_lws (void **state)
{
    struct trail *t = *state;
    struct err err;

    (void)loop_soon (t->loop, stop, t);
    assert_non_null (loop_lws (t->loop, &err));
    assert_int_equal (loop_run (t->loop), 7);
}

/* ---- descriptors ------------------------------------------------------------------------
 */

static void on_fd (void *arg, unsigned events)
{
    struct trail *t = arg;
    char byte;

    t->events |= events;
    if ((events & LOOP_READ) && read (t->fd, &byte, 1) == 1)
        t->count++;
    if (t->count == 3 || (events & LOOP_HANGUP))
        loop_stop (t->loop, 0);
}

static void test_level_triggered (void **state)
{
    struct trail *t = *state;
    int fds[2];

    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), 0);
    t->fd = fds[0];
    t->io = loop_watch (t->loop, fds[0], LOOP_READ, on_fd, t);
    assert_int_equal (write (fds[1], "abc", 3), 3);
    (void)loop_run (t->loop);
    assert_int_equal (t->count, 3);
    assert_int_equal (t->events, LOOP_READ);
    loop_unwatch (t->io);
    (void)close (fds[0]);
    (void)close (fds[1]);
}

static void drop_other (void *arg, unsigned events)
{
    struct trail *t = arg;

    t->count++;
    loop_unwatch (t->count == 1 ? t->other : NULL);
    loop_unwatch (t->io);
    (void)loop_after (t->loop, 5000, stop, t);
}

/* Both are in one batch; the one that goes first takes the other with it. */
static void test_unwatch_in_batch (void **state)
{
    struct trail *t = *state;
    int fds[2];

    assert_int_equal (pipe (fds), 0);
    assert_int_equal (write (fds[1], "x", 1), 1);
    t->fd = dup (fds[0]);
    t->io = loop_watch (t->loop, fds[0], LOOP_READ, drop_other, t);
    t->other = loop_watch (t->loop, t->fd, LOOP_READ, drop_other, t);
    (void)loop_run (t->loop);
    assert_int_equal (t->count, 1);
    (void)close (fds[0]);
    (void)close (fds[1]);
    (void)close (t->fd);
}

static void count_hangup (void *arg, unsigned events)
{
    struct trail *t = arg;

    assert_int_equal (events, LOOP_HANGUP);
    t->count++;
}

/* A pty without anybody at the other end hangs up for ever; paused, it says so once, and
 * again after it was asked for something. */
static void test_paused_hangup (void **state)
{
    struct trail *t = *state;
    int master, slave;

    assert_int_equal (openpty (&master, &slave, NULL, NULL, NULL), 0);
    t->io = loop_watch (t->loop, master, 0, count_hangup, t);
    (void)close (slave);
    (void)loop_after (t->loop, 20000, stop, t);
    (void)loop_run (t->loop);
    assert_int_equal (t->count, 1);
    loop_io_events (t->io, LOOP_READ);
    loop_io_events (t->io, 0);
    (void)loop_after (t->loop, 20000, stop, t);
    (void)loop_run (t->loop);
    assert_int_equal (t->count, 2);
    loop_unwatch (t->io);
    (void)close (master);
}

/* Somebody who only reads hears of the end. */
static void test_hangup_is_readable (void **state)
{
    struct trail *t = *state;
    int fds[2];

    assert_int_equal (pipe (fds), 0);
    t->fd = fds[0];
    t->io = loop_watch (t->loop, fds[0], LOOP_READ, on_fd, t);
    (void)close (fds[1]);
    (void)loop_run (t->loop);
    assert_int_equal (t->events, LOOP_READ | LOOP_HANGUP);
    loop_unwatch (t->io);
    (void)close (fds[0]);
}

/* ---- signals and the pool ---------------------------------------------------------------
 */

static void on_signal (void *arg, int signo)
{
    struct trail *t = arg;

    t->count += signo;
    if (signo == SIGUSR2)
        loop_stop (t->loop, 0);
}

static void test_signals (void **state)
{
    struct trail *t = *state;
    struct err err;

    assert_int_equal (loop_on_signal (t->loop, SIGUSR1, on_signal, t, &err), 0);
    assert_int_equal (loop_on_signal (t->loop, SIGUSR2, on_signal, t, &err), 0);
    (void)kill (getpid (), SIGUSR1);
    (void)kill (getpid (), SIGUSR2);
    (void)loop_run (t->loop);
    assert_int_equal (t->count, SIGUSR1 + SIGUSR2);
}

static void work (void *arg)
{
    ((struct trail *)arg)->count++;
}

static void test_pool (void **state)
{
    struct trail *t = *state;
    struct err err;

    assert_int_equal (pool_submit (loop_pool (t->loop), work, stop, t, &err), 0);
    assert_int_equal (loop_run (t->loop), 7);
    assert_int_equal (t->count, 1);
}

#define IN_BOTH(test)                                                                      \
    cmocka_unit_test_setup_teardown (test, setup, teardown),                               \
        cmocka_unit_test_setup_teardown (test, setup_lws, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        IN_BOTH (test_timers_in_order),
        IN_BOTH (test_many_timers),
        IN_BOTH (test_every),
        IN_BOTH (test_waiting_costs_nothing),
        IN_BOTH (test_soon_lets_others_run),
        IN_BOTH (test_stop_from_soon),
        IN_BOTH (test_level_triggered),
        IN_BOTH (test_unwatch_in_batch),
        IN_BOTH (test_paused_hangup),
        IN_BOTH (test_hangup_is_readable),
        IN_BOTH (test_signals),
        IN_BOTH (test_pool),
        cmocka_unit_test_setup_teardown (test_soon_before_lws, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
