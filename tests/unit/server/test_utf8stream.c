/* test_utf8stream.c - terminal output as text: cut sequences, bad bytes, every boundary */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/url.h"
#include "server/utf8stream.h"

#include <stdlib.h>
#include <string.h>

#define BAD "\xef\xbf\xbd"

/* DATA fed in pieces of STEP bytes. */
static char *decode (const char *data, size_t n, size_t step)
{
    struct utf8stream u = { .n = 0 };
    struct buf out;
    buf_init (&out, 1 << 20);
    for (size_t at = 0; at < n; at += step)
        utf8stream_feed (&u, data + at, n - at < step ? n - at : step, &out);
    utf8stream_end (&u, &out);
    assert_true (utf8_valid (out.data, out.len));
    return buf_take (&out, NULL);
}

static const struct {
    const char *bytes, *text;
} cases[] = {
    { "plain", "plain" },
    { "\xc3\xa5 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa5 \xe2\x82\xac \xf0\x9f\x98\x80" },
    { "\xff", BAD },
    { "\x80\x80", BAD BAD },
    { "\xc0\xaf", BAD BAD },                        /* overlong */
    { "\xe0\x80\xaf", BAD BAD BAD },                /* overlong */
    { "\xed\xa0\x80", BAD BAD BAD },                /* surrogate */
    { "\xf4\x90\x80\x80", BAD BAD BAD BAD },        /* beyond the last character */
    { "\xe2\x82x", BAD "x" },                       /* one for the part that was right */
    { "\xe2\x82\xe2\x82\xac", BAD "\xe2\x82\xac" }, /* begins anew within a sequence */
    { "\xf0\x9f\x98", BAD },                        /* cut off at the end */
    { "\xf0\x9f\x98\n", BAD "\n" },
};

static void test_every_boundary (void **state)
{
    for (size_t i = 0; i < sizeof (cases) / sizeof (cases[0]); i++)
        for (size_t step = 1; step <= 4; step++) {
            char *text = decode (cases[i].bytes, strlen (cases[i].bytes), step);
            assert_string_equal (text, cases[i].text);
            free (text);
        }
}

static void test_holds_back (void **state)
{
    struct utf8stream u = { .n = 0 };
    struct buf out;
    buf_init (&out, 100);
    utf8stream_feed (&u, "a\xe2\x82", 3, &out);
    assert_string_equal (out.data, "a");
    utf8stream_feed (&u, "\xac", 1, &out);
    assert_string_equal (out.data, "a\xe2\x82\xac");
    buf_done (&out);
}

static void test_nul_is_a_character (void **state)
{
    struct utf8stream u = { .n = 0 };
    struct buf out;
    buf_init (&out, 100);
    utf8stream_feed (&u, "a\0b", 3, &out);
    assert_int_equal (out.len, 3);
    assert_memory_equal (out.data, "a\0b", 3);
    buf_done (&out);
}

static void test_random_bytes_are_valid (void **state)
{
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        char data[64];
        for (size_t i = 0; i < sizeof (data); i++) {
            seed = seed * 1103515245 + 12345;
            data[i] = (char)(seed >> 16);
        }
        char *whole = decode (data, sizeof (data), sizeof (data));
        char *split = decode (data, sizeof (data), 1 + (size_t)round % 7);
        assert_string_equal (whole, split);
        free (whole);
        free (split);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_every_boundary),
        cmocka_unit_test (test_holds_back),
        cmocka_unit_test (test_nul_is_a_character),
        cmocka_unit_test (test_random_bytes_are_valid),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
