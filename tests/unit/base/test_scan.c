/* test_scan.c - the first byte that ends a run, wherever it stands and whatever is around it */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/scan.h"

static void check_runs (const char *s, size_t n, size_t stop)
{
    assert_int_equal (scan_until (s, n, SCAN_CONTROL), stop);
    assert_int_equal (scan_until (s, n, SCAN_CONTROL | SCAN_QUOTED | SCAN_HIGH), stop);
}

static void test_runs (void **state)
{
    static const struct {
        unsigned char c;
        bool control, quoted, high, line;
    } rows[] = {
        { 0x00, true, false, false, false },  { 0x1f, true, false, false, false },
        { 0x20, false, false, false, false }, { '"', false, true, false, false },
        { '\\', false, true, false, false },  { '!', false, false, false, false },
        { 0x7f, false, false, false, false }, { 0x80, false, false, true, false },
        { 0xff, false, false, true, false },  { 0x9f, false, false, true, false },
        { 0xc2, false, false, true, true },   { 0xe2, false, false, true, true },
        { 0xe3, false, false, true, false },  { 0xc3, false, false, true, false },
    };
    char s[80];
    for (size_t r = 0; r < ARRAY_SIZE (rows); r++) {
        for (size_t n = 1; n <= sizeof (s); n++) {
            for (size_t at = 0; at < n; at++) {
                memset (s, 'x', sizeof (s));
                s[at] = (char)rows[r].c;
                assert_int_equal (scan_until (s, n, SCAN_CONTROL),
                                  rows[r].control ? at : n);
                assert_int_equal (scan_until (s, n, SCAN_QUOTED), rows[r].quoted ? at : n);
                assert_int_equal (scan_until (s, n, SCAN_HIGH), rows[r].high ? at : n);
                assert_int_equal (scan_until (s, n, SCAN_BREAK), rows[r].line ? at : n);
                char copy[sizeof (s)];
                size_t run = scan_copy (copy, s, n, SCAN_HIGH | SCAN_QUOTED);
                assert_int_equal (run, rows[r].high || rows[r].quoted ? at : n);
                assert_memory_equal (copy, s, run);
            }
        }
    }
    /* the first of several, also where a borrow reaches further */
    memset (s, 'x', sizeof (s));
    for (size_t at = sizeof (s); at-- > 0;) {
        s[at] = '\n';
        check_runs (s, sizeof (s), at);
        for (size_t before = 0; before < at; before++) {
            s[before] = ' ';
            check_runs (s, sizeof (s), at);
            s[before] = 'x';
        }
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_runs),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
