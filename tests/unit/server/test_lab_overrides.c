/* test_lab_overrides.c - defaults inside schemas, and licences as text */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/jsonx.h"
#include "server/lab_licenses.h"
#include "server/lab_overrides.h"
#include "server/lab_plugins.h"

#include <string.h>

static json_t *parse (const char *s)
{
    struct err err;
    json_t *j = jsonx_parse (s, strlen (s), &err);
    assert_non_null (j);
    return j;
}

static const struct {
    const char *schema, *values, *expected;
} rows[] = {
    { "{\"properties\":{\"a\":{\"default\":1}}}", "{\"a\":2}",
      "{\"properties\":{\"a\":{\"default\":2}}}" },
    { "{\"properties\":{\"a\":{}}}", "{\"a\":2}",
      "{\"properties\":{\"a\":{\"default\":2}}}" },
    { "{}", "{\"a\":[1]}", "{\"properties\":{\"a\":{\"default\":[1]}}}" },
    { "{\"properties\":{\"a\":{\"default\":{\"x\":1,\"y\":2}}}}",
      "{\"a\":{\"y\":3,\"z\":4}}",
      "{\"properties\":{\"a\":{\"default\":{\"x\":1,\"y\":3,\"z\":4}}}}" },
    { "{\"properties\":{\"a\":{\"default\":{\"x\":1}}}}", "{\"a\":null}",
      "{\"properties\":{\"a\":{\"default\":null}}}" },
    { "{\"properties\":[]}", "{\"a\":1}", "{\"properties\":{\"a\":{\"default\":1}}}" },
};

static void apply (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autojson json_t *schema = parse (rows[i].schema), *values = parse (rows[i].values);
        lab_overrides_apply (schema, values);
        autofree char *got = jsonx_dump_string (schema, 0, true);
        assert_string_equal (got, rows[i].expected);
    }
}

static const char bundles[] = "{\"j\":{\"packages\":[{\"name\":\"css-loader\","
                              "\"versionInfo\":\"6.8.1\",\"licenseId\":\"MIT\","
                              "\"extractedText\":\"a, \\\"b\\\"\"}]}}";

static void licenses (void **state)
{
    (void)state;
    autojson json_t *j = parse (bundles);
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    lab_licenses_csv (j, &b);
    assert_string_equal (b.data, "bundle,name,versionInfo,licenseId,extractedText\r\n"
                                 "j,css-loader,6.8.1,MIT,\"a, \"\"b\"\"\"\r\n");
    buf_clear (&b);
    lab_licenses_markdown (j, false, &b);
    assert_string_equal (b.data, "# j\n\n## **css-loader**\t`6.8.1`             \tMIT");
}

static void lock_rules (void **state)
{
    (void)state;
    assert_true (lab_plugins_rule_matches ("a:b", "a:b"));
    assert_true (lab_plugins_rule_matches ("a", "a:b"));
    assert_true (lab_plugins_rule_matches ("a", "a"));
    assert_false (lab_plugins_rule_matches ("a:b", "a:bc"));
    assert_false (lab_plugins_rule_matches ("a", "ab:c"));
    assert_false (lab_plugins_rule_matches ("a:b", "a"));
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (apply),
                                        cmocka_unit_test (licenses),
                                        cmocka_unit_test (lock_rules) };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
