/* test_lab_preload.c - links for scripts that every page loads */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "server/lab_preload.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "u=e=>\"\"+(5531===e?\"jlab_core\":e)+\".\"+("
#define TAIL ")[e]+\".js?v=\"+({5531:\"ffff\"})[e]"

static const struct {
    const char *script, *expected; /* NULL: no core */
} rows[] = {
    { HEAD "{1:\"aa\",5531:\"8811dd\",6:\"bb\"}" TAIL, "jlab_core.8811dd.js?v=8811dd" },
    { HEAD "{5531:\"8811dd\"}" TAIL, "jlab_core.8811dd.js?v=8811dd" },
    { HEAD "{15531:\"aa\",5531:\"8811dd\"}" TAIL, "jlab_core.8811dd.js?v=8811dd" },
    { HEAD "{15531:\"aa\"}" TAIL, NULL },
    { HEAD "{5531:\"<script>\"}" TAIL, NULL },
    { HEAD "{5531:\"\"}" TAIL, NULL },
    { HEAD "{5531:\"8811dd", NULL },
    { HEAD "{5531:\"8811dd\"})[e]+\".js\"", NULL },
    { "===e?\"jlab_core\":e)+\".\"+({5531:\"8811dd\"}" TAIL, NULL },
    { HEAD, NULL },
    { "", NULL },
};

static void test_core (void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof (rows) / sizeof (rows[0]); i++) {
        struct err err = { .problem = PROBLEM_NONE };
        /* exactly as long, so that a sanitizer sees who reads on */
        size_t n = strlen (rows[i].script);
        char *text = malloc (n ? n : 1);
        memcpy (text, rows[i].script, n);
        json_t *core = lab_preload_core (text, n, &err);
        free (text);
        if (rows[i].expected)
            assert_string_equal (json_string_value (core), rows[i].expected);
        else
            assert_true (!core && err.problem == PROBLEM_NOT_FOUND);
        json_decref (core);
    }
}

static void test_links (void **state)
{
    json_t *core = json_string ("jlab_core.1.js?v=1");
    json_t *config = json_pack ("{s:s, s:s, s:[{s:s, s:s}, {s:s}]}", "fullStaticUrl",
                                "/b/static/lab", "fullLabextensionsUrl",
                                "/b/lab/extensions", "federated_extensions", "name", "@a/b",
                                "load", "static/remoteEntry.1.js?\"<", "name", "no entry");
    autodone (buf_done) struct buf b;

    (void)state;
    buf_init (&b, 4096);
    lab_preload_links (&b, config, core);
    assert_string_equal (
        b.data, "<link rel=\"preload\" as=\"script\" href=\"/b/lab/extensions/@a/b/"
                "static/remoteEntry.1.js?&quot;&lt;\">"
                "<link rel=\"preload\" as=\"script\" "
                "href=\"/b/static/lab/jlab_core.1.js?v=1\">");
    buf_clear (&b);
    json_object_clear (config);
    lab_preload_links (&b, config, NULL);
    assert_string_equal (b.data, "");
    json_decref (config);
    json_decref (core);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_core),
        cmocka_unit_test (test_links),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
