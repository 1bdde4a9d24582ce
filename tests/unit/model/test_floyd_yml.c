/* test_floyd_yml.c - floyd.yml of strangers: what is used, what is left aside, what is refused */

#include "model/floyd_yml.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void is (const char *yaml, const char *json)
{
    struct floyd_yml f;
    struct err err;

    if (floyd_yml_parse (yaml, strlen (yaml), &f, &err) < 0)
        fail_msg ("%s: %s", yaml, err.text);
    autojson json_t *got = floyd_yml_json (&f);
    autofree char *text = jsonx_dump_string (got, 0, true);
    assert_string_equal (text, json);
    floyd_yml_done (&f);
}

static void refused (const char *yaml, const char *words)
{
    struct floyd_yml f;
    struct err err;

    if (floyd_yml_parse (yaml, strlen (yaml), &f, &err) == 0)
        fail_msg ("taken: %s", yaml);
    if (!strstr (err.text, words))
        fail_msg ("%s: %s", yaml, err.text);
    assert_null (f.inputs);
}

static void test_presets (void **state)
{
    is ("", "{\"description\":\"\",\"env\":\"\",\"input\":[],\"machine\":\"\"}");
    is ("machine: gpu\nenv: pytorch-1.4\ntask:\n  train:\n    command: x\ncommand: "
        "y\nmode: job\nmax_runtime: 5\n",
        "{\"description\":\"\",\"env\":\"pytorch-1.4\",\"input\":[],\"machine\":\"gpu\"}");
    is ("description: |\n  two\n  lines\nmachine:\n",
        "{\"description\":\"two lines\",\"env\":\"\",\"input\":[],\"machine\":\"\"}");
}

static void test_inputs (void **state)
{
    is ("input:\n- source: ada/datasets/mnist/1\n  destination: mnist\n- foo/bar:baz\n- "
        "foo/bar\n",
        "{\"description\":\"\",\"env\":\"\",\"input\":[{\"destination\":\"mnist\","
        "\"source\":\"ada/datasets/mnist/1\"},"
        "{\"destination\":\"baz\",\"source\":\"foo/"
        "bar\"},{\"destination\":\"\",\"source\":\"foo/bar\"}],\"machine\":\"\"}");
    is ("input: [a:b]\ndata: [c:d]\n",
        "{\"description\":\"\",\"env\":\"\",\"input\":[{\"destination\":\"b\",\"source\":"
        "\"a\"},"
        "{\"destination\":\"d\",\"source\":\"c\"}],\"machine\":\"\"}");
    refused ("input: [a, b, c]\ndata: [d, e, f]\n",
             "floyd.yml:2: input: there are more than 5");
    refused ("input: x\n", "must be a list");
    refused ("input:\n- 7\n", "a source must be");
    refused ("input:\n- {destination: x}\n", "a source must be");
    refused ("input:\n- source: \"--x\"\n", "a source must be");
    refused ("input: ['a:../../etc']\n", "a destination must be");
    refused ("input: ['a:b c']\n", "a destination must be");
}

static void test_refused (void **state)
{
    refused ("- a\n", "must be a mapping");
    refused ("env: [a]\n", "floyd.yml:1: env: must be a name");
    refused ("machine: '--x'\n", "floyd.yml:1: machine: must be a name");
    refused ("env: \"a b\"\n", "must be a name");
    refused ("a: &x 1\nb: *x\n", "floyd.yml:1");
    refused ("a: [\n", "floyd.yml:");
}

static void test_long (void **state)
{
    autodone (buf_done) struct buf text;
    struct floyd_yml f;

    buf_init (&text, 3 * FLOYD_YML_TEXT);
    (void)buf_adds (&text, "description: ");
    while (text.len < 2 * FLOYD_YML_TEXT)
        (void)buf_adds (&text, "€"); /* three bytes */
    assert_int_equal (floyd_yml_parse (text.data, text.len, &f, NULL), 0);
    assert_true (strlen (f.description) <= FLOYD_YML_TEXT);
    assert_int_equal (strlen (f.description) % 3, 0);
    floyd_yml_done (&f);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_presets),
        cmocka_unit_test (test_inputs),
        cmocka_unit_test (test_refused),
        cmocka_unit_test (test_long),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
