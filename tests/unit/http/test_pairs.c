/* test_pairs.c - query arguments (contract 1.6) and cookies */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "http/pairs.h"

#include <string.h>

static void query (struct pairs *p, const char *s)
{
    memset (p, 0, sizeof (*p));
    pairs_add_query (p, s, strlen (s));
}

static void cookies (struct pairs *p, const char *s)
{
    memset (p, 0, sizeof (*p));
    pairs_add_cookies (p, s);
}

static void test_query (void **state)
{
    struct pairs p;

    query (&p, "a=1&b=x%20y+z&a=2&1712345678901&c=%2B&=e&&d=&%61%3D=k");
    assert_string_equal (pairs_last (&p, "a"), "2"); /* the last one wins */
    assert_string_equal (pairs_last (&p, "b"), "x y z");
    assert_string_equal (pairs_last (&p, "1712345678901"), ""); /* a cache buster */
    assert_string_equal (pairs_last (&p, "c"), "+");
    assert_string_equal (pairs_last (&p, "d"), "");
    assert_string_equal (pairs_last (&p, ""), "e");
    assert_string_equal (pairs_last (&p, "a="), "k");
    assert_null (pairs_last (&p, "z"));
    assert_false (p.invalid);
    pairs_done (&p);
}

static void test_query_text (void **state)
{
    struct pairs p;

    query (&p, "s=%20%0a+x+%09&n=a%00b&c=%01x&u=%C3%A5&e=100%&g=%zz");
    assert_string_equal (pairs_last (&p, "s"), "x");
    assert_string_equal (pairs_last (&p, "n"), "a b");
    assert_string_equal (pairs_last (&p, "c"), "x");
    assert_string_equal (pairs_last (&p, "u"), "\xc3\xa5");
    assert_string_equal (pairs_last (&p, "e"), "100%");
    assert_string_equal (pairs_last (&p, "g"), "%zz");
    assert_false (p.invalid);
    pairs_done (&p);
    query (&p, "u=%C3");
    assert_true (p.invalid);
    pairs_done (&p);
}

static void test_query_ceiling (void **state)
{
    autodone (buf_done) struct buf b;
    struct pairs p;

    buf_init (&b, 1 << 20);
    for (int i = 0; i < 5000; i++)
        (void)buf_addf (&b, "k%d=%d&", i, i);
    query (&p, b.data);
    assert_int_equal (p.n, PAIRS_MAX);
    pairs_done (&p);
}

static void test_cookies (void **state)
{
    struct pairs p;

    cookies (
        &p,
        "a=1; b=two ; a=3;_xsrf=2|ab|cd|12; q=\"x\\\"y\\054z\"; noequals; e=; =v; d=a=b");
    assert_string_equal (pairs_last (&p, "a"), "3");
    assert_string_equal (pairs_last (&p, "b"), "two");
    assert_string_equal (pairs_last (&p, "_xsrf"), "2|ab|cd|12");
    assert_string_equal (pairs_last (&p, "q"), "x\"y,z");
    assert_string_equal (pairs_last (&p, "e"), "");
    assert_string_equal (pairs_last (&p, "d"), "a=b");
    assert_null (pairs_last (&p, "noequals"));
    pairs_done (&p);
}

static void test_odd_cookies (void **state)
{
    struct pairs p;

    cookies (&p, "a=\"; b=\"\"; c=\"\\\"; d=\"\\\\\"; e=\"\\000\"; f=\"\\9\"; ;;; g");
    assert_string_equal (pairs_last (&p, "a"), "\"");
    assert_string_equal (pairs_last (&p, "b"), "");
    assert_string_equal (pairs_last (&p, "d"), "\\");
    assert_string_equal (pairs_last (&p, "e"), " "); /* a NUL would cut the value */
    pairs_done (&p);
    cookies (&p, "");
    assert_int_equal (p.n, 0);
    pairs_done (&p);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_query),         cmocka_unit_test (test_query_text),
        cmocka_unit_test (test_query_ceiling), cmocka_unit_test (test_cookies),
        cmocka_unit_test (test_odd_cookies),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
