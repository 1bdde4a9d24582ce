/* test_yamlx.c - YAML as JSON: values, lines, and all that is refused */

#include "model/yamlx.h"

#include "base/cleanup.h"
#include "base/jsonx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void is (const char *yaml, const char *json)
{
    struct yamlx y;
    struct err err = { 0 };

    if (yamlx_parse (yaml, strlen (yaml), "a.yml", &y, &err) < 0)
        fail_msg ("%s: %s", yaml, err.text);
    autojson json_t *want = jsonx_parse (json, strlen (json), NULL);
    autofree char *got = jsonx_dump_string (y.root, 0, false);
    if (!json_equal (want, y.root))
        fail_msg ("%s: %s", yaml, got);
    yamlx_done (&y);
}

static void refused (const char *yaml, const char *text)
{
    struct yamlx y;
    struct err err = { 0 };

    if (yamlx_parse (yaml, strlen (yaml), "a.yml", &y, &err) == 0)
        fail_msg ("taken: %s", yaml);
    if (!strstr (err.text, text))
        fail_msg ("%s: %s", yaml, err.text);
    assert_null (y.root);
}

static void test_values (void **state)
{
    is ("", "null");
    is ("# nothing\n", "null");
    is ("a: 1\nb: -2\nc: 1.5\nd: text here\n",
        "{\"a\":1,\"b\":-2,\"c\":1.5,\"d\":\"text here\"}");
    is ("[true, False, null, ~, '1', \"x\\ty\"]", "[true,false,null,null,\"1\",\"x\\ty\"]");
    is ("a: on\nb: yes\nc: 0x10\nd: 1e999\ne: 12345678901234567890",
        "{\"a\":\"on\",\"b\":\"yes\",\"c\":\"0x10\",\"d\":\"1e999\",\"e\":"
        "\"12345678901234567890\"}");
    is ("a:\n- b: ü\n  c: []\n- {}\n", "{\"a\":[{\"b\":\"ü\",\"c\":[]},{}]}");
    is ("a: |\n  one\n  two\n", "{\"a\":\"one\\ntwo\\n\"}");
    is ("a: .inf\nb: .nan\nc: 1.\nd:\n-\n",
        "{\"a\":\".inf\",\"b\":\".nan\",\"c\":1.0,\"d\":[null]}");
}

static void test_refused (void **state)
{
    refused ("a: &x 1\nb: *x\n", "a.yml:1: anchors");
    refused ("a: 1\nb: *x\n", "a.yml:2: anchors");
    refused ("a: !!python/object:os.system []\n", "a.yml:1: tags");
    refused ("a: 1\na: 2\n", "a.yml:2: 'a' is here for the 2nd time");
    refused ("a: 1\n---\nb: 2\n", "a 2nd document");
    refused ("{[1]: 2}", "a key must be text");
    refused ("{{a: b}: 2}", "a key must be text");
    refused ("a: \"x\\0y\"", "NUL");
    refused ("a: [1, 2\nb: 3\n", "a.yml:2:");
    refused ("a: \"\xff\xfe\"", "a.yml:1:");
    refused ("\xff\xfe\x61", "a.yml:1:");
    refused ("a:\n\t- b\n", "a.yml:2:");
}

/* COUNT times UNIT between HEAD and TAIL. */
static char *many (const char *head, const char *unit, size_t count, const char *tail)
{
    struct buf b;

    buf_init (&b, 8u << 20);
    (void)buf_adds (&b, head);
    for (size_t i = 0; i < count; i++)
        (void)buf_adds (&b, unit);
    (void)buf_adds (&b, tail);
    assert_false (b.overflow);
    return buf_take (&b, NULL);
}

static void test_ceilings (void **state)
{
    static const struct {
        const char *head, *unit, *tail;
        size_t count;
        const char *says;
    } rows[] = {
        { "", "[", "", 20, "nested too deeply" },
        { "", "[", "", 200000, "nested too deeply" },
        { "", "{a: ", "", 50000, "nested too deeply" },
        { "[", "1,", "1]", 9000, "holds too much" },
        { "[", "~,", "1]", 100000, "holds too much" },
        { "# ", "x", "", 300000, "larger than 256 KiB" },
        { "", "k", ": 1", 300, "a.yml:1: a key is too long" },
        { "", "- ", "", 100000, "nested too deeply" },
        { "", "? ", "", 100000, "a.yml:1:" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autofree char *text =
            many (rows[i].head, rows[i].unit, rows[i].count, rows[i].tail);
        refused (text, rows[i].says);
    }
}

static void test_lines (void **state)
{
    static const char text[] = "a: x\nb:\n  c: [1,\n    two]\n  d: true\n";
    struct yamlx y;
    struct err err;

    assert_int_equal (yamlx_parse (text, strlen (text), "dir.yml", &y, &err), 0);
    json_t *b = json_object_get (y.root, "b"), *c = json_object_get (b, "c");
    assert_int_equal (yamlx_line (&y, json_object_get (y.root, "a")), 1);
    assert_int_equal (yamlx_line (&y, b), 3);
    assert_int_equal (yamlx_line (&y, json_array_get (c, 1)), 4);
    assert_int_equal (yamlx_line (&y, json_object_get (b, "d")), 0);
    assert_int_equal (yamlx_fail (&y, json_object_get (b, "d"), b, &err, "no %d", 7), -1);
    assert_string_equal (err.text, "dir.yml:3: no 7");
    assert_int_equal (err.problem, PROBLEM_INVALID);
    yamlx_done (&y);
}

static void test_file (void **state)
{
    struct yamlx y;
    struct err err;

    assert_int_equal (yamlx_read_file ("/nowhere/x.yml", &y, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_int_equal (yamlx_read_file ("/dev/zero", &y, &err), -1);
    yamlx_done (&y);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_values),   cmocka_unit_test (test_refused),
        cmocka_unit_test (test_ceilings), cmocka_unit_test (test_lines),
        cmocka_unit_test (test_file),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
