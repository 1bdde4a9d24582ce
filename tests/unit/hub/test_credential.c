/* test_credential.c - the secret in an Authorization header */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "hub/credential.h"

#include <string.h>

static void test_kinds (void **state)
{
    static const struct {
        const char *header, *secret;
    } table[] = {
        { "apikey k", "k" },
        { "Bearer a.b.c", "a.b.c" },
        { "TOKEN  k", "k" },
        { "Basic YWxpY2U6aw==", "k" }, /* alice:k */
        { "basic OmE6Yg==", "a:b" },   /* :a:b */
        { "Basic YWxpY2U=", NULL },    /* alice */
        { "Basic YTprAA==", NULL },    /* a:k NUL */
        { "Basic", NULL },
        { "Digest k", NULL },
        { "k", NULL },
        { "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        autofree char *got = credential_secret (table[i].header);
        if (!table[i].secret)
            assert_null (got);
        else
            assert_string_equal (got, table[i].secret);
    }
}

static void test_long (void **state)
{
    char header[CREDENTIAL_MAX + 2];
    (void)state;
    memset (header, 'x', sizeof (header));
    memcpy (header, "apikey ", 7);
    header[CREDENTIAL_MAX + 1] = '\0';
    assert_null (credential_secret (header));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_kinds),
        cmocka_unit_test (test_long),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
