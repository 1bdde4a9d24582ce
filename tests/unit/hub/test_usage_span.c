/* test_usage_span.c - which days a question about usage means */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/usage_span.h"

#define NOON 1795435200LL /* 2026-11-23 12:00 UTC */
#define MIDNIGHT (NOON - 43200)
#define DAY 86400

static void test_defaults (void **state)
{
    int64_t from, to;
    (void)state;
    assert_int_equal (usage_span (NULL, "", NOON, &from, &to, NULL), 0);
    assert_int_equal (from, MIDNIGHT - 22 * DAY);
    assert_int_equal (to, MIDNIGHT + DAY);
}

static void test_days (void **state)
{
    int64_t from, to;
    (void)state;
    assert_int_equal (usage_span ("2026-11-22", "2026-11-22", NOON, &from, &to, NULL), 0);
    assert_int_equal (from, MIDNIGHT - DAY);
    assert_int_equal (to, MIDNIGHT);
    assert_int_equal (usage_span ("2024-02-29", NULL, NOON, &from, &to, NULL), 0);
    assert_int_equal (usage_span ("1970-01-01", "9999-12-31", NOON, &from, &to, NULL), 0);
    assert_int_equal (from, 0);
}

static void test_no_days (void **state)
{
    static const char *const bad[] = { "2026-11-31",  "2026-02-29", "2026-13-01",
                                       "2026-00-10",  "2026-1-1",   "26-11-23",
                                       "now",         "2026/11/23", "-026-11-23",
                                       "2026-11-23T", "0000-00-00", "2026-11-0:" };
    int64_t from = 7, to = 7;
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof (bad) / sizeof (*bad); i++) {
        assert_int_equal (usage_span (bad[i], NULL, NOON, &from, &to, &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
        assert_int_equal (usage_span (NULL, bad[i], NOON, &from, &to, &err), -1);
    }
    assert_int_equal (usage_span ("2026-11-22", "2026-11-21", NOON, &from, &to, &err), -1);
    assert_int_equal (from, 7);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_defaults),
        cmocka_unit_test (test_days),
        cmocka_unit_test (test_no_days),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
