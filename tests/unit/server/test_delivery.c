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
    delivery_done (&d);
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
    delivery_done (&d);
}

static void test_full_is_late_never_early (void **state)
{
    struct delivery d = { .sent = 0 };
    uint64_t n = 0, number = 3 * DELIVERY_ENTRIES;
    for (uint64_t i = 1; i <= number; i++)
        delivery_add (&d, i * 10, i);
    for (uint64_t sent = 0; sent <= number * 10; sent += 7) {
        if (delivery_sent (&d, sent, &n))
            assert_true (n * 10 <= sent);
    }
    assert_true (delivery_sent (&d, number * 10, &n));
    assert_int_equal (n, number);
    delivery_done (&d);
}

/* The connection breaks: what the peer did not confirm has to be told again. */
static void test_rewind (void **state)
{
    struct delivery d = { .sent = 0 };
    uint64_t n = 0;
    assert_false (delivery_rewind (&d, 1000, &n));
    for (uint64_t i = 1; i <= 10; i++)
        delivery_add (&d, i * 100, i);
    assert_true (delivery_sent (&d, 750, &n));
    assert_int_equal (n, 7);
    assert_false (delivery_rewind (&d, 0, &n));
    assert_false (delivery_rewind (&d, 50, &n)); /* of the eighth, which was not told */
    assert_true (delivery_rewind (&d, 51, &n));
    assert_int_equal (n, 6);
    assert_true (delivery_rewind (&d, 5000, &n));
    assert_int_equal (n, 0);
    delivery_done (&d);
}

static void test_rewind_remembers_so_much (void **state)
{
    struct delivery d = { .sent = 0 };
    uint64_t n = 0, last = 3 * DELIVERY_ENTRIES;
    for (uint64_t i = 1; i <= last; i++) {
        delivery_add (&d, i * 100, i);
        assert_true (delivery_sent (&d, i * 100, &n));
    }
    assert_true (delivery_rewind (&d, 100 * (DELIVERY_ENTRIES - 10), &n));
    assert_int_equal (n, last - (DELIVERY_ENTRIES - 10));
    assert_true (delivery_rewind (&d, 1 << 30, &n));
    assert_int_equal (n, last - DELIVERY_ENTRIES);
    delivery_done (&d);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_in_order),
        cmocka_unit_test (test_dropped),
        cmocka_unit_test (test_full_is_late_never_early),
        cmocka_unit_test (test_rewind),
        cmocka_unit_test (test_rewind_remembers_so_much),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
