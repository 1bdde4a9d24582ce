/* test_term_size.c - the size that fits everybody (contract 6.10) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/term_size.h"

static bool read_size (const char *text, struct term_size *size)
{
    json_t *j = json_loads (text, JSON_DECODE_ANY, NULL);
    bool ok = term_size_read (j, size);
    json_decref (j);
    return ok;
}

static void check (const char *text, bool ok, unsigned rows, unsigned cols)
{
    struct term_size size = { 5, 6 };
    assert_int_equal (read_size (text, &size), ok);
    assert_int_equal (size.rows, rows);
    assert_int_equal (size.cols, cols);
}

static void test_read (void **state)
{
    check ("[\"set_size\", 30, 100, 400, 800]", true, 30, 100);
    check ("[\"set_size\", 30.7, 100]", true, 30, 100);
    check ("[\"set_size\", null, 100]", true, 5, 100);
    check ("[\"set_size\", 0, -3]", true, 1, 1);
    check ("[\"set_size\", 1e300, 1]", true, TERM_SIZE_MAX, 1);
    check ("[\"set_size\", \"30\", 100]", false, 5, 6);
    check ("[\"set_size\", 30]", false, 5, 6);
    check ("[\"set_size\", [1], {}]", false, 5, 6);
    check ("{}", false, 5, 6);
}

static void test_fit (void **state)
{
    const struct term_size viewers[] = { { 0, 0 }, { 40, 80 }, { 24, 200 }, { 0, 70 } };
    struct term_size all = { 0, 0 };
    term_size_fit (&all, &viewers[0]);
    assert_int_equal (all.rows, 0);
    for (size_t i = 0; i < 4; i++)
        term_size_fit (&all, &viewers[i]);
    assert_int_equal (all.rows, 24);
    assert_int_equal (all.cols, 70);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_read),
        cmocka_unit_test (test_fit),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
