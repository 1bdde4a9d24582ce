/* test_user.c - people of cookies, and moons */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonx.h"
#include "server/user.h"

#include <string.h>

static void test_anonymous (void **state)
{
    (void)state;
    autocleanup (user_free) struct user *a = user_new_anonymous ();
    autocleanup (user_free) struct user *b = user_new_anonymous ();
    assert_int_equal (strlen (a->username), 32);
    assert_int_equal (strspn (a->username, "0123456789abcdef"), 32);
    assert_true (!strncmp (a->name, "Anonymous ", 10));
    assert_string_equal (a->name, a->display_name);
    assert_int_equal (a->initials[0], 'A');
    assert_int_equal (a->initials[1], a->name[10]);
    assert_null (a->color);
    assert_false (user_equal (a, b));
}

static void test_round_trip (void **state)
{
    (void)state;
    autocleanup (user_free) struct user *a = user_new_anonymous ();
    a->color = xstrdup ("red");
    autojson json_t *j = user_to_json (a);
    assert_int_equal (json_object_size (j), 6);
    assert_true (json_is_null (json_object_get (j, "avatar_url")));
    autocleanup (user_free) struct user *b = user_from_json (j);
    assert_true (user_equal (a, b));
    b->token_auth = true;
    assert_true (user_equal (a, b));
    free (b->color);
    b->color = NULL;
    assert_false (user_equal (a, b));
}

static void test_strange_cookies (void **state)
{
    (void)state;
    static const char *const bad[] = {
        "null", "[]", "{}", "{\"username\": \"\"}", "{\"username\": 5}", "\"text\""
    };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        autojson json_t *j = jsonx_parse (bad[i], strlen (bad[i]), NULL);
        assert_null (user_from_json (j));
    }
    const char *little = "{\"username\": \"u\", \"name\": 7}";
    autojson json_t *j = jsonx_parse (little, strlen (little), NULL);
    autocleanup (user_free) struct user *u = user_from_json (j);
    assert_string_equal (u->name, "u");
    assert_string_equal (u->display_name, "u");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_anonymous),
        cmocka_unit_test (test_round_trip),
        cmocka_unit_test (test_strange_cookies),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
