/* test_set_cookie.c - what a relayed server may keep in a browser */

#include "http/set_cookie.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_confined (void **state)
{
    static const struct {
        const char *said, *want;
    } rows[] = {
        { "a=b", "a=b; Path=/n/1/" },
        { "a=b; Path=/", "a=b; Path=/n/1/" },
        { "a=b; Path=/n/1/", "a=b; Path=/n/1/" },
        { "a=b; path = /n/1/lab ", "a=b; Path=/n/1/lab" },
        { "a=b; Path=/n/1", "a=b; Path=/n/1/" },
        { "a=b; Path=/n/10/", "a=b; Path=/n/1/" },
        { "a=b; Path=/n/1/../", "a=b; Path=/n/1/" },
        { "a=b; Path=/n/1/%2e%2e/", "a=b; Path=/n/1/" },
        { "a=b; Path=/n/1/x; Path=/", "a=b; Path=/n/1/x" },
        { "a=b; Domain=.example.org; HttpOnly;Secure",
          "a=b; HttpOnly; Secure; Path=/n/1/" },
        { "a=b;DOMAIN\t= x;; SameSite=Lax", "a=b; SameSite=Lax; Path=/n/1/" },
        { "a=\"Domain=x\"; Max-Age=3", "a=\"Domain=x\"; Max-Age=3; Path=/n/1/" },
        { "", "; Path=/n/1/" },
        { ";;;=", "; =; Path=/n/1/" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof (rows) / sizeof (rows[0]); i++) {
        autofree char *got = set_cookie_confine (rows[i].said, "/n/1/");
        assert_string_equal (got, rows[i].want);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (test_confined) };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
