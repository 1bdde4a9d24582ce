/* test_lab_template.c - the scripts in the application's index.html */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/jsonx.h"
#include "server/lab_template.h"

#include <string.h>

static char *scripts_of (const char *html)
{
    struct err err;
    autojson json_t *list = lab_template_scripts (html, strlen (html), &err);
    return list ? jsonx_dump_string (list, 0, false) : xstrdup ("none");
}

static const struct {
    const char *html, *expected;
} rows[] = {
    { "<script defer=\"defer\" "
      "src=\"{{page_config.fullStaticUrl}}/main.e.js?v=e\"></script>",
      "[\"main.e.js?v=e\"]" },
    { "<script src=\"{{ page_config['fullStaticUrl'] | e }}/a.js\"></script>"
      "<script src=\"{{page_config.fullStaticUrl}}/b.js\"></script>",
      "[\"a.js\",\"b.js\"]" },
    { "<script id=\"x\" type=\"application/json\">{{ page_config_full | tojson }}</script>",
      "none" },
    { "<script src=\"/other.js\"></script>", "none" },
    { "<script src=\"{{base_url}}/other.js\"></script>", "none" },
    { "<script src=\"{{page_config.fullStaticUrl}}/a<b.js\"></script>", "none" },
    { "<script src=\"{{page_config.fullStaticUrl}}/a'b.js\"></script>", "none" },
    { "<script src=\"{{page_config.fullStaticUrl}}/\"></script>", "none" },
    { "<script src=\"{{page_config.fullStaticUrl}}xmain.js\"></script>", "none" },
    { "<script src=\"{{page_config.fullStaticUrl", "none" },
    { "<script", "none" },
    { "", "none" },
};

static void table (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autofree char *got = scripts_of (rows[i].html);
        assert_string_equal (got, rows[i].expected);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (table) };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
