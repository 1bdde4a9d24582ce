/* test_clock.c - times in text */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdio.h>

static void test_iso (void **state)
{
    char t[CLOCK_TEXT];

    (void)state;
    assert_string_equal (clock_iso_z (1714566896789012LL, t),
                         "2024-05-01T12:34:56.789012Z");
    assert_string_equal (clock_iso_z (1714566896000000LL, t), "2024-05-01T12:34:56Z");
    assert_string_equal (clock_iso_offset (1714566896000001LL, t),
                         "2024-05-01T12:34:56.000001+00:00");
    assert_string_equal (clock_iso_z (-1, t), "1969-12-31T23:59:59.999999Z");
    assert_string_equal (clock_iso_z (INT64_MAX, t), "1970-01-01T00:00:00Z");
    assert_string_equal (clock_iso_z (INT64_MIN, t), "1970-01-01T00:00:00Z");
    assert_string_equal (clock_iso_z (253402300799999999LL, t),
                         "9999-12-31T23:59:59.999999Z");
    assert_string_equal (clock_iso_z (253402300800000000LL, t), "1970-01-01T00:00:00Z");
}

static void test_timespec_is_rounded (void **state)
{
    (void)state;
    assert_int_equal (clock_timespec_us ((struct timespec){ 1, 499 }), 1000000);
    assert_int_equal (clock_timespec_us ((struct timespec){ 1, 500 }), 1000001);
    assert_int_equal (clock_timespec_us ((struct timespec){ 1, 999999999 }), 2000000);
}

static void test_http (void **state)
{
    static const char *const bad[] = { "",
                                       "yesterday",
                                       "Wed, 01 Mai 2024 12:34:56 GMT",
                                       "Wed, 01 May 2024 12:34:56",
                                       "Wed, 01 May 2024 12:34:56 CET",
                                       "Wed, 01 May 2024 12:34:56 GMTx",
                                       "Wed, 00 May 2024 12:34:56 GMT",
                                       "Wed, 32 May 2024 12:34:56 GMT",
                                       "Wed, 01 May 2024 24:34:56 GMT",
                                       "Wed, -1 May 2024 12:34:56 GMT",
                                       "Wed, 01 May 2024 12:-4:56 GMT" };
    char t[CLOCK_TEXT];

    (void)state;
    assert_string_equal (clock_http (1714566896789012LL, t),
                         "Wed, 01 May 2024 12:34:56 GMT");
    assert_int_equal (clock_parse_http (t), 1714566896000000LL);
    assert_int_equal (clock_parse_http ("Sunday, 06-Nov-94 08:49:37 GMT"),
                      784111777000000LL);
    assert_int_equal (clock_parse_http ("Sun Nov  6 08:49:37 1994"), 784111777000000LL);
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_int_equal (clock_parse_http (bad[i]), -1);
}

static void test_now (void **state)
{
    int64_t a = clock_mono_us ();

    (void)state;
    assert_true (clock_mono_us () >= a);
    assert_true (clock_wall_us () > 1600000000 * CLOCK_S);
}

/* Every third day of the years with four digits, at odd times: what gmtime_r says. */
static void test_as_gmtime (void **state)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    for (int64_t s = -62135596800LL; s <= 253402300799LL; s += 3 * 86400 + 40007) {
        char ours[CLOCK_TEXT], theirs[CLOCK_TEXT];
        time_t t = (time_t)s;
        struct tm tm;
        (void)gmtime_r (&t, &tm);
        (void)snprintf (theirs, sizeof (theirs), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                        tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                        tm.tm_sec);
        assert_string_equal (clock_iso_z (s * CLOCK_S, ours), theirs);
        assert_memory_equal (clock_http (s * CLOCK_S, ours), days[tm.tm_wday], 3);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_as_gmtime),
        cmocka_unit_test (test_iso),
        cmocka_unit_test (test_timespec_is_rounded),
        cmocka_unit_test (test_http),
        cmocka_unit_test (test_now),
    };
    return cmocka_run_group_tests_name ("clock", tests, NULL, NULL);
}
