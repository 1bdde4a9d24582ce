/* test_session_fields.c - bodies of session requests (contract 3.7) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonx.h"
#include "server/sessions.h"

#include <string.h>

static int parse (const char *text, bool patch, struct session_fields *f, struct err *err,
                  json_t **keep)
{
    *keep = text ? jsonx_parse (text, strlen (text), NULL) : NULL;
    return session_fields_parse (*keep, patch, f, err);
}

static void refused (const char *text, bool patch, const char *why)
{
    struct session_fields f;
    struct err err;
    json_t *j;
    assert_int_equal (parse (text, patch, &f, &err, &j), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_string_equal (err.text, why);
    json_decref (j);
}

static void test_refused (void **state)
{
    refused (NULL, false, "No JSON data provided");
    refused ("[]", false, "No JSON data provided");
    refused ("null", true, "No JSON data provided");
    refused ("{}", false, "Missing field in JSON data: path");
    refused ("{\"path\": null, \"type\": \"x\"}", false,
             "Missing field in JSON data: path");
    refused ("{\"path\": \"a\"}", false, "Missing field in JSON data: type");
    refused ("{\"path\": \"a\", \"type\": 1}", false, "type: expected string");
    refused ("{\"path\": \"a\\u0000b\", \"type\": \"x\"}", false, "path: a NUL character");
    refused ("{\"path\": \"a\", \"type\": \"x\", \"kernel\": 5}", true,
             "kernel: expected object");
}

static void test_whole (void **state)
{
    struct session_fields f;
    struct err err;
    json_t *j;
    assert_int_equal (
        parse ("{\"path\": \"d/a.ipynb\", \"type\": \"notebook\", \"name\": \"a.ipynb\","
               " \"kernel\": {\"id\": \"i\", \"name\": \"python3\"}}",
               false, &f, &err, &j),
        0);
    assert_string_equal (f.path, "d/a.ipynb");
    assert_string_equal (f.name, "a.ipynb");
    assert_string_equal (f.type, "notebook");
    assert_string_equal (f.kernel_id, "i");
    assert_string_equal (f.kernel_name, "python3");
    json_decref (j);
}

static void test_old_clients (void **state)
{
    struct session_fields f;
    struct err err;
    json_t *j;
    assert_int_equal (
        parse ("{\"notebook\": {\"path\": \"a.ipynb\"}}", false, &f, &err, &j), 0);
    assert_string_equal (f.path, "a.ipynb");
    assert_string_equal (f.type, "notebook");
    assert_null (f.name);
    json_decref (j);
    assert_int_equal (
        parse ("{\"notebook\": {\"name\": \"b.ipynb\"}}", false, &f, &err, &j), 0);
    assert_string_equal (f.path, "b.ipynb");
    json_decref (j);
}

static void test_patch_takes_any (void **state)
{
    struct session_fields f;
    struct err err;
    json_t *j;
    assert_int_equal (
        parse ("{\"kernel\": {\"id\": null, \"name\": \"x\"}}", true, &f, &err, &j), 0);
    assert_null (f.path);
    assert_null (f.kernel_id);
    assert_string_equal (f.kernel_name, "x");
    json_decref (j);
    assert_int_equal (parse ("{}", true, &f, &err, &j), 0);
    json_decref (j);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_refused),
        cmocka_unit_test (test_whole),
        cmocka_unit_test (test_old_clients),
        cmocka_unit_test (test_patch_takes_any),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
