/* test_cli_words.c - what a person types and reads: which workspace, which project, ages, quoting */

#include "cli/ask.h"
#include "cli/workspace_exec.h"
#include "cli/workspace_find.h"
#include "cli/workspace_wait.h"

#include "base/cleanup.h"
#include "base/jsonx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const char items[] = "[{\"id\":\"run_a\",\"task_instance_id\":\"t1\",\"name\":"
                            "\"mnist\",\"project\":\"alice/projects/vision\"},"
                            "{\"id\":\"run_b\",\"task_instance_id\":\"t2\",\"name\":"
                            "\"mnist\",\"project\":\"alice/projects/speech\"},"
                            "{\"id\":\"run_c\",\"task_instance_id\":\"t3\",\"name\":\"a/"
                            "b\",\"project\":\"bob/projects/vision\"},"
                            "{\"id\":\"run_d\",\"task_instance_id\":\"t4\",\"name\":\"run_"
                            "a\",\"project\":\"bob/projects/x\"}]";

static void test_pick (void **state)
{
    static const struct {
        const char *word, *id;
    } rows[] = {
        { "run_b", "run_b" },
        { "t3", "run_c" },
        { "a/b", "run_c" },
        { "vision/mnist", "run_a" },
        { "alice/speech/mnist", "run_b" },
        { "alice/projects/speech/mnist", "run_b" },
        { "vision/a/b", "run_c" },
        { "run_a", "run_a" }, /* an id comes before a name */
        { "mnist", NULL },
        { "nonesuch", NULL },
        { "vis/mnist", NULL },
        { "lice/vision/mnist", NULL },
        { "alice/vision/", NULL },
        { "", NULL },
    };
    autojson json_t *list = jsonx_parse (items, strlen (items), NULL);

    assert_non_null (list);
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct err err = { 0 };
        const json_t *found = workspace_pick (list, rows[i].word, &err);
        if (!rows[i].id != !found ||
            (found && strcmp (jsonx_str (found, "id", ""), rows[i].id) != 0))
            fail_msg ("%s: %s", rows[i].word, found ? jsonx_str (found, "id", "") : "none");
    }
    struct err err;
    assert_null (workspace_pick (list, "mnist", &err));
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    assert_non_null (strstr (err.text, "run_a (mnist in alice/projects/vision), run_b"));
    assert_null (workspace_pick (list, "x\033[2Jy", &err));
    assert_null (strchr (err.text, '\033'));
    assert_null (workspace_pick (NULL, "x", &err));
    assert_non_null (strstr (err.text, "you have none yet"));
}

static void test_projects (void **state)
{
    static const struct {
        const char *word, *full;
    } rows[] = {
        { "p", "me/projects/p" },
        { "a/p", "a/projects/p" },
        { "a/projects/p", "a/projects/p" },
        { "", NULL },
        { "/p", NULL },
        { "a/", NULL },
        { "a/b/c", NULL },
        { "a/projects/p/q", NULL },
        { "a/projects/", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autofree char *full = project_full_name (rows[i].word, "me", NULL);
        if (!full != !rows[i].full || (full && strcmp (full, rows[i].full) != 0))
            fail_msg ("%s: %s", rows[i].word, full ? full : "none");
    }
    autofree char *nobody = project_full_name ("p", "", NULL);
    assert_null (nobody);
}

static void test_ages (void **state)
{
    static const struct {
        int64_t ago;
        const char *text;
    } rows[] = {
        { -5, "just now" },
        { 9, "just now" },
        { 10, "10 seconds ago" },
        { 60, "a minute ago" },
        { 119, "a minute ago" },
        { 120, "2 minutes ago" },
        { 3599, "59 minutes ago" },
        { 3600, "an hour ago" },
        { 7200, "2 hours ago" },
        { 86399, "23 hours ago" },
        { 86400, "Yesterday" },
        { 2 * 86400, "2 days ago" },
        { 7 * 86400, "1 weeks ago" },
        { 31 * 86400, "1 months ago" },
        { 364 * 86400, "12 months ago" },
        { 800 * 86400, "2 years ago" },
    };
    const int64_t at = 1714564800; /* 2024-05-01T12:00:00 */
    char text[32];

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        ask_age ("2024-05-01T12:00:00.5Z", at + rows[i].ago, text);
        assert_string_equal (text, rows[i].text);
    }
    ask_age (NULL, at, text);
    assert_string_equal (text, "");
    ask_age ("nonsense", at, text);
    assert_string_equal (text, "");
}

static void test_quoting (void **state)
{
    struct strv words = { 0 };

    strv_add (&words, "echo it's");
    autofree char *line = workspace_exec_code (&words, "M:");
    assert_string_equal (line,
                         "bash -c 'echo it'\\''s' </dev/null; printf 'M:%d\\n' $?");
    strv_add (&words, "a b");
    strv_add (&words, "$(x)`y`\n;");
    autofree char *program = workspace_exec_code (&words, "M:");
    assert_non_null (
        strstr (program, "env -- 'echo it'\\''s' 'a b' '$(x)`y`\n;' </dev/null"));
    strv_done (&words);
}

static void test_says (void **state)
{
    static const struct {
        const char *item, *text;
    } rows[] = {
        { "{\"state\":\"running\"}", "running" },
        { "{\"state\":\"queued\",\"position\":2,\"reason\":\"big is in use\"}",
          "queued: place 2 in the line: big is in use" },
        { "{\"state\":\"starting\",\"progress\":{\"step\":\"jupyter\"}}",
          "starting: JupyterLab starts" },
        { "{\"state\":\"failed\",\"reason\":\"no\\u001b[2J disk\"}",
          "failed: no?[2J disk" },
        { "{}", "?" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autojson json_t *j = jsonx_parse (rows[i].item, strlen (rows[i].item), NULL);
        autofree char *text = workspace_says (j);
        assert_string_equal (text, rows[i].text);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_pick), cmocka_unit_test (test_projects),
        cmocka_unit_test (test_ages), cmocka_unit_test (test_quoting),
        cmocka_unit_test (test_says),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
