/* test_origin.c - Host, Origin, and where a login may lead */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/origin.h"

#include <string.h>

static void test_host (void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool ok;
    } cases[] = {
        { "localhost:8888", true },
        { "localhost", true },
        { "127.0.0.1:8888", true },
        { "127.3.2.1", true },
        { "[::1]:8888", true },
        { "::1", false },
        { "evil.example:8888", false },
        { "10.0.0.1:8888", false },
        { "localhost.evil.example", false },
        { "[::2]:80", false },
        { "", false },
        { "LOCALHOST", false },
        { "%2Ftmp", true },
        { "%2Fno%2Fsuch%2Fsocket", false },
        { "127.0.0.1.evil.example", false },
    };
    struct strv local;
    strv_init (&local);
    strv_add (&local, "localhost");
    for (size_t i = 0; i < ARRAY_SIZE (cases); i++)
        if (origin_host_allowed (cases[i].host, &local) != cases[i].ok)
            fail_msg ("Host: %s", cases[i].host);
    strv_done (&local);
}

static void test_same_host (void **state)
{
    (void)state;
    assert_true (origin_is_host ("http://localhost:8888", "localhost:8888"));
    assert_true (origin_is_host ("HTTP://LocalHost:8888/", "localhost:8888"));
    assert_false (origin_is_host ("http://localhost:8888", "LocalHost:8888"));
    assert_false (origin_is_host ("http://localhost:88889", "localhost:8888"));
    assert_false (origin_is_host ("null", "localhost:8888"));
    assert_false (origin_is_host ("", "localhost:8888"));
    assert_false (origin_is_host ("http://localhost:8888@evil.example", "localhost:8888"));
}

static void test_pattern_is_anchored (void **state)
{
    (void)state;
    struct err err;
    autocleanup (origin_rules_free) struct origin_rules *r =
        origin_rules_new ("", "https://.*\\.good\\.example", &err);
    assert_non_null (r);
    assert_true (origin_rules_match (r, "https://a.good.example"));
    assert_false (origin_rules_match (r, "https://a.good.example.evil.example"));
    assert_false (origin_rules_match (r, "xhttps://a.good.example"));
    assert_null (origin_rules_new ("", "(", &err));
}

static void test_slow_pattern_is_bounded (void **state)
{
    (void)state;
    autocleanup (origin_rules_free) struct origin_rules *r =
        origin_rules_new ("", "(a+)+(a+)+(a+)+b", NULL);
    assert_false (origin_rules_match (
        r, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"));
}

static void test_allow (void **state)
{
    (void)state;
    autocleanup (origin_rules_free) struct origin_rules *any =
        origin_rules_new ("*", "", NULL);
    autocleanup (origin_rules_free) struct origin_rules *one =
        origin_rules_new ("https://a.example", "", NULL);
    autocleanup (origin_rules_free) struct origin_rules *none =
        origin_rules_new ("", "", NULL);
    assert_true (origin_rules_match (any, "https://x.example"));
    assert_true (origin_rules_match (one, "https://a.example"));
    assert_false (origin_rules_match (one, "https://a.example.evil"));
    assert_false (origin_rules_match (none, ""));
    assert_false (origin_rules_any (none));
}

static void check_next (const char *next, const char *base, const char *want)
{
    struct origin_rules *r = origin_rules_new ("", "https://.*\\.good\\.example", NULL);
    autofree char *got = origin_safe_next (next, base, r);
    if (strcmp (got, want) != 0)
        fail_msg ("next=%s base=%s: got %s, want %s", next, base, got, want);
    origin_rules_free (r);
}

static void test_next_allowed (void **state)
{
    (void)state;
    check_next ("/lab", "/", "/lab");
    check_next ("/lab?x=1#y", "/", "/lab?x=1#y");
    check_next ("/a%40b/lab", "/a%40b/", "/a%40b/lab");
    check_next ("/a%40b", "/a%40b/", "/a%40b");
    check_next ("/lab/\xc3\xa9 x", "/", "/lab/%C3%A9%20x");
    check_next ("https://a.good.example/x", "/", "https://a.good.example/x");
    check_next ("https:/a.good.example/x", "/", "https://a.good.example/x");
}

static void test_next_refused (void **state)
{
    (void)state;
    static const char *const bad[] = {
        "//evil.example",
        "///evil.example",
        "////evil.example/x",
        "\\\\evil.example",
        "/\\evil.example\\..",
        "https://evil.example",
        "https:///evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http:/\\evil.example",
        "lab",
        "../x",
        "/other",
        "/a%40bc",
        "",
        "/a%40b/x\r\nSet-Cookie: y",
        "https://evil.example?.good.example",
        "https://a.good.example@evil.example",
        " //evil.example",
        "\t//evil.example",
        "///a%40b/x:y",
    };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        check_next (bad[i], "/a%40b/", "/a%40b/");
    /* A browser sees a host behind any number of slashes. */
    check_next ("///evil.example/x:y", "/", "/");
    check_next ("////evil.example:80/x", "/", "/");
    check_next ("///", "/", "/");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_host),
        cmocka_unit_test (test_same_host),
        cmocka_unit_test (test_pattern_is_anchored),
        cmocka_unit_test (test_slow_pattern_is_bounded),
        cmocka_unit_test (test_allow),
        cmocka_unit_test (test_next_allowed),
        cmocka_unit_test (test_next_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
