/* test_site.c - which Host and which Origin is the hub's, which is labs */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "hub/site.h"

#include <string.h>

static void test_one_machine (void **state)
{
    struct site s;
    (void)state;
    assert_int_equal (
        site_init (&s, "http://localhost:8888", "http://127.0.0.1:8888", NULL), 0);
    assert_int_equal (site_part_of (&s, "localhost:8888"), SITE_HUB);
    assert_int_equal (site_part_of (&s, "LOCALHOST:8888"), SITE_HUB);
    assert_int_equal (site_part_of (&s, "127.0.0.1:8888"), SITE_LABS);
    static const char *const others[] = { "",     "localhost",           "localhost:88",
                                          "evil", "localhost:8888.evil", "[::1]:8888" };
    for (size_t i = 0; i < ARRAY_SIZE (others); i++)
        assert_int_equal (site_part_of (&s, others[i]), SITE_NONE);
    assert_true (site_is_hub_origin (&s, "http://localhost:8888"));
    assert_false (site_is_hub_origin (&s, "https://localhost:8888"));
    assert_false (site_is_hub_origin (&s, "http://127.0.0.1:8888"));
    assert_false (site_is_hub_origin (&s, "null"));
    assert_true (site_is_labs_origin (&s, "http://127.0.0.1:8888"));
    assert_false (s.secure || s.one_name);
    autofree char *url = site_labs_url (&s, "abc");
    assert_string_equal (url, "http://127.0.0.1:8888");
    site_done (&s);
}

static void test_default_ports (void **state)
{
    struct site s;
    (void)state;
    assert_int_equal (site_init (&s, "https://Hub.example:443/", NULL, NULL), 0);
    assert_string_equal (s.hub, "https://hub.example");
    assert_true (s.secure && s.one_name);
    assert_int_equal (site_part_of (&s, "hub.example"), SITE_HUB | SITE_LABS);
    assert_int_equal (site_part_of (&s, "hub.example:443"), SITE_HUB | SITE_LABS);
    assert_int_equal (site_part_of (&s, "hub.example:80"), SITE_NONE);
    site_done (&s);
}

static void test_workspace_names (void **state)
{
    struct site s;
    (void)state;
    assert_int_equal (
        site_init (&s, "https://hub.example", "https://w-{workspace}.labs.example", NULL),
        0);
    assert_int_equal (site_part_of (&s, "w-aB3.labs.example"), SITE_LABS);
    assert_int_equal (site_part_of (&s, "w-a.b.labs.example"), SITE_NONE);
    assert_int_equal (site_part_of (&s, "w-.labs.example"), SITE_NONE);
    assert_int_equal (site_part_of (&s, "{workspace}.labs.example"), SITE_NONE);
    assert_true (site_is_labs_origin (&s, "https://w-x.labs.example"));
    assert_false (site_is_labs_origin (&s, "https://x.w-x.labs.example"));
    autofree char *url = site_labs_url (&s, "aB3");
    assert_string_equal (url, "https://w-ab3.labs.example");
    site_done (&s);
}

static void test_bad_addresses (void **state)
{
    static const char *const bad[] = {
        "",           "localhost",  "ftp://x",    "http://",           "http://x/path",
        "http://x y", "http://u@x", "http://x?q", "http://{workspace}"
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        struct site s;
        struct err err;
        assert_int_equal (site_init (&s, bad[i], NULL, &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
}

static void test_what_is_weaker (void **state)
{
    static const struct {
        const char *hub, *labs;
        size_t n;
        const char *word;
    } rows[] = {
        { "https://hub.example", "https://{workspace}.labs.example", 0, NULL },
        { "https://hub.example", "https://labs.example", 1, "{workspace}" },
        { "https://hub.example", NULL, 1, "second name" },
        { "http://localhost:8888", "http://127.0.0.1:8888", 1, "{workspace}" },
        { "http://localhost:8888", NULL, 1, "second name" },
        { "http://hub.example", "http://{workspace}.labs.example", 2, "passwords" },
        { "http://hub.example", NULL, 3, "second name" },
        { "https://hub.example", "http://labs.example", 2, "{workspace}" },
    };
    const char *said[SITE_WEAKNESSES];
    struct site s;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        assert_int_equal (site_init (&s, rows[i].hub, rows[i].labs, NULL), 0);
        assert_int_equal (site_weaknesses (&s, said), rows[i].n);
        if (rows[i].word)
            assert_non_null (strstr (said[0], rows[i].word));
        site_done (&s);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_one_machine),     cmocka_unit_test (test_default_ports),
        cmocka_unit_test (test_workspace_names), cmocka_unit_test (test_bad_addresses),
        cmocka_unit_test (test_what_is_weaker),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
