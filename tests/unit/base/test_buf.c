/* test_buf.c - growable bytes keep their ceiling, and blocks their references */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/blk.h"
#include "base/buf.h"
#include "base/cleanup.h"

#include <string.h>

static void test_growth (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 10000);
    assert_string_equal (b.data, "");
    for (int i = 0; i < 1000; i++)
        assert_int_equal (buf_addf (&b, "%04d", i), 0);
    assert_int_equal (b.len, 4000);
    assert_int_equal (strlen (b.data), 4000);
    assert_memory_equal (b.data + 3996, "0999", 5);
    buf_consume (&b, 3996);
    assert_string_equal (b.data, "0999");
    buf_clear (&b);
    assert_string_equal (b.data, "");
    assert_int_equal (b.len, 0);
}

static void test_ceiling (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 8);
    assert_int_equal (buf_adds (&b, "12345678"), 0);
    assert_false (b.overflow);
    assert_int_equal (buf_addc (&b, '9'), -1);
    assert_true (b.overflow);
    assert_string_equal (b.data, "12345678");
    buf_clear (&b);
    assert_false (b.overflow);
    assert_int_equal (buf_adds (&b, "ab"), 0);
    assert_int_equal (buf_add_json_string (&b, "123456", 6), -1);
    assert_string_equal (b.data, "ab");
    assert_int_equal (buf_add_html (&b, "<<", 2), -1);
    assert_string_equal (b.data, "ab");
    assert_int_equal (buf_addf (&b, "%s", "1234567"), -1);
    assert_null (buf_reserve (&b, 7));
    assert_null (buf_reserve (&b, SIZE_MAX));
    assert_non_null (buf_reserve (&b, 6));
    assert_string_equal (b.data, "ab");
}

static void test_numbers (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 32);
    assert_int_equal (buf_addu (&b, 0), 0);
    assert_int_equal (buf_addu (&b, 10), 0);
    assert_int_equal (buf_addu (&b, UINT64_MAX), 0);
    assert_string_equal (b.data, "01018446744073709551615");
    assert_int_equal (buf_addu (&b, 1234567890), -1);
    assert_true (b.overflow);
}

static void test_no_ceiling_to_speak_of (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, SIZE_MAX);
    assert_int_equal (buf_adds (&b, "abc"), 0);
    assert_null (buf_reserve (&b, SIZE_MAX - 3));
    assert_string_equal (b.data, "abc");
}

static void test_reserve_leaves_a_string (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 100);
    assert_non_null (buf_reserve (&b, 50));
    assert_string_equal (b.data, "");
}

static void test_take (void **state)
{
    struct buf b;
    size_t n = 7;

    (void)state;
    buf_init (&b, 100);
    autofree char *nothing = buf_take (&b, &n);
    assert_string_equal (nothing, "");
    assert_int_equal (n, 0);
    buf_add (&b, "a\0b", 3);
    autofree char *three = buf_take (&b, &n);
    assert_int_equal (n, 3);
    assert_memory_equal (three, "a\0b", 4);
    assert_int_equal (b.len, 0);
    buf_done (&b);
    buf_done (&b);
}

static void check_json (const char *s, size_t n, const char *want)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 1000);
    assert_int_equal (buf_add_json_string (&b, s, n), 0);
    assert_string_equal (b.data, want);
}

static void test_json_string (void **state)
{
    (void)state;
    check_json ("", 0, "\"\"");
    check_json ("a\"\\/\b\f\n\r\t", 9, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\"");
    check_json ("\x1b[0m\0", 5, "\"\\u001b[0m\\u0000\"");
    check_json ("\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    check_json ("a\xff"
                "b\xc3",
                4,
                "\"a\xef\xbf\xbd"
                "b\xef\xbf\xbd\"");
    check_json ("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void test_html (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 1000);
    buf_add_html (&b, "<a href='x'>\"&", 14);
    assert_string_equal (b.data, "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}

static void count (void *arg)
{
    ++*(int *)arg;
}

static void test_blocks (void **state)
{
    int released = 0;
    char foreign[] = "foreign";
    struct blk *b = blk_dup ("abc", 3), *w = blk_wrap (foreign, 7, count, &released);

    (void)state;
    assert_memory_equal (b->data, "abc", 3);
    assert_ptr_equal (blk_ref (b), b);
    blk_unref (b);
    assert_memory_equal (b->data, "abc", 3);
    blk_unref (b);
    blk_unref (NULL);
    blk_ref (w);
    blk_unref (w);
    assert_int_equal (released, 0);
    blk_unref (w);
    assert_int_equal (released, 1);
    assert_null (blk_new (SIZE_MAX));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_growth),
        cmocka_unit_test (test_ceiling),
        cmocka_unit_test (test_numbers),
        cmocka_unit_test (test_no_ceiling_to_speak_of),
        cmocka_unit_test (test_reserve_leaves_a_string),
        cmocka_unit_test (test_take),
        cmocka_unit_test (test_json_string),
        cmocka_unit_test (test_html),
        cmocka_unit_test (test_blocks),
    };
    return cmocka_run_group_tests_name ("buf", tests, NULL, NULL);
}
