/* test_turn.c - what the spawner waits for: descriptors, timers, and both taken away in a callback */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sandbox/turn.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MANY 100

static struct turn *t;
static struct turn_watch *watches[2];
static struct turn_timer *timers[MANY];
static int pipes[2][2];
static char said[256];

static int setup (void **state)
{
    t = turn_new (NULL);
    said[0] = '\0';
    return t && pipe (pipes[0]) == 0 && pipe (pipes[1]) == 0 ? 0 : -1;
}

static int teardown (void **state)
{
    turn_free (t);
    for (int i = 0; i < 2; i++) {
        (void)close (pipes[i][0]);
        (void)close (pipes[i][1]);
    }
    return 0;
}

static void say (const char *word)
{
    size_t n = strlen (said);
    (void)snprintf (said + n, sizeof said - n, "%s ", word);
}

static void on_time (void *arg)
{
    say (arg);
    if (!strcmp (arg, "end"))
        turn_stop (t, 5);
}

static void test_timers_in_their_order (void **state)
{
    (void)turn_after (t, 30 * CLOCK_MS, on_time, (void *)"end");
    (void)turn_after (t, 10 * CLOCK_MS, on_time, (void *)"second");
    (void)turn_after (t, 0, on_time, (void *)"first");
    struct turn_timer *never = turn_after (t, 5 * CLOCK_MS, on_time, (void *)"never");
    turn_cancel (never);
    turn_cancel (NULL);
    assert_int_equal (turn_run (t), 5);
    assert_string_equal (said, "first second end ");
}

static void on_ready (void *arg, unsigned events)
{
    char c;
    assert_true (events & POLLIN);
    assert_int_equal (read (*(int *)arg, &c, 1), 1);
    say (c == 'a' ? "a" : "b");
    if (c == 'b')
        turn_stop (t, 0);
}

static void test_descriptors (void **state)
{
    watches[0] = turn_watch (t, pipes[0][0], POLLIN, on_ready, &pipes[0][0]);
    assert_int_equal (write (pipes[0][1], "aab", 3),
                      3); /* level-triggered: one at a time */
    assert_int_equal (turn_run (t), 0);
    assert_string_equal (said, "a a b ");
}

static void on_hangup (void *arg, unsigned events)
{
    assert_true (events & (POLLHUP | POLLERR));
    turn_stop (t, 1);
}

static void test_a_hangup_is_told_where_nothing_was_asked_for (void **state)
{
    watches[0] = turn_watch (t, pipes[0][0], POLLIN, on_hangup, NULL);
    turn_events (watches[0], 0);
    (void)close (pipes[0][1]);
    assert_int_equal (turn_run (t), 1);
    pipes[0][1] = dup (0);
}

/* Whichever comes first takes the other one away. */
static void on_either (void *arg, unsigned events)
{
    int other = !*(int *)arg;
    say ("once");
    turn_unwatch (watches[other]);
    watches[other] = NULL;
}

static void test_unwatched_by_the_other (void **state)
{
    static const int numbers[] = { 0, 1 };
    for (int i = 0; i < 2; i++) {
        watches[i] = turn_watch (t, pipes[i][0], POLLIN, on_either, (void *)&numbers[i]);
        assert_int_equal (write (pipes[i][1], "x", 1), 1);
    }
    (void)turn_after (t, 0, on_time, (void *)"end");
    (void)turn_run (t);
    assert_non_null (strstr (said, "once"));
    assert_true (!watches[0] != !watches[1]);
}

static void on_last (void *arg)
{
    for (int i = 1; i < MANY; i++)
        turn_cancel (timers[i]);
    (void)turn_after (t, 0, on_time, (void *)"end"); /* made in a callback */
}

static void test_cancelled_by_another_of_the_same_moment (void **state)
{
    timers[0] = turn_after (t, 0, on_last, NULL);
    for (int i = 1; i < MANY; i++)
        timers[i] = turn_after (t, CLOCK_MS, on_time, (void *)"cancelled");
    (void)usleep (2000); /* all are due */
    assert_int_equal (turn_run (t), 5);
    assert_string_equal (said, "end ");
}

/* With watches and timers left. */
static void test_freed_as_it_is (void **state)
{
    (void)turn_watch (t, pipes[0][0], POLLIN, on_ready, NULL);
    (void)turn_after (t, CLOCK_S, on_time, (void *)"never");
}

int main (void)
{
#define TEST(f) cmocka_unit_test_setup_teardown (f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST (test_timers_in_their_order),
        TEST (test_descriptors),
        TEST (test_a_hangup_is_told_where_nothing_was_asked_for),
        TEST (test_unwatched_by_the_other),
        TEST (test_cancelled_by_another_of_the_same_moment),
        TEST (test_freed_as_it_is),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
