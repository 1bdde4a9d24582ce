/* test_throttle.c - how long a guesser waits */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/throttle.h"

static void test_pair (void **state)
{
    (void)state;
    for (int64_t n = 0; n < 5; n++)
        assert_int_equal (throttle_wait_s (THROTTLE_PAIR, n, 1000, 1000), 0);
    assert_int_equal (throttle_wait_s (THROTTLE_PAIR, 5, 1000, 1000), 1);
    assert_int_equal (throttle_wait_s (THROTTLE_PAIR, 5, 1000, 1001), 0);
    assert_int_equal (throttle_wait_s (THROTTLE_PAIR, 8, 1000, 1002), 6);
    assert_int_equal (throttle_wait_s (THROTTLE_PAIR, 14, 1000, 1000), 300);
    assert_int_equal (throttle_wait_s (THROTTLE_PAIR, INT64_MAX, 1000, 1000), 300);
}

/* Strangers at many addresses cannot lock anybody out for long. */
static void test_name (void **state)
{
    (void)state;
    assert_int_equal (throttle_wait_s (THROTTLE_NAME, 99, 1000, 1000), 0);
    assert_int_equal (throttle_wait_s (THROTTLE_NAME, 1000000, 1000, 1000), 30);
}

static void test_forgotten (void **state)
{
    (void)state;
    assert_int_equal (throttle_wait_s (THROTTLE_ADDRESS, 1000, 1000, 1000), 900);
    assert_int_equal (throttle_wait_s (THROTTLE_ADDRESS, 1000, 1000, 4600), 0);
    /* A clock that was set back does not lock anybody out for ever. */
    assert_int_equal (throttle_wait_s (THROTTLE_ADDRESS, 1000, 100000, 1000), 0);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_pair),
        cmocka_unit_test (test_name),
        cmocka_unit_test (test_forgotten),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
