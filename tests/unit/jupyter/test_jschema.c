/* test_jschema.c - each keyword of draft 7 accepts and refuses */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "jupyter/jschema.h"
#include "jupyter/json5.h"

#include <string.h>

static int validate (const char *schema, const char *instance, struct err *err)
{
    autojson json_t *s = json5_parse (schema, strlen (schema), err);
    autojson json_t *v = json5_parse (instance, strlen (instance), err);

    if (!s || !v)
        fail_msg ("%s", err->text);
    int rc = jschema_validate (s, v, err);
    assert_int_equal (jschema_validate (s, v, NULL), rc);
    return rc;
}

static const struct {
    const char *schema, *good, *bad; /* arrays of instances */
} rows[] = {
    { "true", "[1, null, {}]", "[]" },
    { "false", "[]", "[1, null]" },
    { "{}", "[1, 'x']", "[]" },
    { "{type: 'integer'}", "[1, 1.0, -3]", "[1.5, '1', true]" },
    { "{type: 'number'}", "[1, 1.5]", "['1', null, true]" },
    { "{type: 'string'}", "['']", "[1, null]" },
    { "{type: 'boolean'}", "[true, false]", "[0, 'true']" },
    { "{type: 'null'}", "[null]", "[0, false]" },
    { "{type: 'object'}", "[{}]", "[[]]" },
    { "{type: ['string', 'null']}", "['x', null]", "[1, {}]" },
    { "{enum: ['a', 1, [1, 2], {x: 1}]}", "['a', 1, 1.0, [1, 2], {x: 1}]",
      "['b', 2, [2, 1]]" },
    { "{const: {a: [1]}}", "[{a: [1]}]", "[{a: [2]}, null]" },
    { "{const: null}", "[null]", "[0]" },
    { "{minimum: 1, maximum: 3}", "[1, 3, 2.5, 'x']", "[0.9, 3.1]" },
    { "{exclusiveMinimum: 1, exclusiveMaximum: 3}", "[1.1, 2]", "[1, 3]" },
    { "{multipleOf: 0.1}", "[0.3, 1, 0]", "[0.35]" },
    { "{multipleOf: 3}", "[9, -3]", "[10]" },
    { "{minLength: 2, maxLength: 3}", "['ab', '\xc3\xa4\xc3\xb6\xc3\xbc', 5]",
      "['a', 'abcd']" },
    { "{pattern: '^a+$'}", "['a', 'aa', 5]", "['b', '']" },
    { "{pattern: 'b'}", "['abc']", "['ac']" },
    { "{pattern: '\\\\d{2}'}", "['x12']", "['x1']" },
    { "{items: {type: 'string'}}", "[['a'], [], 'x']", "[[1], ['a', 1]]" },
    { "{items: [{type: 'string'}, {type: 'number'}], additionalItems: false}",
      "[['a', 1], ['a'], []]", "[['a', 1, 2], [1]]" },
    { "{items: [{}], additionalItems: {type: 'null'}}", "[[1, null]]", "[[1, 2]]" },
    { "{minItems: 1, maxItems: 2}", "[[1], [1, 2], {}]", "[[], [1, 2, 3]]" },
    { "{uniqueItems: true}", "[[1, '1', true, [1], {a: 1}], []]",
      "[[1, 1.0], [[1], [1]]]" },
    { "{contains: {const: 5}}", "[[1, 5], {}]", "[[], [1]]" },
    { "{required: ['a', 'b']}", "[{a: 1, b: null}, []]", "[{a: 1}]" },
    { "{properties: {a: {type: 'number'}}}", "[{a: 1}, {b: 'x'}, {}]", "[{a: 'x'}]" },
    { "{properties: {a: {}}, additionalProperties: false}", "[{a: 1}, {}]", "[{b: 1}]" },
    { "{properties: {a: {}}, patternProperties: {'^x': {type: 'number'}}, "
      "additionalProperties: "
      "{type: 'string'}}",
      "[{a: [], x1: 1, other: 's'}]", "[{x1: 's'}, {other: 1}]" },
    { "{minProperties: 1, maxProperties: 2}", "[{a: 1}, []]", "[{}, {a: 1, b: 2, c: 3}]" },
    { "{propertyNames: {pattern: '^[a-z]+$'}}", "[{ab: 1}, {}]", "[{A: 1}]" },
    { "{dependencies: {a: ['b'], c: {required: ['d']}}}",
      "[{a: 1, b: 2}, {c: 1, d: 1}, {}]", "[{a: 1}, {c: 1}]" },
    { "{allOf: [{minimum: 1}, {maximum: 2}]}", "[1, 2]", "[0, 3]" },
    { "{anyOf: [{type: 'string'}, {minimum: 5}]}", "['a', 6]", "[4]" },
    { "{oneOf: [{multipleOf: 2}, {multipleOf: 3}]}", "[2, 3]", "[6, 5]" },
    { "{not: {type: 'null'}}", "[1]", "[null]" },
    { "{if: {type: 'string'}, then: {minLength: 2}, else: {minimum: 2}}", "['ab', 2]",
      "['a', 1]" },
    { "{if: {type: 'string'}, then: {minLength: 2}}", "['ab', 1]", "['a']" },
    { "{definitions: {'a/b~c d': {type: 'number'}}, $ref: '#/definitions/a~1b~0c%20d'}",
      "[1]", "['x']" },
    { "{properties: {next: {$ref: '#'}, v: {type: 'number'}}}", "[{next: {next: {v: 1}}}]",
      "[{next: {next: {v: 'x'}}}]" },
    { "{$ref: '#/items/1', items: [{}, {type: 'string'}]}", "['x']", "[1]" },
    /* Draft 7: what stands beside $ref does not count. */
    { "{definitions: {a: {}}, $ref: '#/definitions/a', type: 'string'}", "[1]", "[]" },
    /* Leniency: what we do not understand refuses nothing. */
    { "{pattern: '('}", "['x']", "[]" },
    { "{$ref: '#/nowhere'}", "[1]", "[]" },
    { "{$ref: '#anchor', type: 'x'}", "[1]", "[]" },
    { "{$ref: 'https://example.org/s.json'}", "[1]", "[]" },
    { "{format: 'email', unknown: 5, properties: 7, required: 'x', items: 3, minimum: 'x'}",
      "['no mail', {a: 1}, [1], 5]", "[]" },
};

static void test_keywords (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        for (int bad = 0; bad < 2; bad++) {
            const char *text = bad ? rows[i].bad : rows[i].good;
            autojson json_t *list = json5_parse (text, strlen (text), NULL);
            size_t k;
            json_t *v;
            assert_non_null (list);
            json_array_foreach (list, k, v)
            {
                autofree char *one = jsonx_dump_string (v, 0, false);
                struct err err = { 0 };
                if (validate (rows[i].schema, one, &err) != -bad)
                    fail_msg ("%s %s %s (%s)", rows[i].schema, bad ? "accepts" : "refuses",
                              one, err.text);
                assert_int_equal (err.problem, bad ? PROBLEM_INVALID : PROBLEM_NONE);
            }
        }
}

static void test_place (void **state)
{
    struct err err;

    (void)state;
    assert_int_equal (
        validate ("{properties: {a: {items: {type: 'string'}}}}", "{a: ['x', 5]}", &err),
        -1);
    assert_string_equal (err.text, "/a/1: 5 is not of type 'string'");
    assert_int_equal (validate ("{type: 'object'}", "5", &err), -1);
    assert_string_equal (err.text, "/: 5 is not of type 'object'");
}

static void test_endless (void **state)
{
    autodone (buf_done) struct buf b;
    struct err err;

    (void)state;
    assert_int_equal (validate ("{$ref: '#'}", "1", &err), -1);
    assert_int_equal (validate ("{anyOf: [{$ref: '#'}, {$ref: '#'}]}", "1", &err), -1);
    buf_init (&b, 1 << 20);
    buf_addc (&b, '[');
    for (int i = 0; i < 20000; i++)
        buf_addf (&b, "%d,", i);
    buf_addc (&b, ']');
    assert_int_equal (validate ("{uniqueItems: true}", b.data, &err), -1);
    assert_non_null (strstr (err.text, "too long"));
}

/* Catastrophic backtracking ends at the limit. */
static void test_slow_pattern (void **state)
{
    struct err err;

    (void)state;
    assert_int_equal (validate ("{pattern: '^(a+)+$'}",
                                "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'", &err),
                      -1);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_keywords),
        cmocka_unit_test (test_place),
        cmocka_unit_test (test_endless),
        cmocka_unit_test (test_slow_pattern),
    };
    return cmocka_run_group_tests_name ("jschema", tests, NULL, NULL);
}
