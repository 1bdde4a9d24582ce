/* test_xsrf_token.c - the text of the _xsrf cookie */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "server/xsrf_token.h"

#include <string.h>

static void test_round_trip (void **state)
{
    (void)state;
    uint8_t token[16], back[XSRF_TOKEN];
    size_t n;
    for (size_t i = 0; i < sizeof (token); i++)
        token[i] = (uint8_t)(i * 17);
    autofree char *a = xsrf_encode (token, sizeof (token));
    autofree char *b = xsrf_encode (token, sizeof (token));
    assert_true (xsrf_decode (a, back, &n));
    assert_int_equal (n, sizeof (token));
    assert_memory_equal (back, token, sizeof (token));
    assert_string_not_equal (a, b); /* masks differ */
    assert_true (xsrf_equal (a, b));
}

static void test_tornado_vector (void **state)
{
    (void)state;
    /* mask b725f782, made by tornado; version 1 text of the same token */
    const char *v2 = "2|b725f782|9a1f394080e39ae5855038eb1a15245e|1795393322";
    const char *v1 = "2d3acec237c66d673275cf69ad30d3dc";
    assert_true (xsrf_equal (v2, v1));
    assert_false (xsrf_equal (v2, "2d3acec237c66d673275cf69ad30d3dd"));
}

static void test_plain (void **state)
{
    (void)state;
    assert_true (xsrf_equal ("some text", "some text"));
    assert_false (xsrf_equal ("some text", "some texts"));
    assert_false (xsrf_equal ("", ""));
}

static void test_refused (void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "2|",
                                       "2|b725f782",
                                       "2|b725f782|9a1f|",
                                       "2|b725f7|9a1f|1",
                                       "3|a|b|c",
                                       "2|zzzzzzzz|9a1f|1",
                                       "2|b725f782|9a1|1",
                                       "2|b725f782|9a1f|1x",
                                       "2|b725f782||1" };
    uint8_t token[XSRF_TOKEN];
    size_t n;
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        if (xsrf_decode (bad[i], token, &n))
            fail_msg ("%s", bad[i]);
    char longer[XSRF_TOKEN * 3];
    memset (longer, 'x', sizeof (longer) - 1);
    longer[sizeof (longer) - 1] = '\0';
    assert_false (xsrf_decode (longer, token, &n));
    memset (longer, 'a', sizeof (longer) - 1);
    assert_false (xsrf_equal (longer, longer));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_round_trip),
        cmocka_unit_test (test_tornado_vector),
        cmocka_unit_test (test_plain),
        cmocka_unit_test (test_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
