/* test_args.c - command lines by a table */

#include "base/args.h"
#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static bool json;
static const char *state;
static struct strv list, words;
static struct err err;

static const struct arg table[] = {
    { "json", 0, ARG_FLAG, &json },
    { "state", 's', ARG_TEXT, &state },
    { "alias", 0, ARG_LIST, &list },
};

static int parse (size_t stop, const char *line)
{
    char *argv[16], text[256], *save = NULL;
    int argc = 0;

    json = false;
    state = NULL;
    strv_done (&list);
    strv_done (&words);
    (void)snprintf (text, sizeof text, "verb %s", line);
    for (char *w = strtok_r (text, " ", &save); w; w = strtok_r (NULL, " ", &save))
        argv[argc++] = w;
    static char kept[64];
    int rc = args_parse (table, ARRAY_SIZE (table), argc, argv, stop, &words, &err);
    if (state) {
        (void)snprintf (kept, sizeof kept, "%s", state);
        state = kept;
    }
    return rc;
}

static void test_all_forms (void **unused)
{
    assert_int_equal (parse (0, "create --json a --state=/x b --alias p --alias=q"), 0);
    assert_true (json);
    assert_string_equal (state, "/x");
    assert_int_equal (list.n, 2);
    assert_string_equal (list.v[1], "q");
    assert_int_equal (words.n, 3);
    assert_int_equal (parse (0, "-s /y -- --json -s"), 0);
    assert_string_equal (state, "/y");
    assert_false (json);
    assert_int_equal (words.n, 2);
    assert_int_equal (parse (0, "-s/z -"), 0);
    assert_string_equal (state, "/z");
    assert_int_equal (words.n, 1);
}

static void test_rest_is_words (void **unused)
{
    assert_int_equal (parse (2, "--json exec ws ls -l --json=x"), 0);
    assert_true (json);
    assert_int_equal (words.n, 5);
    assert_string_equal (words.v[3], "-l");
    assert_int_equal (parse (2, "exec ws -- ls -- x"), 0);
    assert_int_equal (words.n, 5);
    assert_string_equal (words.v[2], "ls");
    assert_string_equal (words.v[3], "--");
}

static void test_refused (void **unused)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        { "--nothing", "no such option: --nothing" },
        { "--stat x", "(--state?)" },
        { "-x", "no such option: -x" },
        { "--state", "--state needs a value" },
        { "-s", "--state needs a value" },
        { "--json=1", "--json takes no value" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        assert_int_equal (parse (0, rows[i].line), -1);
        assert_non_null (strstr (err.text, rows[i].says));
    }
    strv_done (&list);
    strv_done (&words);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_all_forms),
        cmocka_unit_test (test_rest_is_words),
        cmocka_unit_test (test_refused),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
