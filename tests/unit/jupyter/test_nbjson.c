/* test_nbjson.c - notebook JSON: what is read, refused and written */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jupyter/nbjson.h"

#include <stdio.h>
#include <string.h>

/* By both ways of parsing, which must agree. */
static char *convert (const char *s, size_t n, enum nbjson_form form, struct err *err)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autofree char *copy = xstrndup (s, n);
    autodone (buf_done) struct buf b, c;
    struct err why = { 0 }, again = { 0 };
    struct nbjson *v = nbjson_parse (doc, s, n, &why);
    struct nbjson *w = nbjson_parse_used (doc, copy, n, &again);
    buf_init (&b, 1 << 20);
    buf_init (&c, 1 << 20);
    assert_string_equal (why.text, again.text);
    if (err)
        *err = why;
    if (!v)
        return NULL;
    nbjson_write (v, &b, form);
    nbjson_write (w, &c, form);
    assert_string_equal (b.data, c.data);
    return buf_take (&b, NULL);
}

static const struct {
    const char *in, *file, *compact;
} good[] = {
    { "null", "null", "null" },
    { " [ ] ", "[]", "[]" },
    { "{ }", "{}", "{}" },
    { "[1,[2,{}]]", "[\n 1,\n [\n  2,\n  {}\n ]\n]", "[1,[2,{}]]" },
    { "{\"b\":1,\"a\":2}", "{\n \"a\": 2,\n \"b\": 1\n}", "{\"a\":2,\"b\":1}" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "{\n \"a\": 3,\n \"b\": 2\n}", "{\"a\":3,\"b\":2}" },
    { "{\"\\uffff\":1,\"\\ud83d\\ude00\":2}",
      "{\n \"\xef\xbf\xbf\": 1,\n \"\xf0\x9f\x98\x80\": 2\n}",
      "{\"\xef\xbf\xbf\":1,\"\xf0\x9f\x98\x80\":2}" },
    { "\"\\u001B\\u0000\\/\\u00e9\\b\\f\\n\\r\\t\\\"\\\\\\u007f\\u2028\"",
      "\"\\u001b\\u0000/\xc3\xa9\\b\\f\\n\\r\\t\\\"\\\\\x7f\xe2\x80\xa8\"",
      "\"\\u001b\\u0000/\xc3\xa9\\b\\f\\n\\r\\t\\\"\\\\\x7f\xe2\x80\xa8\"" },
    { "[NaN,Infinity,-Infinity]", "[\n NaN,\n Infinity,\n -Infinity\n]",
      "[NaN,1e999,-1e999]" },
    { "123456789012345678901234567890", "123456789012345678901234567890",
      "123456789012345678901234567890" },
    { "-0", "0", "0" },
    { "[true,false]", "[\n true,\n false\n]", "[true,false]" },
};

static void test_good (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (good); i++) {
        autofree char *file = convert (good[i].in, strlen (good[i].in), NBJSON_FILE, NULL);
        autofree char *compact =
            convert (good[i].in, strlen (good[i].in), NBJSON_COMPACT, NULL);
        assert_non_null (file);
        assert_string_equal (file, good[i].file);
        assert_string_equal (compact, good[i].compact);
    }
}

static const char *const bad[] = {
    "",
    " ",
    "[",
    "]",
    "[1,]",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{\"a\":1,}",
    "[1 2]",
    "nul",
    "tru",
    "\"",
    "\"\\",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\x01\"",
    "\"a\nb\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800x\"",
    "\"\\ud800\\u0041\"",
    "\"\\ud800\\",
    "01",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "-",
    "--1",
    "1 2",
    "[1]]",
    "'a'",
    "\xef\xbb\xbf{}",
    "\"\xff\"",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "-Inf",
    "Nan",
    "/**/1",
    "\"\\\"",
};

static void test_bad (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        struct err err;
        autofree char *text = convert (bad[i], strlen (bad[i]), NBJSON_FILE, &err);
        if (text)
            fail_msg ("accepted: %s", bad[i]);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
}

static void test_place_of_error (void **state)
{
    struct err err;
    (void)state;
    assert_null (convert ("{\n \"a\": x}", 10, NBJSON_FILE, &err));
    assert_string_equal (err.text, "line 2 column 7: expecting a value");
    assert_null (convert ("{\"\\n\\n\":\n\n \"\\n\" x}", 18, NBJSON_FILE, &err));
    assert_string_equal (err.text, "line 3 column 7: expecting ',' or '}'");
    assert_null (convert ("[\"\xff\"]", 5, NBJSON_FILE, &err));
    assert_string_equal (err.reason, "bad format");
}

static const struct {
    const char *text, *repr;
} reals[] = {
    { "1E5", "100000.0" },
    { "1e22", "1e+22" },
    { "1.10", "1.1" },
    { "-0.0", "-0.0" },
    { "-0e5", "-0.0" },
    { "0.1", "0.1" },
    { "1e-5", "1e-05" },
    { "0.0001", "0.0001" },
    { "1e15", "1000000000000000.0" },
    { "1e16", "1e+16" },
    { "100.0", "100.0" },
    { "123456789012345680.0", "1.2345678901234568e+17" },
    { "0.30000000000000004", "0.30000000000000004" },
    { "0.3000000000000000444", "0.30000000000000004" },
    { "5e-324", "5e-324" },
    { "2.2250738585072014e-308", "2.2250738585072014e-308" },
    { "2.225073858507201e-308", "2.225073858507201e-308" },
    { "1.7976931348623157e308", "1.7976931348623157e+308" },
    { "1e400", "Infinity" },
    { "-1e400", "-Infinity" },
    { "1e-400", "0.0" },
    { "-1e-400", "-0.0" },
    { "9007199254740993.0", "9007199254740992.0" },
    { "1e23", "1e+23" },
    { "9.5e22", "9.5e+22" },
    { "0.000123", "0.000123" },
    { "0.0000123", "1.23e-05" },
    { "1.5e300", "1.5e+300" },
    { "4.35", "4.35" },
    { "2.5e-7", "2.5e-07" },
    { "1e0000000001", "10.0" },
    { "10000000000000000000000000.000", "1e+25" },
    { "4.4501477170144023e-308", "4.4501477170144023e-308" },
    { "5.9604644775390625e-08", "5.960464477539063e-08" },
    { "1e0000000000000000005", "100000.0" },
    { "1e713056585598515268283148661245", "Infinity" },
    { "6.1897001964269014e26", "6.189700196426902e+26" },
    { "0.12345678901234567", "0.12345678901234566" },
    { "1e-713056585598515268", "0.0" },
};

static void test_reals (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (reals); i++) {
        autofree char *text =
            convert (reals[i].text, strlen (reals[i].text), NBJSON_FILE, NULL);
        assert_non_null (text);
        assert_string_equal (text, reals[i].repr);
    }
}

static char *nested (size_t depth)
{
    char *s = xcalloc (2 * depth + 1, 1);
    memset (s, '[', depth);
    memset (s + depth, ']', depth);
    return s;
}

static void test_depth (void **state)
{
    struct err err;
    (void)state;
    autofree char *deep = nested (NBJSON_DEPTH), *deeper = nested (NBJSON_DEPTH + 1);
    autofree char *text = convert (deep, strlen (deep), NBJSON_COMPACT, NULL);
    assert_string_equal (text, deep);
    assert_null (convert (deeper, strlen (deeper), NBJSON_COMPACT, &err));
    assert_int_equal (err.problem, PROBLEM_INVALID);
}

static void test_members (void **state)
{
    (void)state;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *o = nbjson_object (doc);
    char keys[200][8];
    for (int i = 0; i < 200; i++) {
        (void)snprintf (keys[i], sizeof keys[i], "k%d", (i * 37) % 200);
        nbjson_set (doc, o, keys[i], nbjson_int (doc, i));
    }
    assert_int_equal (o->n, 200);
    for (int i = 0; i < 200; i++)
        assert_int_equal (nbjson_int_value (nbjson_get (o, keys[i]), -1), i);
    nbjson_set (doc, o, "k5", nbjson_text (doc, "new"));
    assert_true (nbjson_equals (nbjson_get (o, "k5"), "new"));
    assert_non_null (nbjson_take (o, "k5"));
    assert_null (nbjson_take (o, "k5"));
    assert_int_equal (o->n, 199);
    assert_null (nbjson_get (o, "k"));
    assert_null (nbjson_get (NULL, "k"));
}

static void test_truth (void **state)
{
    static const struct {
        const char *text;
        bool truth;
    } rows[] = { { "0", false },    { "0.0", false },  { "-0.0", false }, { "0.1", true },
                 { "1e-5", true },  { "\"\"", false }, { "\"a\"", true }, { "[]", false },
                 { "[0]", true },   { "null", false }, { "true", true },  { "NaN", true },
                 { "false", false } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        struct nbjson *v = nbjson_parse (doc, rows[i].text, strlen (rows[i].text), NULL);
        assert_non_null (v);
        assert_int_equal (nbjson_truthy (v), rows[i].truth);
    }
}

/* A text that is cut anywhere must be refused without a read behind its end (sanitizers).
 */
static void test_cut (void **state)
{
    static const char whole[] = "{\"k\\u00e9y\": [1.5e+3, -12, true, null, "
                                "\"\\ud83d\\ude00\\n\", {\"\": \"plain\"}]}";
    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        autofree char *copy = malloc (n ? n : 1);
        memcpy (copy, whole, n);
        assert_null (convert (copy, n, NBJSON_FILE, NULL));
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_good),           cmocka_unit_test (test_bad),
        cmocka_unit_test (test_place_of_error), cmocka_unit_test (test_reals),
        cmocka_unit_test (test_depth),          cmocka_unit_test (test_members),
        cmocka_unit_test (test_truth),          cmocka_unit_test (test_cut),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
