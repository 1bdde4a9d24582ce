/* test_git_words.c - what git says: its progress, and why it could not */

#include "worker/git_words.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void test_progress (void **state)
{
    static const struct {
        const char *line, *phase;
        unsigned percent;
    } rows[] = {
        { "Receiving objects:  45% (9/20), 1.00 MiB | 2.00 MiB/s", "receiving", 45 },
        { "remote: Counting objects: 100% (3/3), done.", "counting", 100 },
        { "Updating files:   0% (1/900)", "writing", 0 },
        { "Receiving objects: 101% (9/20)", NULL, 0 },
        { "Receiving objects: 99999999999999999999%", NULL, 0 },
        { "Receiving objects:", NULL, 0 },
        { "remote: Enumerating objects: 3, done.", NULL, 0 },
        { "", NULL, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        const char *phase = NULL;
        unsigned percent = 0;
        bool is = git_words_progress (rows[i].line, &phase, &percent);
        assert_int_equal (is, rows[i].phase != NULL);
        if (is)
            assert_string_equal (phase, rows[i].phase);
        assert_int_equal (percent, rows[i].percent);
    }
}

static void test_failures (void **state)
{
    static const struct {
        const char *said, *text;
        enum problem problem;
        enum git_again again;
    } rows[] = {
        { "fatal: could not read Username for 'https://x': terminal prompts disabled\n",
          "is private", PROBLEM_NOT_FOUND, GIT_AGAIN_NO },
        { "warning: Could not find remote branch b to clone.\nfatal: Remote branch b not "
          "found in upstream origin\n",
          "has no branch or tag 'b'", PROBLEM_NOT_FOUND, GIT_AGAIN_NO },
        { "fatal: dumb http transport does not support shallow capabilities\n", "U",
          PROBLEM_UNAVAILABLE, GIT_AGAIN_WHOLE },
        { "fatal: unable to access 'U': The requested URL returned error: 301\n",
          "has moved", PROBLEM_NOT_FOUND, GIT_AGAIN_DOTGIT },
        { "fatal: unable to access 'U': Operation too slow. Less than 500 bytes/sec\n",
          "sends nothing", PROBLEM_TIMEOUT, GIT_AGAIN_NO },
        { "error: RPC failed\nfatal: something \033[31mnew\n", "U: something ?[31mnew",
          PROBLEM_UNAVAILABLE, GIT_AGAIN_NO },
        { "", "git could not clone U", PROBLEM_UNAVAILABLE, GIT_AGAIN_NO },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct err err = { 0 };
        assert_int_equal (git_words_failure (rows[i].said, "U", "b", &err), rows[i].again);
        assert_int_equal (err.problem, rows[i].problem);
        if (!strstr (err.text, rows[i].text))
            fail_msg ("%s: %s", rows[i].said, err.text);
    }
}

static void test_long_words (void **state)
{
    char said[5000] = "fatal: ";
    struct err err;

    memset (said + 7, 'x', sizeof (said) - 8);
    (void)git_words_failure (said, "U", "", &err);
    assert_true (strlen (err.text) < 300);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_progress),
        cmocka_unit_test (test_failures),
        cmocka_unit_test (test_long_words),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
