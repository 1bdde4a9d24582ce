/* test_table.c - tables for a terminal: aligned with any script, harmless to it */

#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void printed (const struct table *t, const char *want)
{
    char text[2048] = "";
    FILE *to = fmemopen (text, sizeof text, "w");

    assert_non_null (to);
    table_print (t, to);
    assert_int_equal (fclose (to), 0);
    assert_string_equal (text, want);
}

static void test_aligned (void **state)
{
    autocleanup (table_free) struct table *t = table_new (3, "NAME", "-SIZE", "STATE");

    printed (t, "NAME  SIZE  STATE\n----  ----  -----\n");
    table_add (t, "mnist", "12 MiB", "running");
    table_add (t, "a", "1 B", NULL);
    table_add (t, "数据", "7 B", "é");
    assert_int_equal (table_rows (t), 3);
    printed (t, "NAME     SIZE  STATE\n-----  ------  -------\nmnist  12 MiB  running\n"
                "a         1 B\n数据      7 B  é\n");
}

static void test_harmless (void **state)
{
    static const struct {
        const char *in, *out;
        size_t width;
    } rows[] = {
        { "plain", "plain", 5 },
        { "a\033[31mred\nb\rc\td", "a?[31mred?b?c?d", 15 },
        { "x\xff\xfey", "x??y", 4 },
        { "e\xcc\x81", "e\xcc\x81", 1 },
        { "\xc2\x9b"
          "31m",
          "?31m", 4 },
        { "", "", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autofree char *s = table_clean (rows[i].in);
        assert_string_equal (s, rows[i].out);
        assert_int_equal (table_width (s), rows[i].width);
    }
}

static void test_long (void **state)
{
    autofree char *long_text = xcalloc (1, 100001);
    memset (long_text, 'x', 100000);
    autofree char *s = table_clean (long_text);
    assert_true (strlen (s) <= 4096);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_aligned),
        cmocka_unit_test (test_harmless),
        cmocka_unit_test (test_long),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
