/* test_shell_words.c - command lines as Python's shlex.split splits them */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/shell_words.h"

static void check (const char *text, size_t n, const char *const *words)
{
    struct strv v = { 0 };
    struct err err;
    assert_int_equal (shell_words (text, &v, &err), 0);
    assert_int_equal (v.n, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal (v.v[i], words[i]);
    strv_done (&v);
}

#define CHECK(text, ...)                                                                   \
    check (text, sizeof ((const char *[]){ __VA_ARGS__ }) / sizeof (char *),               \
           (const char *[]){ __VA_ARGS__ })

static void test_words (void **state)
{
    check ("", 0, NULL);
    check ("  \t\n", 0, NULL);
    CHECK ("bash -l", "bash", "-l");
    CHECK (" a  b ", "a", "b");
    CHECK ("sh -c 'echo \"x\" \\'", "sh", "-c", "echo \"x\" \\");
    CHECK ("a\"b c\"d", "ab cd");
    CHECK ("'a\\\"b\\\\c'", "a\\\"b\\\\c");
    CHECK ("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d");
    CHECK ("a\\ b", "a b");
    CHECK ("''", "");
}

static void test_unclosed (void **state)
{
    static const char *const bad[] = { "'a", "\"a", "a\\", "a 'b c" };
    for (size_t i = 0; i < 4; i++) {
        struct strv v = { 0 };
        struct err err;
        assert_int_equal (shell_words (bad[i], &v, &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
        strv_done (&v);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_words),
        cmocka_unit_test (test_unclosed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
