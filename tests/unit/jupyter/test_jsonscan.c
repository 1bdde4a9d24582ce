/* test_jsonscan.c - members are found byte for byte */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "jupyter/jsonscan.h"

#include <string.h>

static struct slice of (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static void check (const char *object, const char *key, const char *want)
{
    struct slice v = { 0 };
    bool found = jsonscan_member (of (object), key, &v);

    if (!want) {
        assert_false (found);
        return;
    }
    assert_true (found);
    assert_int_equal (v.len, strlen (want));
    assert_memory_equal (v.data, want, v.len);
}

static void test_members (void **state)
{
    const char *o =
        " { \"a\" : 12345678901234567890123 , \"b\":{\"a\":[\"}\\\"\"]},\n\"c\":\"x\\\\\","
        "\"d\":NaN,\"e\":[ ] ,\"f\": -Infinity } ";

    (void)state;
    check (o, "a", "12345678901234567890123");
    check (o, "b", "{\"a\":[\"}\\\"\"]}");
    check (o, "c", "\"x\\\\\"");
    check (o, "d", "NaN");
    check (o, "e", "[ ]");
    check (o, "f", "-Infinity");
    check (o, "g", NULL);
    check ("{\"a\":1,\"a\":2}", "a", "2");
    check ("{}", "a", NULL);
    check ("{\"a\":1", "a", NULL);
}

static void test_order (void **state)
{
    struct jsonscan s;
    struct slice k, v;
    const char *o = "{\"x\":1,\"y\":[2]}";

    (void)state;
    jsonscan_init (&s, o, strlen (o));
    assert_int_equal (jsonscan_next (&s, &k, &v), 1);
    assert_memory_equal (k.data, "x", k.len);
    assert_int_equal (jsonscan_next (&s, &k, &v), 1);
    assert_memory_equal (v.data, "[2]", v.len);
    assert_int_equal (jsonscan_next (&s, &k, &v), 0);
    assert_int_equal (jsonscan_next (&s, &k, &v), 0);
}

static void test_malformed (void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "[]",
        "5",
        "null",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1}x",
        "{\"a\":1}}",
        "{\"a\":[}",
        "{\"a\":[1}]",
        "{\"a\":\"}",
        "{\"a\":\"\n\"}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1 2}",
        "{\"a\":]}",
        "{\"a\":1\"x\"}",
        "{\"a\\\":1}",
        "{\"a\":{\"b\":1}",
        "\"a\"",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        if (jsonscan_is_object (of (bad[i])))
            fail_msg ("accepted: %s", bad[i]);
    assert_true (jsonscan_is_object (of ("{}")));
    assert_true (jsonscan_is_object (of (" {\"\":\"\"}\n")));
}

/* Deep nesting costs no stack. */
static void test_deep (void **state)
{
    size_t n = 1 << 20;
    autofree char *text = xcalloc (2 * n + 8, 1);

    (void)state;
    memcpy (text, "{\"a\":", 5);
    memset (text + 5, '[', n);
    memset (text + 5 + n, ']', n);
    text[5 + 2 * n] = '}';
    assert_true (jsonscan_is_object (of (text)));
    text[5 + 2 * n - 1] = '}';
    assert_false (jsonscan_is_object (of (text)));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_members),
        cmocka_unit_test (test_order),
        cmocka_unit_test (test_malformed),
        cmocka_unit_test (test_deep),
    };
    return cmocka_run_group_tests_name ("jsonscan", tests, NULL, NULL);
}
