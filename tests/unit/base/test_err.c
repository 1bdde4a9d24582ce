/* test_err.c - texts stay valid and grow leftwards, the table is complete */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

static void test_set_and_wrap (void **state)
{
    struct err err;

    (void)state;
    assert_int_equal (err_set (&err, PROBLEM_CONFLICT, "%s is in use", "a"), -1);
    assert_int_equal (err_wrap (&err, "attach \"%s\"", "mnist"), -1);
    assert_string_equal (err.text, "attach \"mnist\": a is in use");
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    assert_string_equal (err.reason, "");
    assert_int_equal (err_reason (&err, "bad type"), -1);
    assert_string_equal (err.reason, "bad type");
    assert_int_equal (err_set (NULL, PROBLEM_INVALID, "nobody cares"), -1);
    assert_int_equal (err_wrap (NULL, "nobody"), -1);
}

static void test_text_may_quote_itself (void **state)
{
    struct err err;

    (void)state;
    err_set (&err, PROBLEM_INVALID, "inner");
    err_set (&err, PROBLEM_INTERNAL, "outer (%s)", err.text);
    assert_string_equal (err.text, "outer (inner)");
    err_wrap (&err, "again %s", err.text);
    assert_string_equal (err.text, "again outer (inner): outer (inner)");
}

static void test_sys (void **state)
{
    static const struct {
        int number;
        enum problem problem;
    } rows[] = { { ENOENT, PROBLEM_NOT_FOUND }, { ENOTDIR, PROBLEM_NOT_FOUND },
                 { ELOOP, PROBLEM_NOT_FOUND },  { ENAMETOOLONG, PROBLEM_NOT_FOUND },
                 { EACCES, PROBLEM_FORBIDDEN }, { EPERM, PROBLEM_FORBIDDEN },
                 { EROFS, PROBLEM_FORBIDDEN },  { EEXIST, PROBLEM_CONFLICT },
                 { ENOSPC, PROBLEM_NO_SPACE },  { EDQUOT, PROBLEM_NO_SPACE },
                 { EIO, PROBLEM_INTERNAL } };
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof (rows) / sizeof (rows[0]); i++) {
        err_sys (&err, rows[i].number, "open %s", "x");
        assert_int_equal (err.problem, rows[i].problem);
        assert_int_equal (err.sys, rows[i].number);
    }
    err_sys (&err, ENOENT, "open %s", "x");
    assert_string_equal (err.text, "open x: No such file or directory");
}

static void test_long_and_broken_texts (void **state)
{
    struct err err;
    char text[2000];

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset (text, 'x', shift);
        for (size_t i = shift; i + 4 < sizeof (text); i += 3)
            memcpy (text + i, "\xe2\x82\xac", 4);
        err_set (&err, PROBLEM_INVALID, "%s", text);
        assert_true (utf8_valid (err.text, strlen (err.text)));
        assert_null (strchr (err.text, '?'));
        assert_true (strlen (err.text) > sizeof (err.text) - 6);
        err_wrap (&err, "%s", text);
        assert_true (utf8_valid (err.text, strlen (err.text)));
        err_sys (&err, ENOENT, "%s", text);
        assert_non_null (strstr (err.text, "No such file"));
    }
    err_set (&err, PROBLEM_INVALID, "a\xff\xfe z");
    assert_string_equal (err.text, "a?? z");
}

static void test_table (void **state)
{
    (void)state;
    for (int i = 0; i < PROBLEM_COUNT; i++) {
        assert_non_null (problem_table[i].slug);
        assert_in_range (problem_table[i].http_status, 200, 599);
        assert_true ((i == PROBLEM_NONE) == (problem_table[i].exit_code == 0));
    }
    assert_int_equal (problem_table[PROBLEM_UNAUTHENTICATED].http_status, 403);
    assert_int_equal (problem_table[PROBLEM_NO_SPACE].http_status, 500);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_set_and_wrap), cmocka_unit_test (test_text_may_quote_itself),
        cmocka_unit_test (test_sys),          cmocka_unit_test (test_long_and_broken_texts),
        cmocka_unit_test (test_table),
    };
    return cmocka_run_group_tests_name ("err", tests, NULL, NULL);
}
