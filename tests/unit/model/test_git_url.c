/* test_git_url.c - addresses of repositories: what passes, what is refused, which networks are private */

#include "model/git_url.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_parts (void **state)
{
    static const struct {
        const char *url, *host, *port, *name;
    } rows[] = {
        { "https://github.com/ada/engine", "github.com", "443", "engine" },
        { "HTTPS://GitHub.com/ada/engine.git/", "github.com", "443", "engine" },
        { "http://git.example.org:8080/~ada/a%20b.git", "git.example.org", "8080",
          "a%20b" },
        { "http://[2001:db8::1]:81/x", "2001:db8::1", "81", "x" },
        { "https://10.0.0.1/.git", "10.0.0.1", "443", "" },
    };
    struct git_url u;
    struct err err;

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        if (git_url_parse (rows[i].url, &u, &err) < 0)
            fail_msg ("%s: %s", rows[i].url, err.text);
        assert_string_equal (u.host, rows[i].host);
        assert_string_equal (u.port, rows[i].port);
        assert_string_equal (u.name, rows[i].name);
    }
}

static void test_refused (void **state)
{
    static const char *const rows[] = {
        "",
        "/etc",
        "file:///etc",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b",
        "git://github.com/a/b",
        "ext::sh -c id",
        "--upload-pack=id",
        "https://",
        "https:///a",
        "https://github.com",
        "https://github.com/",
        "https://github.com///",
        "https://ada:secret@github.com/a/b",
        "https://ada@github.com/a/b",
        "https://-x/a",
        "https://.x/a",
        "https://a b/c",
        "https://a/b c",
        "https://a/b\nc",
        "https://a/b\"c",
        "https://a/b'c",
        "https://a/b;c",
        "https://a/b?c",
        "https://a/b#c",
        "https://a/b\\c",
        "https://a/[b]",
        "https://[::1/a",
        "https://[gg::1]/a",
        "https://a:0/b",
        "https://a:65536/b",
        "https://a:x/b",
        "https://a:/b",
        "https://ä/b",
    };
    struct git_url u;
    struct err err;

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        if (git_url_parse (rows[i], &u, &err) == 0)
            fail_msg ("taken: %s", rows[i]);
    char text[GIT_URL_BYTES + 20] = "https://a/";
    memset (text + 10, 'x', GIT_URL_BYTES);
    assert_int_equal (git_url_parse (text, &u, &err), -1);
    (void)git_url_parse ("https://ada:secret@github.com/a/b", &u, &err);
    assert_null (strstr (err.text, "secret"));
}

static void test_branches (void **state)
{
    static const char *const good[] = { "", "main", "v1.0", "feature/x-1", "ü" };
    static const char *const bad[] = { "-b",   "--upload-pack=x",
                                       "a..b", "a b",
                                       "a~1",  "a^",
                                       "a:b",  "a\\b",
                                       "a@{1", "/a",
                                       "a/",   ".a",
                                       "a.",   "a//b",
                                       "a\nb", "a?" };

    for (size_t i = 0; i < ARRAY_SIZE (good); i++)
        if (!git_branch_ok (good[i]))
            fail_msg ("refused: %s", good[i]);
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        if (git_branch_ok (bad[i]))
            fail_msg ("taken: %s", bad[i]);
}

static bool private(const char *text)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

    if (inet_pton (AF_INET, text, &in.sin_addr) == 1)
        return git_address_private ((const struct sockaddr *)&in);
    assert_int_equal (inet_pton (AF_INET6, text, &in6.sin6_addr), 1);
    return git_address_private ((const struct sockaddr *)&in6);
}

static void test_networks (void **state)
{
    static const char *const own[] = {
        "127.0.0.1",
        "127.255.0.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001::1",
        "::7f00:1",
    };
    static const char *const public[] = { "1.1.1.1",         "172.32.0.1",
                                          "172.15.0.1",      "140.82.121.3",
                                          "2606:4700::1111", "::ffff:1.1.1.1",
                                          "64:ff9b::101:1",  "100.128.0.1",
                                          "2a00::1" };

    for (size_t i = 0; i < ARRAY_SIZE (own); i++)
        if (!private(own[i]))
            fail_msg ("public: %s", own[i]);
    for (size_t i = 0; i < ARRAY_SIZE (public); i++)
        if (private(public[i]))
            fail_msg ("private: %s", public[i]);
    struct sockaddr other = { .sa_family = AF_UNIX };
    assert_true (git_address_private (&other));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_parts),
        cmocka_unit_test (test_refused),
        cmocka_unit_test (test_branches),
        cmocka_unit_test (test_networks),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
