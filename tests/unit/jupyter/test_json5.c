/* test_json5.c - what JSON5 allows, what it does not, and where the mistake is */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "jupyter/json5.h"

#include <string.h>

static void test_good (void **state)
{
    static const char *const rows[][2] = {
        { "{}", "{}" },
        { "[]", "[]" },
        { " 5 ", "5" },
        { "{ // a comment\n \"theme\": \"JupyterLab Dark\" }",
          "{\"theme\":\"JupyterLab Dark\"}" },
        { "/* a */ [1, /* b\n */ 2, ] // c", "[1,2]" },
        { "{a: 1, $b_2: 2, 'c d': 3, \"e\": 4,}",
          "{\"a\":1,\"$b_2\":2,\"c d\":3,\"e\":4}" },
        { "{\xc3\xbcml\xc3\xa4t: 1}", "{\"\xc3\xbcml\xc3\xa4t\":1}" },
        { "{\\u0061b: 1}", "{\"ab\":1}" },
        { "{true: 1, null: 2, Infinity: 3}", "{\"true\":1,\"null\":2,\"Infinity\":3}" },
        { "{a: 1, a: 2}", "{\"a\":2}" },
        { "[0, -0, +1, -1, 0.5, .5, -.5, 5., 1e3, 1E-2, 5.e1]",
          "[0,0,1,-1,0.5,0.5,-0.5,5.0,1000.0,0.01,50.0]" },
        { "[0x10, -0xFF, 0Xabcdef, +0x0]", "[16,-255,11259375,0]" },
        { "[9223372036854775807, 9223372036854775808]",
          "[9223372036854775807,9.223372036854776e+18]" },
        { "'it''s'", NULL },
        { "'a\"b\\'c'", "\"a\\\"b'c\"" },
        { "\"a'b\\\"c\"", "\"a'b\\\"c\"" },
        { "'one \\\ntwo \\\r\nthree \\\xe2\x80\xa8"
          "four'",
          "\"one two three four\"" },
        { "'\\b\\f\\n\\r\\t\\v\\0\\x41\\u00e9\\ud83d\\ude00\\q\\/\\\\'",
          "\"\\b\\f\\n\\r\\t\\u000b\\u0000A\xc3\xa9\xf0\x9f\x98\x80q/\\\\\"" },
        { "\xef\xbb\xbf\xc2\xa0[\xe2\x80\xa9true,\v\ffalse,\tnull]", "[true,false,null]" },
        { "[[[[[[]]]]]]", "[[[[[[]]]]]]" },
        { "[true\xc2\xa0,null\xef\xbb\xbf,false\xe2\x80\xa8]", "[true,null,false]" },
        { "'\xe2\x82\xac'", "\"\xe2\x82\xac\"" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct err err = { 0 };
        autojson json_t *j = json5_parse (rows[i][0], strlen (rows[i][0]), &err);
        if (!j && rows[i][1])
            fail_msg ("%s: %s", rows[i][0], err.text);
        autofree char *text = j ? jsonx_dump_string (j, 0, false) : NULL;
        if (rows[i][1])
            assert_string_equal (text, rows[i][1]);
        else
            assert_null (j);
    }
}

static void test_bad (void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "// only",
        "/* open",
        "/*/",
        "{",
        "[",
        "{a}",
        "{a:}",
        "{a 1}",
        "{a:1 b:2}",
        "{,}",
        "[,]",
        "[1,,2]",
        "[1 2]",
        "{a:1}}",
        "[1] 2",
        "tru",
        "truee",
        "nul",
        "undefined",
        "NaN",
        "-Infinity",
        "Infinity",
        "01",
        "-01",
        "1.2.3",
        ".",
        "-",
        "+",
        "e1",
        "1e",
        "1e+",
        "0x",
        "0xg",
        "0x1234567890abcdef1",
        "'a",
        "'a\nb'",
        "\"a'",
        "'\\x4'",
        "'\\u12'",
        "'\\ud800'",
        "'\\ud800\\u0041'",
        "'\\udc00'",
        "'\\1'",
        "{1a: 1}",
        "{'a\\0b': 1}",
        "{-a: 1}",
        "\xff",
        "'\xc3'",
        "{\xe2\x80\xa8}x",
        "1e999",
        "--1",
        "+-1",
        "'\\",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct err err = { 0 };
        json_t *j = json5_parse (rows[i], strlen (rows[i]), &err);
        if (j)
            fail_msg ("accepted: %s", rows[i]);
        assert_int_equal (err.problem, PROBLEM_INVALID);
        assert_true (err.text[0] != '\0');
        assert_null (json5_parse (rows[i], strlen (rows[i]), NULL));
    }
}

static void test_place_of_error (void **state)
{
    struct err err;
    const char *text = "{\n  // theme\n  theme: 'dark'\n  font: 3\n}";

    (void)state;
    assert_null (json5_parse (text, strlen (text), &err));
    assert_string_equal (err.text, "line 4 column 3: expected ',' or '}'");
}

static void test_depth (void **state)
{
    char text[2 * JSON5_DEPTH + 3];
    struct err err;

    (void)state;
    memset (text, '[', JSON5_DEPTH);
    memset (text + JSON5_DEPTH, ']', JSON5_DEPTH);
    autojson json_t *j = json5_parse (text, 2 * JSON5_DEPTH, &err);
    assert_non_null (j);
    memset (text, '[', JSON5_DEPTH + 1);
    memset (text + JSON5_DEPTH + 1, ']', JSON5_DEPTH + 1);
    assert_null (json5_parse (text, 2 * JSON5_DEPTH + 2, &err));
    assert_non_null (strstr (err.text, "deep"));
}

/* Long numbers once ran over the end of a buffer. */
static void test_long_numbers (void **state)
{
    static const char *const tails[] = { "", ".", ".5", "e1", ".e1", ".5e+1" };
    char text[5000];

    (void)state;
    for (size_t n = 380; n < 4000; n += n < 420 ? 1 : 500)
        for (size_t i = 0; i < ARRAY_SIZE (tails); i++) {
            memset (text, '9', n);
            memcpy (text + n, tails[i], strlen (tails[i]) + 1);
            json_decref (json5_parse (text, strlen (text), NULL));
            text[0] = '.';
            json_decref (json5_parse (text, strlen (text), NULL));
        }
}

static void test_size (void **state)
{
    struct err err;

    (void)state;
    assert_null (json5_parse ("", (size_t)JSON5_MAX + 1, &err));
    assert_int_equal (err.problem, PROBLEM_TOO_LARGE);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_good),           cmocka_unit_test (test_bad),
        cmocka_unit_test (test_place_of_error), cmocka_unit_test (test_depth),
        cmocka_unit_test (test_long_numbers),   cmocka_unit_test (test_size),
    };
    return cmocka_run_group_tests_name ("json5", tests, NULL, NULL);
}
