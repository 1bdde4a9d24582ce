/* test_lab_slug.c - file names of saved layouts, as the original makes them */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "server/lab_slug.h"

#include <string.h>

static const struct {
    const char *name, *slug;
} rows[] = {
    { "default", "default-37a8" },
    { "foo", "foo-2c26" },
    { "My Work", "my-work-c2fe" },
    { "a/b", "ab-c14c" },
    { "a%20b", "a-b-719b" },
    { "lab-one  two", "lab-one-two-83bb" },
    { "Ünïcode", "ncode-00b2" },
    { "ＡＢＣ１", "abc1-e253" },
    { "é", "-4a99" },
    { "½ﬁK②", "12fik2-bf4a" },
    { "  sp  ", "sp-6b96" },
    { "日本", "-cf2a" },
    { "a--b", "a-b-9082" },
    { "TM™ no№", "tmTM-noNo-8c9b" },
    { "%C3%A9a", "a-23ff" },
    { "-x-", "-x--c6cf" },
    { "/lead", "lead-e345" },
    { "a\tb.c", "a-bc-a26f" },
};

static void slugs (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autofree char *slug = lab_slug (rows[i].name, strlen (rows[i].name));
        assert_string_equal (slug, rows[i].slug);
    }
}

static void long_names_are_cut (void **state)
{
    (void)state;
    char name[201];
    memset (name, 'x', 200);
    name[200] = '\0';
    autofree char *slug = lab_slug (name, 200);
    assert_int_equal (strlen (slug), 107);
    assert_true (strlen (slug) + strlen (LAB_SLUG_SUFFIX) <= 128);
    assert_string_equal (slug + 102, "-aa20");
}

/* What is no UTF-8 is neither a crash nor part of the name. */
static void bytes (void **state)
{
    (void)state;
    autofree char *slug = lab_slug ("a\xff\xfe\xf0z", 5);
    assert_int_equal (slug[0], 'a');
    autofree char *empty = lab_slug ("", 0);
    assert_string_equal (empty, "-e3b0");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (slugs),
        cmocka_unit_test (long_names_are_cut),
        cmocka_unit_test (bytes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
