/* test_listen.c - which ports are tried */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "server/listen.h"

static uint32_t lowest (void)
{
    return 0;
}
static uint32_t highest (void)
{
    return UINT32_MAX;
}

static void test_one (void **state)
{
    (void)state;
    int ports[LISTEN_CANDIDATES];
    assert_int_equal (listen_candidates (8888, 0, lowest, ports), 1);
    assert_int_equal (ports[0], 8888);
    assert_int_equal (listen_candidates (8888, -3, lowest, ports), 1);
}

static void test_row_then_random (void **state)
{
    (void)state;
    int ports[LISTEN_CANDIDATES];
    assert_int_equal (listen_candidates (8888, 50, lowest, ports), 51);
    for (int i = 0; i < 5; i++)
        assert_int_equal (ports[i], 8888 + i);
    assert_int_equal (ports[5], 8888 - 102);
    (void)listen_candidates (8888, 50, highest, ports);
    assert_in_range (ports[50], 8888 - 102, 8888 + 102);
}

static void test_stays_in_range (void **state)
{
    (void)state;
    int ports[LISTEN_CANDIDATES];
    int n = listen_candidates (1, 100000, lowest, ports);
    assert_int_equal (n, LISTEN_CANDIDATES);
    for (int i = 0; i < n; i++)
        assert_in_range (ports[i], 1, 65535);
    (void)listen_candidates (65535, 9, highest, ports);
    for (int i = 0; i < 10; i++)
        assert_in_range (ports[i], 1, 65535);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_one),
        cmocka_unit_test (test_row_then_random),
        cmocka_unit_test (test_stays_in_range),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
