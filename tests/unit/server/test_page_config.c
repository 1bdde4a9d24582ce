/* test_page_config.c - merging of page config and extensions, and its escaping */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/jsonx.h"
#include "server/page_config.h"

#include <string.h>

static json_t *parse (const char *s)
{
    struct err err;
    json_t *j = jsonx_parse (s, strlen (s), &err);
    assert_non_null (j);
    return j;
}

static const struct {
    const char *what, *stored, *extension, *app, *disabled;
} rows[] = {
    { "nothing", "{}", NULL, NULL, "[]" },
    { "objects become lists of what is true",
      "{\"disabledExtensions\":{\"a\":true,\"b\":false,\"c\":1,\"d\":null}}", NULL, NULL,
      "[\"a\",\"c\"]" },
    { "a list is fine, too", "{\"disabledExtensions\":[\"a\",7]}", NULL, NULL, "[\"a\"]" },
    { "an extension disables", "{}",
      "{\"name\":\"x\",\"jupyterlab\":{\"_build\":{\"load\":\"s\"},"
      "\"disabledExtensions\":[\"a\"]}}",
      NULL, "[\"a\"]" },
    { "false brings it back", "{\"disabledExtensions\":{\"a\":false}}",
      "{\"name\":\"x\",\"jupyterlab\":{\"_build\":{\"load\":\"s\"},"
      "\"disabledExtensions\":[\"a\",\"b\"]}}",
      NULL, "[\"b\"]" },
    { "a disabled extension has no say", "{\"disabledExtensions\":{\"x\":true}}",
      "{\"name\":\"x\",\"jupyterlab\":{\"_build\":{\"load\":\"s\"},"
      "\"disabledExtensions\":[\"a\"]}}",
      NULL, "[\"x\"]" },
    { "disabled otherwise than by true, it has", "{\"disabledExtensions\":{\"x\":1}}",
      "{\"name\":\"x\",\"jupyterlab\":{\"_build\":{\"load\":\"s\"},"
      "\"disabledExtensions\":[\"a\"]}}",
      NULL, "[\"a\",\"x\"]" },
    { "the application's own metadata", "{}", NULL,
      "{\"jupyterlab\":{\"extensionMetadata\":{\"m\":{\"disabledExtensions\":[\"z\"]}}}}",
      "[\"z\"]" },
    { "without a build it takes no part", "{}",
      "{\"name\":\"x\",\"jupyterlab\":{\"disabledExtensions\":[\"a\"]}}", NULL, "[]" },
};

static void combine (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autojson json_t *stored = parse (rows[i].stored);
        autojson json_t *app = rows[i].app ? parse (rows[i].app) : NULL;
        autojson json_t *package = rows[i].extension ? parse (rows[i].extension) : NULL;
        struct labextension x = { (char *)"x", (char *)"/x", package };
        struct labextensions all = { &x, package ? 1 : 0 };
        autojson json_t *config = page_config_combine (stored, &all, app);
        autofree char *got =
            jsonx_dump_string (json_object_get (config, "disabledExtensions"), 0, false);
        if (strcmp (got, rows[i].disabled))
            fail_msg ("%s: %s", rows[i].what, got);
        assert_true (json_is_array (json_object_get (config, "federated_extensions")));
    }
}

static void entry (void **state)
{
    (void)state;
    autojson json_t *package =
        parse ("{\"name\":\"@s/x\",\"jupyterlab\":{\"_build\":{\"load\":\"static/r.js\","
               "\"extension\":\"./extension\",\"style\":\"./style\"}}}");
    autojson json_t *e = labextension_entry (package);
    autofree char *text = jsonx_dump_string (e, 0, true);
    assert_string_equal (text,
                         "{\"entrypoints\":null,\"extension\":\"./extension\",\"load\":"
                         "\"static/r.js\",\"name\":\"@s/x\",\"style\":\"./style\"}");
    autojson json_t *no_name = parse ("{\"jupyterlab\":{\"_build\":{\"load\":\"x\"}}}");
    assert_null (labextension_entry (no_name));
    autojson json_t *no_load = parse ("{\"name\":\"x\",\"jupyterlab\":{\"_build\":{}}}");
    assert_null (labextension_entry (no_load));
    autojson json_t *list = parse ("[1]");
    assert_null (labextension_entry (list));
}

static void every_object_becomes_a_list (void **state)
{
    (void)state;
    autojson json_t *stored = parse ("{\"deferredExtensions\":{\"a\":true,\"b\":false},"
                                     "\"other\":{\"k\":\"v\",\"n\":\"\"},\"text\":\"t\"}");
    struct labextensions none = { 0 };
    autojson json_t *config = page_config_combine (stored, &none, NULL);
    autofree char *text = jsonx_dump_string (config, 0, true);
    assert_string_equal (text,
                         "{\"deferredExtensions\":[\"a\"],\"disabledExtensions\":[],"
                         "\"federated_extensions\":[],\"other\":[\"k\"],\"text\":\"t\"}");
}

static void escaping (void **state)
{
    (void)state;
    autojson json_t *config = json_pack ("{s:s, s:s}", "b", "</script>&'", "a", "\"é");
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    assert_int_equal (page_config_tojson (config, &b), 0);
    assert_null (strpbrk (b.data, "<>&'"));
    assert_non_null (strstr (b.data, "\\u003c/script\\u003e\\u0026\\u0027"));
    assert_true (strstr (b.data, "\"a\"") < strstr (b.data, "\"b\""));
    autojson json_t *back = parse (b.data);
    assert_true (json_equal (back, config));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (combine),
        cmocka_unit_test (entry),
        cmocka_unit_test (every_object_becomes_a_list),
        cmocka_unit_test (escaping),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
