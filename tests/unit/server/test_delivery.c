/* test_delivery.c - which numbers have left */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/delivery.h"

static void test_in_order (void **state)
{
    struct delivery d = { .sent = 0 };
    uint64_t n = 0;
    delivery_add (&d, 100, 1);
    delivery_add (&d, 250, 2);
    assert_false (delivery_sent (&d, 99, &n));
    assert_true (delivery_sent (&d, 100, &n));
    assert_int_equal (n, 1);
    assert_false (delivery_sent (&d, 249, &n));
    assert_true (delivery_sent (&d, 1000, &n));
    assert_int_equal (n, 2);
    assert_false (delivery_sent (&d, 2000, &n));
}

/* A record that was dropped adds no bytes: it goes with what was queued before it. */
static void test_dropped (void **state)
{
    struct delivery d = { .sent = 0 };
    uint64_t n = 0;
    delivery_add (&d, 100, 1);
    delivery_add (&d, 100, 2);
    assert_false (delivery_sent (&d, 50, &n));
    assert_true (delivery_sent (&d, 100, &n));
    assert_int_equal (n, 2);
    delivery_add (&d, 100, 3);
    assert_true (delivery_sent (&d, d.sent, &n));
    assert_int_equal (n, 3);
}

static void test_full_is_late_never_early (void **state)
{
    struct delivery d = { .sent = 0 };
    uint64_t n = 0, number = 1000;
    for (uint64_t i = 1; i <= number; i++)
        delivery_add (&d, i * 10, i);
    for (uint64_t sent = 0; sent <= number * 10; sent += 7) {
        if (delivery_sent (&d, sent, &n))
            assert_true (n * 10 <= sent);
    }
    assert_true (delivery_sent (&d, number * 10, &n));
    assert_int_equal (n, number);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_in_order),
        cmocka_unit_test (test_dropped),
        cmocka_unit_test (test_full_is_late_never_early),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
