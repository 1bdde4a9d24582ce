/* test_cookie.c - signed values: a vector made by tornado, and everything that must be
 * refused */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/cookie.h"

#include <string.h>

#define NAME "username-localhost-8888"
#define MADE 1712345678LL
#define AGE (31 * 86400LL)
static const char secret[] = "0123456789abcdef0123456789abcdef";
static const char payload[] = "{\"username\": \"abc\", \"name\": \"Ann\"}";
static const char vector[] =
    "2|1:0|10:1712345678|23:username-localhost-8888|48:"
    "eyJ1c2VybmFtZSI6ICJhYmMiLCAibmFtZSI6ICJB"
    "bm4ifQ==|be643a0d58deb5d926d13e5a76f176807943ab2ac09c30aadf349cbe4c5172d6";

static int setup (void **state)
{
    *state = hmac_new ("sha256", secret, strlen (secret), NULL);
    return *state ? 0 : -1;
}

static int teardown (void **state)
{
    hmac_free (*state);
    return 0;
}

static int verify (struct hmac *key, const char *name, const char *text, int64_t now)
{
    autodone (buf_done) struct buf b;
    struct err err;
    buf_init (&b, COOKIE_MAX);
    int rc = cookie_verify (&b, key, name, text, now, AGE, &err);
    if (!rc)
        assert_string_equal (b.data, payload);
    return rc;
}

static void test_vector (void **state)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, COOKIE_MAX);
    assert_int_equal (cookie_sign (&b, *state, NAME, MADE, payload, strlen (payload)), 0);
    assert_string_equal (b.data, vector);
    assert_int_equal (verify (*state, NAME, vector, MADE + 10), 0);
}

static void test_age (void **state)
{
    assert_int_equal (verify (*state, NAME, vector, MADE + AGE), 0);
    assert_int_equal (verify (*state, NAME, vector, MADE + AGE + 1), -1);
}

static void test_other_name (void **state)
{
    assert_int_equal (verify (*state, "username-localhost-8889", vector, MADE), -1);
}

static void test_other_key (void **state)
{
    (void)state;
    struct hmac *other = hmac_new ("sha256", "x", 1, NULL);
    assert_int_equal (verify (other, NAME, vector, MADE), -1);
    hmac_free (other);
}

static void test_every_changed_byte (void **state)
{
    char text[sizeof (vector)];
    for (size_t i = 0; i + 1 < sizeof (vector); i++) {
        memcpy (text, vector, sizeof (vector));
        text[i] ^= 1;
        assert_int_equal (verify (*state, NAME, text, MADE), -1);
        memcpy (text, vector, i);
        text[i] = '\0';
        assert_int_equal (verify (*state, NAME, text, MADE), -1);
    }
}

static void test_malformed (void **state)
{
    static const char *const bad[] = { "", "2|", "1|abc|def", "2|1:0|999999:x|",
                                       "a|b|c|d|e|f" };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_int_equal (verify (*state, NAME, bad[i], MADE), -1);
}

static void test_login_name (void **state)
{
    (void)state;
    autofree char *a = cookie_login_name ("localhost:8888");
    autofree char *b = cookie_login_name ("[::1]:80\xc3\xa9");
    assert_string_equal (a, NAME);
    assert_string_equal (b, "username----1--80--");
}

#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_vector),
        TEST (test_age),
        TEST (test_other_name),
        TEST (test_other_key),
        TEST (test_every_changed_byte),
        TEST (test_malformed),
        cmocka_unit_test (test_login_name),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
