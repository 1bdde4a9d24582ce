/* test_sandbox_spec.c - what the spawner is asked to build: there and back, and all that is refused */

#include "model/sandbox_spec.h"

#include "base/cleanup.h"
#include "base/jsonx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const char whole[] =
    "{\"id\":\"run_abc\",\"kind\":\"workspace\",\"generation\":7,\"owner\":3,\"person\":"
    "\"ada\",\"hostname\":\"digits-2\",\"home\":\"run_abc\",\"machine\":\"gpu\","
    "\"environment\":\"python-3.11\","
    "\"argv\":[\"labwright\",\"keep\",\"ü\"],\"environ\":[\"A=1\",\"B=\"],\"cwd\":\"/floyd/"
    "home\","
    "\"listen\":true,\"network\":\"none\",\"binds\":[{\"source\":\"tree\",\"id\":\"mnist."
    "3\","
    "\"target\":\"/floyd/input/mnist\",\"read_only\":true}],\"limits\":{\"cpus\":1.5,"
    "\"cpuset\":\"0-1,3\",\"memory\":1000,\"disk\":2000,\"pids\":10,\"files\":20}}";

static json_t *parsed (const char *text)
{
    json_t *j = jsonx_parse (text, strlen (text), NULL);

    assert_non_null (j);
    return j;
}

static void test_there_and_back (void **state)
{
    struct sandbox_spec s;
    autojson json_t *j = parsed (whole);

    assert_int_equal (sandbox_spec_from_json (j, &s, NULL), 0);
    assert_string_equal (s.id, "run_abc");
    assert_int_equal (s.generation, 7);
    assert_int_equal (s.owner, 3);
    assert_string_equal (s.person, "ada");
    assert_string_equal (s.hostname, "digits-2");
    assert_string_equal (s.argv.v[2], "ü");
    assert_int_equal (s.environ.n, 2);
    assert_true (s.listen);
    assert_int_equal (s.network, SANDBOX_NET_NONE);
    assert_int_equal (s.n_binds, 1);
    assert_int_equal (s.binds[0].source, SANDBOX_FROM_TREE);
    assert_true (s.limits.cpus == 1.5);
    assert_string_equal (s.limits.cpuset, "0-1,3");
    assert_int_equal (s.limits.files, 20);

    autojson json_t *again = sandbox_spec_json (&s);
    assert_true (json_equal (j, again));
    sandbox_spec_done (&s);
}

static void test_least (void **state)
{
    struct sandbox_spec s;
    autojson json_t *j =
        parsed ("{\"id\":\"a\",\"kind\":\"job\",\"generation\":0,\"owner\":1,"
                "\"home\":\"a\",\"machine\":\"cpu\",\"argv\":[\"x\"],"
                "\"cwd\":\"/x\"}");

    assert_int_equal (sandbox_spec_from_json (j, &s, NULL), 0);
    assert_int_equal (s.kind, SANDBOX_JOB);
    assert_int_equal (s.network, SANDBOX_NET_MACHINE);
    assert_string_equal (s.environment, "");
    assert_string_equal (s.limits.cpuset, "");
    assert_false (s.listen);
    sandbox_spec_done (&s);
}

/* The whole document with KEY replaced; VALUE NULL: without it. */
static void refused (const char *key, const char *value, const char *says)
{
    struct sandbox_spec s;
    struct err err = { 0 };
    autojson json_t *j = parsed (whole);

    if (value)
        json_object_set_new (j, key, parsed (value));
    else
        json_object_del (j, key);
    if (sandbox_spec_from_json (j, &s, &err) == 0)
        fail_msg ("%s: %s was taken", key, value);
    if (!strstr (err.text, says))
        fail_msg ("%s: %s: said '%s'", key, value, err.text);
}

static void test_refused (void **state)
{
    static const char *const rows[][2] = {
        { "id", "\"\"" },
        { "id", "\"../x\"" },
        { "id", "\"a/b\"" },
        { "id", "\"-a\"" },
        { "id", "\".a\"" },
        { "id", "7" },
        { "id", "\"a\\u0000b\"" },
        { "id", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aa\"" },
        { "home", "\"..\"" },
        { "kind", "\"root\"" },
        { "generation", "-1" },
        { "owner", "0" },
        { "owner", "50001" },
        { "owner", "1.0" },
        { "owner", "\"1\"" },
        { "person", "\"a:b\"" },
        { "hostname", "\"a b\"" },
        { "hostname", "\"-a\"" },
        { "hostname", "\"a-\"" },
        { "hostname", "\"a.b\"" },
        { "hostname", "\"a\\n127.0.0.1 b\"" },
        { "hostname", "1" },
        { "machine", "\"\"" },
        { "machine", "\"../cpu\"" },
        { "machine", "\"..\"" },
        { "environment", "\"a/b\"" },
        { "argv", "[]" },
        { "argv", "[\"\"]" },
        { "argv", "[1]" },
        { "argv", "[\"a\\u0000b\"]" },
        { "argv", "\"a\"" },
        { "environ", "[\"=1\"]" },
        { "environ", "[\"A\"]" },
        { "environ", "[\"1A=\"]" },
        { "environ", "[\"A B=\"]" },
        { "cwd", "\"x\"" },
        { "cwd", "\"/\"" },
        { "cwd", "\"/a/../b\"" },
        { "cwd", "\"/a//b\"" },
        { "cwd", "\"/a/\"" },
        { "cwd", "\"/a\\nb\"" },
        { "listen", "1" },
        { "network", "\"bridge\"" },
        { "binds", "{}" },
        { "binds", "[{\"source\":\"tree\",\"id\":\"x\"}]" },
        { "binds", "[{\"source\":\"host\",\"id\":\"x\",\"target\":\"/a\"}]" },
        { "binds", "[{\"source\":\"tree\",\"id\":\"/etc\",\"target\":\"/a\"}]" },
        { "binds", "[{\"source\":\"tree\",\"id\":\"x\",\"target\":\"a\"}]" },
        { "binds", "[{\"source\":\"tree\",\"id\":\"x\",\"target\":\"/proc/self\"}]" },
        { "binds", "[{\"source\":\"tree\",\"id\":\"x\",\"target\":\"/dev\"}]" },
        { "binds",
          "[{\"source\":\"tree\",\"id\":\"x\",\"target\":\"/a\",\"read_only\":false}]" },
        { "binds",
          "[{\"source\":\"tree\",\"id\":\"x\",\"target\":\"/a\",\"path\":\"/b\"}]" },
        { "limits", "[]" },
        { "limits", "{\"gpus\":1}" },
        { "limits", "{\"cpus\":-1}" },
        { "limits", "{\"cpus\":\"1\"}" },
        { "limits", "{\"cpuset\":\"0-\"}" },
        { "limits", "{\"cpuset\":\"0,\"}" },
        { "limits", "{\"cpuset\":\"a\"}" },
        { "limits", "{\"memory\":-1}" },
        { "limits", "{\"pids\":4294967296}" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        refused (rows[i][0], rows[i][1], rows[i][0]);
    refused ("root", "{\"path\":\"/\"}", "what is 'root'?");
    refused ("id", NULL, "id: is missing");
    refused ("cwd", NULL, "cwd: is missing");
    refused ("machine", NULL, "machine: is missing");
}

/* What comes from the hub's own structs is held to the same rules, where JSON would hide it. */
static void test_check (void **state)
{
    struct sandbox_spec s;
    autojson json_t *j = parsed (whole);
    struct err err = { 0 };

    assert_int_equal (sandbox_spec_from_json (j, &s, NULL), 0);
    strv_add (&s.argv, "\xff\xfe");
    assert_int_equal (sandbox_spec_check (&s, &err), -1);
    assert_non_null (strstr (err.text, "argv: item 3 is not UTF-8"));
    strv_remove (&s.argv, 3);
    assert_int_equal (sandbox_spec_check (&s, NULL), 0);
    for (int i = 0; i < 300; i++)
        strv_add (&s.argv, "x");
    assert_int_equal (sandbox_spec_check (&s, NULL), -1);
    sandbox_spec_done (&s);
}

static void test_too_long (void **state)
{
    struct sandbox_spec s;
    autojson json_t *j = parsed (whole);
    autofree char *big = xcalloc (1, 40000);
    struct err err = { 0 };

    memset (big, 'x', 39999);
    assert_int_equal (sandbox_spec_from_json (j, &s, NULL), 0);
    strv_add (&s.argv, big);
    assert_int_equal (sandbox_spec_check (&s, &err), -1);
    assert_int_equal (err.problem, PROBLEM_TOO_LARGE);
    sandbox_spec_done (&s);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_there_and_back), cmocka_unit_test (test_least),
        cmocka_unit_test (test_refused),        cmocka_unit_test (test_check),
        cmocka_unit_test (test_too_long),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
