/* test_ident.c - ids, and what counts as one */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/ident.h"

#include <string.h>

static void test_random (void **state)
{
    char a[IDENT_UUID], b[IDENT_UUID];
    autofree char *hex = ident_hex (24);

    (void)state;
    ident_uuid4 (a);
    ident_uuid4 (b);
    assert_string_not_equal (a, b);
    assert_int_equal (strlen (a), 36);
    assert_int_equal (a[14], '4');
    assert_non_null (strchr ("89ab", a[19]));
    assert_int_equal (strspn (a, "0123456789abcdef-"), 36);
    assert_true (ident_is_kernel_id (a));
    assert_int_equal (strlen (hex), 48);
    assert_int_equal (strspn (hex, "0123456789abcdef"), 48);
}

static void test_to_hex (void **state)
{
    char hex[9];

    (void)state;
    ident_to_hex ("\x00\xff\x1a\x9c", 4, hex);
    assert_string_equal (hex, "00ff1a9c");
}

static void test_equal (void **state)
{
    (void)state;
    assert_true (ident_equal ("abc", "abc"));
    assert_false (ident_equal ("abc", "abd"));
    assert_false (ident_equal ("abc", "abcd"));
    assert_true (ident_equal ("", ""));
}

static void test_kernel_id (void **state)
{
    static const char *const good[] = { "a-b-c-d-e", "1_2-b-\xc3\xa9-d-e" };
    static const char *const bad[] = {
        "",           "a",           "a-b-c-d",      "a-b-c-d-",   "a-b-c-d-e-",
        "a--b-c-d-e", "a-b-c-d-e-f", "a-b-c-d-e/..", "a.b-c-d-e-f"
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (good); i++)
        assert_true (ident_is_kernel_id (good[i]));
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_false (ident_is_kernel_id (bad[i]));
}

static void test_word (void **state)
{
    (void)state;
    assert_true (ident_is_word ("notebook_1"));
    assert_true (ident_is_word ("caf\xc3\xa9"));
    assert_false (ident_is_word (""));
    assert_false (ident_is_word ("a.b"));
    assert_false (ident_is_word ("../x"));
    assert_false (ident_is_word ("a b"));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_random), cmocka_unit_test (test_to_hex),
        cmocka_unit_test (test_equal),  cmocka_unit_test (test_kernel_id),
        cmocka_unit_test (test_word),
    };
    return cmocka_run_group_tests_name ("ident", tests, NULL, NULL);
}
