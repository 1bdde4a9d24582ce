/* test_jsonx.c - parsing, dumping and merging */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"

#include <string.h>

static json_t *parsed (const char *s)
{
    struct err err;
    json_t *j = jsonx_parse (s, strlen (s), &err);

    if (!j)
        fail_msg ("%s", err.text);
    return j;
}

static void check (const char *s, int indent, bool sort, const char *want)
{
    autojson json_t *j = parsed (s);
    autofree char *text = jsonx_dump_string (j, indent, sort);

    assert_string_equal (text, want);
}

static void test_dump (void **state)
{
    (void)state;
    check ("[0.1, 1.0, 1e22, 1e-5, -0.0, 123456789.123456789]", 0, false,
           "[0.1,1.0,1e+22,1e-05,-0.0,123456789.12345679]");
    check ("[9223372036854775807, -1, true, false, null, \"\"]", 0, false,
           "[9223372036854775807,-1,true,false,null,\"\"]");
    check ("{\"b\": 1, \"a\": [], \"c\": {}}", 0, false, "{\"b\":1,\"a\":[],\"c\":{}}");
    check ("{\"b\": 1, \"a\": [1, {\"x\": 2}]}", 2, true,
           "{\n  \"a\": [\n    1,\n    {\n      \"x\": 2\n    }\n  ],\n  \"b\": 1\n}");
    check ("\"\\u001b\\u0000\\u00e9\\\"\"", 0, false, "\"\\u001b\\u0000\xc3\xa9\\\"\"");
    check (" 5 ", 4, false, "5");
}

static void test_dump_ceiling (void **state)
{
    autojson json_t *j = parsed ("{\"key\": \"value\"}");
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 14);
    assert_int_equal (jsonx_dump (j, &b, 0, false), -1);
    assert_true (b.overflow);
    buf_done (&b);
    buf_init (&b, 15);
    assert_int_equal (jsonx_dump (j, &b, 0, false), 0);
    assert_string_equal (b.data, "{\"key\":\"value\"}");
}

static void test_parse (void **state)
{
    struct err err;

    (void)state;
    check ("{\"a\": 1, \"a\": 2}", 0, false, "{\"a\":2}");
    assert_null (jsonx_parse ("", 0, &err));
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_null (jsonx_parse ("{\n  x}", 6, &err));
    assert_non_null (strstr (err.text, "line 2"));
    assert_null (jsonx_parse ("[1] 2", 5, &err));
    assert_null (jsonx_parse ("[NaN]", 5, &err));
    assert_null (jsonx_parse ("[\"\xff\"]", 5, &err));
    autofree char *deep = xcalloc (100001, 1);
    memset (deep, '[', 100000);
    assert_null (jsonx_parse (deep, 100000, &err));
}

static void test_members (void **state)
{
    autojson json_t *j = parsed ("{\"s\": \"x\", \"i\": 5, \"b\": true, \"n\": null}");

    (void)state;
    assert_string_equal (jsonx_str (j, "s", "d"), "x");
    assert_string_equal (jsonx_str (j, "i", "d"), "d");
    assert_null (jsonx_str (j, "nope", NULL));
    assert_null (jsonx_str (NULL, "s", NULL));
    assert_int_equal (jsonx_int (j, "i", 1), 5);
    assert_int_equal (jsonx_int (j, "s", 1), 1);
    assert_true (jsonx_bool (j, "b", false));
    assert_true (jsonx_bool (j, "n", true));
    jsonx_set_str (j, "s", NULL);
    assert_true (json_is_null (json_object_get (j, "s")));
    jsonx_set_str (j, "s", "a\xff");
    assert_string_equal (jsonx_str (j, "s", ""), "a\xef\xbf\xbd");
}

static void merge (const char *into, const char *from, const char *want)
{
    autojson json_t *a = parsed (into);
    autojson json_t *b = parsed (from);

    jsonx_merge (a, b);
    autofree char *text = jsonx_dump_string (a, 0, true);
    assert_string_equal (text, want);
}

/* recursive_update of jupyter_server's config manager. */
static void test_merge (void **state)
{
    (void)state;
    merge ("{\"a\": 1}", "{\"b\": {\"c\": 2}}", "{\"a\":1,\"b\":{\"c\":2}}");
    merge ("{\"a\": {\"x\": 1, \"y\": 2}}", "{\"a\": {\"x\": null}}", "{\"a\":{\"y\":2}}");
    merge ("{\"a\": {\"x\": 1}}", "{\"a\": {\"x\": null}}", "{}");
    merge ("{\"a\": {\"b\": {\"c\": 1}}, \"z\": 1}", "{\"a\": {\"b\": {\"c\": null}}}",
           "{\"z\":1}");
    merge ("{}", "{\"a\": {\"b\": null}, \"n\": null}", "{}");
    merge ("{\"a\": 5}", "{\"a\": {\"b\": [1]}}", "{\"a\":{\"b\":[1]}}");
    merge ("{\"a\": {\"b\": 1}}", "{\"a\": 5}", "{\"a\":5}");
}

static void test_file (void **state)
{
    char path[] = "/tmp/test_jsonx.XXXXXX";
    autoclose int fd = mkstemp (path);
    struct err err;

    (void)state;
    assert_true (fd >= 0);
    assert_null (jsonx_read_file (path, &err));
    assert_non_null (strstr (err.text, path));
    assert_int_equal (fd_write_all (fd, "[1]", 3, NULL), 0);
    autojson json_t *j = jsonx_read_file (path, &err);
    assert_int_equal (json_array_size (j), 1);
    assert_int_equal (unlink (path), 0);
    assert_null (jsonx_read_file (path, &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_dump),  cmocka_unit_test (test_dump_ceiling),
        cmocka_unit_test (test_parse), cmocka_unit_test (test_members),
        cmocka_unit_test (test_merge), cmocka_unit_test (test_file),
    };
    return cmocka_run_group_tests_name ("jsonx", tests, NULL, NULL);
}
