/* test_contents_save.c - saving, chunks and notebooks (contract 3.4.4, 3.4.8) */

#include "contents_fixture.h"

#include <string.h>

/* ---- saving ---------------------------------------------------------------------- */

#define TEXT(s) "{\"type\":\"file\",\"format\":\"text\",\"content\":\"" s "\"}"
#define BASE64(s) "{\"type\":\"file\",\"format\":\"base64\",\"content\":\"" s "\"}"

static void test_save (void **state)
{
    const struct fixture *f = *state;
    autojson json_t *first = call (f, contents_put, "a.txt", TEXT ("x\\r\\ny"), NULL);
    assert_true (jsonx_bool (first, "created!", false));
    assert_true (json_is_null (json_object_get (first, "content")));
    autojson json_t *second = call (f, contents_put, "a.txt", TEXT ("y"), NULL);
    assert_false (jsonx_bool (second, "created!", false));
    expect_file (f, "a.txt", "y");
    assert_false (have (f, ".~a.txt"));
    expect_path (f, contents_put, "b", BASE64 ("aGk="), "b");
    expect_file (f, "b", "hi");
    expect_path (f, contents_put, "b", BASE64 ("a*G\\nk="), "b");
    expect_file (f, "b", "hi");
    expect_path (f, contents_put, "b", BASE64 ("*"), "b");
    expect_file (f, "b", "");
    expect_path (f, contents_put, "d", "{\"type\":\"directory\"}", "d");
    expect_path (f, contents_put, "d", "{\"type\":\"directory\"}", "d");
    expect_path (f, contents_put, "new.txt", "{\"type\":\"file\"}", "new.txt");
    expect_path (f, contents_put, "new.ipynb", "{\"x\":1}", "new.ipynb");
    expect_path (f, contents_put, "up.ipynb", TEXT ("raw"), "up.ipynb");
    expect_file (f, "up.ipynb", "raw");
    expect_path (f, contents_put, "", "", "untitled");
    expect_path (f, contents_put, "d", "{}", "d/untitled");
}

static void test_save_errors (void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *path, *body;
        enum problem problem;
        const char *text;
    } rows[] = {
        { "a", "{\"copy_from\":\"x\"}", PROBLEM_INVALID,
          "Cannot copy with PUT, only POST" },
        { "a", "{\"content\":\"x\",\"format\":\"text\"}", PROBLEM_INVALID,
          "No file type provided" },
        { "a", "{\"type\":\"file\"}", PROBLEM_INVALID, "No file content provided" },
        { "a", "{\"type\":null,\"content\":1}", PROBLEM_INVALID,
          "Unhandled contents type: None" },
        { "a", "{\"type\":\"file\",\"content\":\"x\"}", PROBLEM_INVALID,
          "Must specify format of file contents as 'text' or 'base64'" },
        { "a", "{\"type\":\"file\",\"format\":\"json\",\"content\":\"x\"}", PROBLEM_INVALID,
          "Must specify format" },
        { "a", "{\"type\":\"directory\"}", PROBLEM_INVALID, "Not a directory" },
        { "a", BASE64 ("aGk"), PROBLEM_INVALID, "Encoding error saving a" },
        { "a", "{\"type\":\"file\",\"format\":\"text\",\"content\":1}", PROBLEM_INVALID,
          "Encoding error" },
        { "a", TEXT ("\\ud800"), PROBLEM_INVALID, "" },
        { "d", TEXT ("x"), PROBLEM_INTERNAL, "[Errno 21] Is a directory" },
        { "no/x", TEXT ("x"), PROBLEM_INTERNAL,
          "Unexpected error while saving file: no/x" },
        { "a/x", TEXT ("x"), PROBLEM_INTERNAL, "Unexpected error while saving file: a/x" },
        { "../x", TEXT ("x"), PROBLEM_NOT_FOUND, "outside" },
        { "n.ipynb", "{\"type\":\"notebook\",\"content\":{}}", PROBLEM_INVALID,
          "Unexpected error" },
        { "n.ipynb", "{\"type\":\"notebook\",\"content\":\"x\"}", PROBLEM_INVALID, "" },
        { "n.ipynb", "{\"chunk\":1,\"type\":\"notebook\",\"content\":\"x\"}",
          PROBLEM_INVALID,
          "File type \"notebook\" is not supported for large file transfer" },
        { "no", "", PROBLEM_NOT_FOUND, "No such directory: no" },
        { "a", "{}", PROBLEM_INVALID, "Cannot POST to files" },
    };
    put_file (f, "a", "old");
    put_dir (f, "d");
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        expect_error (f, contents_put, rows[i].path, rows[i].body, rows[i].problem,
                      rows[i].text);
    expect_file (f, "a", "old");
    assert_false (have (f, "n.ipynb"));
}

static void test_chunks (void **state)
{
    const struct fixture *f = *state;
    put_file (f, "up", "old");
    expect_path (
        f, contents_put, "up",
        "{\"type\":\"file\",\"format\":\"base64\",\"chunk\":1,\"content\":\"YQ==\"}", "up");
    expect_path (f, contents_put, "up",
                 "{\"type\":\"file\",\"format\":\"text\",\"chunk\":2,\"content\":\"b\"}",
                 "up");
    expect_path (
        f, contents_put, "up",
        "{\"type\":\"file\",\"format\":\"base64\",\"chunk\":-1,\"content\":\"Yw==\"}",
        "up");
    expect_file (f, "up", "abc");
    expect_path (f, contents_put, "new",
                 "{\"type\":\"file\",\"format\":\"text\",\"chunk\":-1,\"content\":\"x\"}",
                 "new");
    expect_file (f, "new", "x");
}

static void test_notebook (void **state)
{
    const struct fixture *f = *state;
    static const char body[] = "{\"type\":\"notebook\",\"format\":\"json\",\"content\":{"
                               "\"nbformat\":4,\"nbformat_minor\":5,"
                               "\"metadata\":{},\"cells\":[{\"cell_type\":\"code\",\"id\":"
                               "\"a\",\"metadata\":{\"trusted\":true},"
                               "\"source\":\"1\\n2\",\"execution_count\":1,\"outputs\":[{"
                               "\"output_type\":\"display_data\","
                               "\"metadata\":{},\"data\":{\"text/html\":\"<b>\"}}]}]}}";
    expect_path (f, contents_put, "n.ipynb", body, "n.ipynb");
    assert_true (have (f, ".ipynb_checkpoints/n-checkpoint.ipynb"));
    autojson json_t *m = get (f, CONTENT, "n.ipynb", NULL);
    json_t *cell =
        json_array_get (json_object_get (json_object_get (m, "content"), "cells"), 0);
    assert_string_equal (jsonx_str (cell, "source", ""), "1\n2");
    assert_true (jsonx_bool (json_object_get (cell, "metadata"), "trusted", false));
    expect_path (f, contents_post, "", "{\"copy_from\":\"n.ipynb\"}", "n-Copy1.ipynb");
    put_file (f, "m.ipynb",
              "{\"nbformat\":4,\"nbformat_minor\":4,\"metadata\":{},\"cells\":[{\"cell_"
              "type\":\"code\","
              "\"metadata\":{},\"source\":\"\",\"execution_count\":1,\"outputs\":[{"
              "\"output_type\":"
              "\"display_data\",\"metadata\":{},\"data\":{\"text/"
              "html\":\"<b>\"}}],\"extra\":1}]}");
    autojson json_t *n = get (f, CONTENT, "m.ipynb", NULL);
    cell = json_array_get (json_object_get (json_object_get (n, "content"), "cells"), 0);
    assert_true (
        json_is_false (json_object_get (json_object_get (cell, "metadata"), "trusted")));
    assert_non_null (strstr (jsonx_str (n, "message", ""), "'extra' was unexpected"));
    struct contents_request r = { .path = "m.ipynb",
                                  .path_len = 7,
                                  .body = "",
                                  .body_len = 0 };
    assert_int_equal (contents_trust (f->c, &r, NULL), 0);
    autojson json_t *t = get (f, CONTENT, "m.ipynb", NULL);
    cell = json_array_get (json_object_get (json_object_get (t, "content"), "cells"), 0);
    assert_true (jsonx_bool (json_object_get (cell, "metadata"), "trusted", false));
}

/* A save that was cut off: the backup comes back, the broken file is kept. */
static void test_recovery (void **state)
{
    const struct fixture *f = *state;
    put_file (f, "n.ipynb", "{\"cells\"");
    put_file (f, ".~n.ipynb",
              "{\"cells\":[],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":5}");
    autojson json_t *m = get (f, CONTENT, "n.ipynb", NULL);
    assert_non_null (m);
    assert_true (have (f, "n.ipynb.invalid"));
    assert_false (have (f, ".~n.ipynb"));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        T (test_save),     T (test_save_errors), T (test_chunks),
        T (test_notebook), T (test_recovery),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
