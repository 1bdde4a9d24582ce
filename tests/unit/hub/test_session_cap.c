/* test_session_cap.c - when a session has lasted long enough, and when that is said */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "hub/session_cap.h"

#define T0 1800000000LL
#define DAY 86400LL

/* A clock that goes a second at a time: when the warning comes and when the end, seconds after the start.  What is
 * looked at begins FROM seconds after it. */
static void live (int64_t cap, int64_t from, int64_t *ret_warned, int64_t *ret_stopped)
{
    struct session_cap_decision d = { .next = 0 };
    int64_t warned = 0;
    for (int64_t s = from;; s++) {
        session_cap_decide (T0, cap, warned, T0 + s, &d);
        if (d.act != SESSION_CAP_WAIT && !warned)
            warned = T0 + s;
        if (d.act == SESSION_CAP_STOP) {
            *ret_warned = warned - T0;
            *ret_stopped = s;
            return;
        }
        assert_true (d.next > T0 + s);
        assert_true (d.stops_at > T0 + s);
        if (d.next - T0 - s > 2)
            s = d.next - T0 - 2; /* nothing happens before */
    }
}

static void test_it_is_said_before (void **state)
{
    (void)state;
    static const struct {
        int64_t cap, from, warned, stopped;
    } rows[] = {
        { 7 * DAY, 0, 7 * DAY - 3600, 7 * DAY },
        { 3600, 0, 2400, 3600 },
        { 6, 0, 4, 6 },
        { 1, 0, 1, 1 },
        { 7 * DAY, 7 * DAY - 10, 7 * DAY - 10, 7 * DAY - 10 + 300 },
        { 7 * DAY, 9 * DAY, 9 * DAY, 9 * DAY + 300 },
        { 60, 3600, 3600, 3620 },
    };
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        int64_t warned, stopped;
        live (rows[i].cap, rows[i].from, &warned, &stopped);
        assert_int_equal (warned, rows[i].warned);
        assert_int_equal (stopped, rows[i].stopped);
    }
}

static void test_no_cap (void **state)
{
    (void)state;
    struct session_cap_decision d;
    session_cap_decide (T0, 0, 0, T0 + 1000 * DAY, &d);
    assert_int_equal (d.act, SESSION_CAP_WAIT);
    assert_int_equal (d.stops_at, 0);
    assert_true (d.next == INT64_MAX);
}

/* A switch to a machine with more takes the warning back. */
static void test_more (void **state)
{
    (void)state;
    struct session_cap_decision d;
    session_cap_decide (T0, 3600, T0 + 2400, T0 + 2500, &d);
    assert_int_equal (d.act, SESSION_CAP_WARN);
    assert_int_equal (d.stops_at, T0 + 3600);
    session_cap_decide (T0, DAY, T0 + 2400, T0 + 2500, &d);
    assert_int_equal (d.act, SESSION_CAP_WAIT);
    assert_int_equal (d.stops_at, T0 + DAY);
}

static void test_words (void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = { { 7 * DAY, "7 days" },
                 { DAY, "1 day" },
                 { 36 * 3600, "36 hours" },
                 { 5400, "90 minutes" },
                 { 61, "61 seconds" } };
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        char text[40];
        session_cap_text (rows[i].seconds, text);
        assert_string_equal (text, rows[i].text);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_it_is_said_before),
        cmocka_unit_test (test_no_cap),
        cmocka_unit_test (test_more),
        cmocka_unit_test (test_words),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
