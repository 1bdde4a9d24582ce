/* test_bash_parsers.c - the parsers of the Bash kernel: reports, words, verdicts, prompts, pictures, types */

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "bash/media.h"
#include "bash/picture.h"
#include "bash/prompt.h"
#include "bash/report.h"
#include "bash/verdict.h"
#include "bash/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- report ---- */

struct seen {
    unsigned n;
    uint64_t turn;
    int status;
    char cwd[32];
};

static void see (void *arg, const struct report_record *rec)
{
    struct seen *s = arg;

    s->n++;
    s->turn = rec->turn;
    s->status = rec->status;
    if (rec->kind == REPORT_PROMPT)
        (void)snprintf (s->cwd, sizeof (s->cwd), "%s", rec->cwd);
}

static struct seen feed (const char *data, size_t n)
{
    struct seen s = { 0 };
    struct report r;

    report_init (&r);
    report_feed (&r, data, n, see, &s);
    report_done (&r);
    return s;
}

#define FEED(text) feed (text, sizeof (text) - 1)

static void test_reports (void **state)
{
    struct seen s = FEED ("started\0"
                          "7\0\n\0"
                          "prompt\0"
                          "7\0"
                          "3\0/a\nb\0"
                          "5\0\n");

    assert_int_equal (s.n, 1); /* the second is not over */
    s = FEED ("prompt\0"
              "7\0"
              "3\0/a\nb\0"
              "5\0\n\0");
    assert_int_equal (s.n, 1);
    assert_int_equal (s.turn, 7);
    assert_int_equal (s.status, 3);
    assert_string_equal (s.cwd, "/a\nb");
}

static void test_bad_reports (void **state)
{
    assert_int_equal (FEED ("prompt\0"
                            "7\0"
                            "256\0/\0"
                            "5\0\n\0")
                          .n,
                      0);
    assert_int_equal (FEED ("prompt\0"
                            "-7\0"
                            "0\0/\0"
                            "5\0\n\0")
                          .n,
                      0);
    assert_int_equal (FEED ("started\0"
                            "18446744073709551616\0\n\0")
                          .n,
                      0);
    assert_int_equal (FEED ("a\0b\0c\0d\0e\0f\0\n\0"
                            "started\0"
                            "1\0\n\0")
                          .n,
                      1);
}

static void test_long_report_is_dropped (void **state)
{
    char *data = xcalloc (1, 3 * REPORT_MAX);
    struct seen s;

    memset (data, 'x', 2 * REPORT_MAX);
    memcpy (data + 2 * REPORT_MAX,
            "\0\n\0started\0"
            "9\0\n\0",
            15);
    s = feed (data, 2 * REPORT_MAX + 15);
    assert_int_equal (s.n, 1);
    assert_int_equal (s.turn, 9);
    free (data);
}

/* ---- words ---- */

static void check_word (const char *code, enum word_kind kind, size_t start,
                        const char *text)
{
    struct word w;

    words_at (code, strlen (code), strlen (code), &w);
    if (w.kind != kind || w.start != start || strcmp (w.text, text))
        fail_msg ("%s: kind %d start %zu text \"%s\"", code, w.kind, w.start, w.text);
    words_done (&w);
}

static void test_words (void **state)
{
    check_word ("gre", WORD_COMMAND, 0, "gre");
    check_word ("ls | gre", WORD_COMMAND, 5, "gre");
    check_word ("if tes", WORD_COMMAND, 3, "tes");
    check_word ("X=1 gre", WORD_COMMAND, 4, "gre");
    check_word ("./scr", WORD_FILE, 0, "./scr");
    check_word ("cat /etc/pa", WORD_FILE, 4, "/etc/pa");
    check_word ("cat with\\ sp", WORD_FILE, 4, "with sp");
    check_word ("cat \"with sp", WORD_FILE, 5, "with sp");
    check_word ("cd su", WORD_DIRECTORY, 3, "su");
    check_word ("echo $HO", WORD_VARIABLE, 6, "HO");
    check_word ("echo \"${HO", WORD_VARIABLE, 8, "HO");
    check_word ("echo '$HO", WORD_FILE, 6, "$HO");
    check_word ("unset my", WORD_NAME, 6, "my");
    check_word ("ls --x=fi", WORD_FILE, 7, "fi");
    check_word ("ls >fi", WORD_FILE, 4, "fi");
    check_word ("# note\nca", WORD_COMMAND, 7, "ca");
    check_word ("", WORD_COMMAND, 0, "");
}

static void test_names_and_positions (void **state)
{
    autofree char *name = words_name_at ("ls | grep x", 11, 7);
    autofree char *none = words_name_at ("a  b", 4, 2);
    struct word plain = { 0 }, quoted = { .quote = '"' };
    autofree char *a = words_escape (&plain, "a b$");
    autofree char *b = words_escape (&quoted, "a b$");

    assert_string_equal (name, "grep");
    assert_string_equal (none, "");
    assert_string_equal (a, "a\\ b\\$");
    assert_string_equal (b, "a b\\$");
    assert_int_equal (words_byte_offset ("\xc3\xbc"
                                         "b",
                                         3, 1),
                      2);
    assert_int_equal (words_characters ("\xc3\xbc"
                                        "b",
                                        3),
                      2);
}

/* ---- verdict, prompt ---- */

static void test_verdicts (void **state)
{
    autofree char *deeper = verdict_indent ("  for i in 1; do\n");
    autofree char *same = verdict_indent ("  echo a");

    assert_string_equal (verdict ("echo", 0, ""), "complete");
    assert_string_equal (verdict ("echo \\", 0, ""), "incomplete");
    assert_string_equal (verdict ("echo \\\\", 0, ""), "complete");
    assert_string_equal (verdict ("done", 2, "syntax error near unexpected token"),
                         "invalid");
    assert_string_equal (verdict ("if", 2, "syntax error: unexpected end of file"),
                         "incomplete");
    assert_string_equal (verdict ("cat <<E", 0,
                                  "here-document at line 1 delimited by "
                                  "end-of-file (wanted `E')"),
                         "incomplete");
    assert_string_equal (deeper, "      ");
    assert_string_equal (same, "  ");
}

static void test_prompts (void **state)
{
    autofree char *clean = prompt_clean ("50%\r\033[1mName\033[0m:\033]0;t\a ");
    autofree char *broken = prompt_clean ("\xff\033");

    assert_string_equal (clean, "Name: ");
    assert_string_equal (broken, "\xef\xbf\xbd");
    assert_true (prompt_is_secret ("[sudo] password for ada: "));
    assert_true (prompt_is_secret ("Enter PASSPHRASE: "));
    assert_false (prompt_is_secret ("Name: "));
}

/* ---- pictures ---- */

static char *content_of (const char *bytes, size_t n)
{
    struct picture p;
    struct buf b;
    char *text = NULL;

    buf_init (&b, 4096);
    if (picture_parse (bytes, n, &p, NULL) == 0) {
        if (picture_content (&p, &b, NULL) == 0)
            text = xstrdup (b.data);
        picture_done (&p);
    }
    buf_done (&b);
    return text;
}

static void test_pictures (void **state)
{
    static const char good[] =
        "{\"verb\":\"show\",\"mime\":\"text/html\",\"id\":\"a\"}\n<b>\"";
    static const char *const bad[] = {
        "",
        "{}",
        "{}\n",
        "[]\n",
        "{\"verb\":\"show\",\"mime\":\"html\"}\n",
        "{\"verb\":\"show\",\"mime\":\"text/html\",\"update\":true}\n",
        "{\"verb\":\"show\",\"mime\":\"application/json\"}\n{",
        "{\"verb\":\"show\",\"mime\":\"text/plain\"}\n\xff",
    };
    autofree char *text = content_of (good, sizeof (good) - 1);

    assert_string_equal (text, "{\"data\":{\"text/html\":\"<b>\\\"\"},\"metadata\":{},"
                               "\"transient\":{\"display_id\":\"a\"}}");
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_null (content_of (bad[i], strlen (bad[i])));
}

static void test_types (void **state)
{
    assert_string_equal (media_guess ("a.PNG", "", 0), "image/png");
    assert_string_equal (media_guess (NULL, "\xff\xd8\xff", 3), "image/jpeg");
    assert_string_equal (media_guess ("x.d/file", "text", 4), "text/plain");
    assert_string_equal (media_guess (NULL, "\xff\xfe", 2), "application/octet-stream");
    assert_string_equal (media_by_short_name ("md"), "text/markdown");
    assert_null (media_by_short_name ("exe"));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_reports),
        cmocka_unit_test (test_bad_reports),
        cmocka_unit_test (test_long_report_is_dropped),
        cmocka_unit_test (test_words),
        cmocka_unit_test (test_names_and_positions),
        cmocka_unit_test (test_verdicts),
        cmocka_unit_test (test_prompts),
        cmocka_unit_test (test_pictures),
        cmocka_unit_test (test_types),
    };

    return cmocka_run_group_tests_name ("bash_parsers", tests, NULL, NULL);
}
