/* test_css_urls.c - relative addresses in stylesheets */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "server/css_urls.h"

#include <string.h>

static const struct {
    const char *css, *expected;
} rows[] = {
    { "a{background:url('img/x.png')}", "a{background:url('/P/img/x.png')}" },
    { "url('a')url('b')", "url('/P/a')url('/P/b')" },
    { "url('/abs.png')", "url('/abs.png')" },
    { "url('https://h/x')", "url('https://h/x')" },
    { "url('data:image/png;base64,AA')", "url('data:image/png;base64,AA')" },
    { "url(\"x.png\")", "url(\"x.png\")" },
    { "url(x.png)", "url(x.png)" },
    { "url('#mark')", "url('#mark')" },
    { "url('')", "url('')" },
    { "url('open", "url('open" },
    { "url('", "url('" },
    { "", "" },
};

static void rewrite (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autodone (buf_done) struct buf b;
        buf_init (&b, 4096);
        assert_int_equal (css_urls_rewrite (rows[i].css, strlen (rows[i].css), "/P", &b),
                          0);
        assert_string_equal (b.data, rows[i].expected);
    }
}

static void ceiling (void **state)
{
    (void)state;
    autodone (buf_done) struct buf b;
    buf_init (&b, 8);
    assert_int_equal (css_urls_rewrite ("url('a')", 8, "/P", &b), -1);
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (rewrite),
                                        cmocka_unit_test (ceiling) };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
