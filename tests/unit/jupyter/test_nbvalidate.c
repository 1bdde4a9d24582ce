/* test_nbvalidate.c - the rules of each minor, and the texts that people see */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jupyter/nbvalidate.h"

#include <string.h>

#define NB(minor, meta, cells)                                                             \
    "{\"nbformat\":4,\"nbformat_minor\":" minor ",\"metadata\":" meta ",\"cells\":[" cells \
    "]}"
#define RAW(extra) "{\"cell_type\":\"raw\",\"source\":\"\"" extra "}"
#define CODE(outputs)                                                                      \
    "{\"cell_type\":\"code\",\"source\":\"\",\"metadata\":{},\"execution_count\":null,"    \
    "\"outputs\":[" outputs "]}"
#define META ",\"metadata\":{}"

/* What follows "Notebook validation failed: " up to ":\n"; NULL: valid. */
static const struct {
    const char *notebook, *text;
} rows[] = {
    { NB ("5", "{}", ""), NULL },
    { NB ("4", "{}", RAW (META)), NULL },
    { NB ("5", "{}", RAW (META ",\"id\":\"a-B_9\"")), NULL },
    { NB ("5", "{}", RAW (META)), "'id' is a required property" },
    { NB ("4", "{}", RAW (META ",\"id\":\"a\"")),
      "Additional properties are not allowed ('id' was unexpected)" },
    { NB ("4", "{}", RAW (META ",\"x\":1,\"y\":2")),
      "Additional properties are not allowed ('x', 'y' were unexpected)" },
    { NB ("5", "{}", RAW (META ",\"id\":\"b d\"")),
      "'b d' does not match '^[a-zA-Z0-9-_]+$'" },
    { NB ("5", "{}", RAW (META ",\"id\":5")), "5 is not of type 'string'" },
    { NB ("4", "{}", RAW (",\"metadata\":{\"tags\":[\"a\",\"a\"]}")),
      "['a', 'a'] has non-unique elements" },
    { NB ("4", "{}", RAW (",\"metadata\":{\"tags\":[\"a,b\"]}")),
      "'a,b' does not match '^[^,]+$'" },
    { NB ("4", "{}", RAW (",\"metadata\":{\"name\":\"\"}")),
      "'' is not a non-empty string" },
    { NB ("3", "{}", RAW (",\"metadata\":{\"jupyter\":1}")), "1 is not of type 'object'" },
    { NB ("2", "{}", RAW (",\"metadata\":{\"jupyter\":1}")), NULL },
    { NB ("4", "{}", "{\"cell_type\":\"x\",\"metadata\":{}}"),
      "{'cell_type': 'x', 'metadata': {}} is not valid under any of the given schemas" },
    { NB ("6", "{}", "{\"cell_type\":\"x\",\"metadata\":{},\"new\":1}"), NULL },
    { NB ("4", "{\"kernelspec\":{\"name\":\"p\"}}", ""),
      "'display_name' is a required property" },
    { NB ("4", "{\"language_info\":{}}", ""), "'name' is a required property" },
    { NB ("4", "{\"orig_nbformat\":0}", ""), "0 is less than the minimum of 1" },
    { NB ("2", "{\"title\":1}", ""), "1 is not of type 'string'" },
    { NB ("1", "{\"title\":1}", ""), NULL },
    { NB ("4", "{}", CODE ("{\"output_type\":\"stream\",\"name\":\"o\",\"text\":\"\"}")),
      NULL },
    { NB ("4", "{}", CODE ("{\"output_type\":\"stream\",\"text\":\"\"}")),
      "'name' is a required property" },
    { NB ("4", "{}",
          CODE ("{\"output_type\":\"display_data\",\"metadata\":{},\"data\":"
                "{\"application/json\":1,\"application/a+json\":{}}}")),
      NULL },
    { NB ("4", "{}",
          CODE ("{\"output_type\":\"display_data\",\"metadata\":{},\"data\":"
                "{\"text/plain\":true}}")),
      "True is not valid under any of the given schemas" },
    { NB ("4", "{}",
          CODE ("{\"output_type\":\"execute_result\",\"metadata\":{},\"data\":{},"
                "\"execution_count\":-1}")),
      "-1 is less than the minimum of 0" },
    { NB ("4", "{}",
          CODE ("{\"output_type\":\"error\",\"ename\":\"\",\"evalue\":\"\","
                "\"traceback\":\"x\"}")),
      "'x' is not of type 'array'" },
    { "{\"nbformat\":4,\"metadata\":{},\"cells\":[]}",
      "'nbformat_minor' is a required property" },
    { "{\"nbformat\":4,\"nbformat_minor\":4,\"metadata\":{},\"cells\":[],\"x\":1}",
      "Additional properties are not allowed ('x' was unexpected)" },
};

static void test_rows (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        struct nbjson *nb =
            nbjson_parse (doc, rows[i].notebook, strlen (rows[i].notebook), NULL);
        assert_non_null (nb);
        autofree char *message = nbvalidate (nb);
        if (!rows[i].text) {
            if (message)
                fail_msg ("%s: %s", rows[i].notebook, message);
            continue;
        }
        autofree char *want = xasprintf ("Notebook validation failed: %s:\n", rows[i].text);
        assert_non_null (message);
        if (strncmp (message, want, strlen (want)))
            fail_msg ("%s\n  is not\n%s", message, want);
    }
}

static void test_instance (void **state)
{
    static const char text[] = NB ("4", "{\"kernelspec\":{\"name\":\"p\"}}", "");
    (void)state;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *nb = nbjson_parse (doc, text, sizeof text - 1, NULL);
    autofree char *message = nbvalidate (nb);
    assert_string_equal (message,
                         "Notebook validation failed: 'display_name' is a required "
                         "property:\n{\n \"name\": \"p\"\n}");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_rows),
        cmocka_unit_test (test_instance),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
