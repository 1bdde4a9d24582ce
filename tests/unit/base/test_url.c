/* test_url.c - percent-encoding and UTF-8, as Python sees them */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/url.h"

#include <string.h>

static void check (char *made, const char *want)
{
    assert_string_equal (made, want);
    free (made);
}

static void test_encode (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    check (url_encode_path ("\xc3\xa5 b.ipynb"), "%C3%A5%20b.ipynb");
    check (url_encode_path ("a/b~c_d-e.f"), "a/b~c_d-e.f");
    check (url_encode_all ("a/b?c=d&e+%"), "a%2Fb%3Fc%3Dd%26e%2B%25");
    buf_init (&b, 100);
    assert_int_equal (url_encode (&b, "@a/b:c\0", 7, "@:"), 0);
    assert_string_equal (b.data, "@a%2Fb:c%00");
}

static void check_decode (const char *s, bool plus, const char *want, size_t n)
{
    size_t len;
    autofree char *out = url_decode (s, strlen (s), plus, &len);

    assert_int_equal (len, n);
    assert_memory_equal (out, want, n + 1);
}

static void test_decode (void **state)
{
    (void)state;
    check_decode ("%C3%a5%20b", false, "\xc3\xa5 b", 4);
    check_decode ("a+b", false, "a+b", 3);
    check_decode ("a+b%2B", true, "a b+", 4);
    check_decode ("%2525", false, "%25", 3);
    check_decode ("a%00b", false, "a\0b", 3);
    check_decode ("%", false, "%", 1);
    check_decode ("%4", false, "%4", 2);
    check_decode ("%zz%4g", false, "%zz%4g", 6);
    check_decode ("", false, "", 0);
    /* Not a byte behind the end is looked at. */
    autofree char *out = url_decode ("%41", 2, false, NULL);
    assert_string_equal (out, "%4");
}

static void test_join (void **state)
{
    (void)state;
    check (url_join ("/", "api"), "/api");
    check (url_join ("/base/", "/lab/tree"), "/base/lab/tree");
    check (url_join ("/base/", ""), "/base/");
}

static void test_utf8 (void **state)
{
    static const struct {
        const char *s;
        bool valid;
    } rows[] = {
        { "", true },
        { "plain", true },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true },
        { "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", true },
        { "\x80", false },
        { "\xc0\x80", false },
        { "\xc1\xbf", false },
        { "\xe0\x9f\xbf", false },
        { "\xed\xa0\x80", false },
        { "\xf0\x8f\xbf\xbf", false },
        { "\xf4\x90\x80\x80", false },
        { "\xf8\x88\x80\x80\x80", false },
        { "\xe2\x82", false },
        { "\xe2\x28\xa1", false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        assert_int_equal (utf8_valid (rows[i].s, strlen (rows[i].s)), rows[i].valid);
    assert_int_equal (utf8_count ("\xc3\xa9\xe2\x82\xac"
                                  "a",
                                  6),
                      3);
}

static void test_utf8_put (void **state)
{
    static const uint32_t points[] = { 0x41,  0x7f,   0x80,    0x7ff,
                                       0x800, 0xffff, 0x10000, 0x10ffff };
    char s[4];
    uint32_t cp;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (points); i++) {
        size_t n = utf8_put (points[i], s);
        assert_int_equal (utf8_next (s, n, &cp), n);
        assert_int_equal (cp, points[i]);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_encode),   cmocka_unit_test (test_decode),
        cmocka_unit_test (test_join),     cmocka_unit_test (test_utf8),
        cmocka_unit_test (test_utf8_put),
    };
    return cmocka_run_group_tests_name ("url", tests, NULL, NULL);
}
