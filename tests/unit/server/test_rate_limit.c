/* test_rate_limit.c - suspending and resuming output (contract 6.8) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/rate_limit.h"

#define S 1000000LL
#define MS 1000LL

/* N messages of BYTES, EVERY_US apart, from *NOW on; how many passed. */
static int feed (struct rate_limit *r, int64_t *now, int n, int64_t every_us, size_t bytes)
{
    int passed = 0;
    for (int i = 0; i < n; i++, *now += every_us)
        passed += rate_limit_message (r, *now, bytes) == RATE_PASS;
    return passed;
}

static void test_messages (void **state)
{
    struct rate_limit *r = rate_limit_new (10, 0, 3 * S);
    int64_t now = 1000 * S;
    assert_int_equal (feed (r, &now, 30, MS, 0), 30);
    assert_int_equal (rate_limit_message (r, now, 0), RATE_DROP_MESSAGES);
    assert_int_equal (rate_limit_message (r, now, 0), RATE_DROP);
    now += S;
    assert_int_equal (rate_limit_message (r, now, 0), RATE_DROP);
    now += 3 * S;
    assert_int_equal (rate_limit_message (r, now, 0), RATE_PASS);
    rate_limit_free (r);
}

static void test_bytes (void **state)
{
    struct rate_limit *r = rate_limit_new (0, 1000, 3 * S);
    int64_t now = 1000 * S;
    assert_int_equal (rate_limit_message (r, now, 3000), RATE_PASS);
    assert_int_equal (rate_limit_message (r, now, 0), RATE_PASS);
    assert_int_equal (rate_limit_message (r, now, 1), RATE_DROP_BYTES);
    rate_limit_free (r);
}

/* Between 80 % and the limit nothing changes: suspended stays suspended. */
static void test_headroom (void **state)
{
    struct rate_limit *r = rate_limit_new (10, 0, 3 * S);
    int64_t now = 1000 * S;
    assert_int_equal (feed (r, &now, 12, 0, 0), 12);
    now += S;
    assert_int_equal (feed (r, &now, 18, 0, 0), 18);
    assert_int_equal (rate_limit_message (r, now, 0), RATE_DROP_MESSAGES);
    now += 2050 * MS; /* 12 left the window: 18 + 1 of 30 */
    assert_int_equal (rate_limit_message (r, now, 0), RATE_PASS);
    rate_limit_free (r);
    r = rate_limit_new (10, 0, 3 * S);
    now = 1000 * S;
    assert_int_equal (feed (r, &now, 2, 0, 0), 2);
    now += S;
    assert_int_equal (feed (r, &now, 28, 0, 0), 28);
    assert_int_equal (rate_limit_message (r, now, 0), RATE_DROP_MESSAGES);
    now += 2050 * MS; /* 28 + 1 of 30 */
    assert_int_equal (rate_limit_message (r, now, 0), RATE_DROP);
    rate_limit_free (r);
}

static void test_steady_stream_below_the_limit (void **state)
{
    struct rate_limit *r = rate_limit_new (10, 0, 3 * S);
    int64_t now = 1000 * S;
    assert_int_equal (feed (r, &now, 1000, 105 * MS, 0), 1000);
    rate_limit_free (r);
}

static void test_idle_resets (void **state)
{
    struct rate_limit *r = rate_limit_new (10, 10, 3 * S);
    int64_t now = 1000 * S;
    assert_int_equal (feed (r, &now, 40, 0, 0), 30);
    rate_limit_reset (r);
    assert_int_equal (rate_limit_message (r, now, 0), RATE_PASS);
    rate_limit_free (r);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_messages),
        cmocka_unit_test (test_bytes),
        cmocka_unit_test (test_headroom),
        cmocka_unit_test (test_steady_stream_below_the_limit),
        cmocka_unit_test (test_idle_resets),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
