/* test_route.c - patterns of contract 1.1 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECKPOINT "/api/contents{path*}/checkpoints/{cp:ck}"

/* VALUE: the first capture, NULL: none. */
static const struct {
    const char *pattern, *path;
    bool found;
    const char *value;
} rows[] = {
    { "/api", "/api", true, NULL },
    { "/api", "/api/", false, NULL },
    { "/api", "/ap", false, NULL },
    { "/api", "/apix", false, NULL },
    { "", "", true, NULL },
    { "/", "/", true, NULL },
    { "/a/{x}", "/a/b", true, "b" },
    { "/a/{x}", "/a/", false, NULL },
    { "/a/{x}", "/a/b/c", false, NULL },
    { "/a/{x}", "/a/%2F", true, "%2F" },
    { "/a/{x}.json", "/a/b.c.json", true, "b.c" },
    { "/a/{x}/b", "/a//b", false, NULL },
    { "/k/{id:id}", "/k/1-2-3-4-5", true, "1-2-3-4-5" },
    { "/k/{id:id}", "/k/d0a5e6c8-2b07-4a5c-9d5e-000000000000", true,
      "d0a5e6c8-2b07-4a5c-9d5e-000000000000" },
    { "/k/{id:id}", "/k/_-a-B-4-zz", true, "_-a-B-4-zz" },
    { "/k/{id:id}", "/k/1-2-3-4", false, NULL },
    { "/k/{id:id}", "/k/1-2-3-4-5-6", false, NULL },
    { "/k/{id:id}", "/k/1-2--4-5", false, NULL },
    { "/k/{id:id}", "/k/1-2-3-4-", false, NULL },
    { "/k/{id:id}", "/k/1-2-3-4-5%20", false, NULL },
    { "/k/{id:id}/channels", "/k/1-2-3-4-5/channels", true, "1-2-3-4-5" },
    { "/t/{n:word}", "/t/1_a", true, "1_a" },
    { "/t/{n:word}", "/t/a-b", false, NULL },
    { "/t/{n:word}", "/t/a%20b", false, NULL },
    { "/t/{n:word}", "/t/", false, NULL },
    { "/s/{n:spec}", "/s/py-3.10%2B_x", true, "py-3.10%2B_x" },
    { "/s/{n:spec}", "/s/a+b", false, NULL },
    { "/s/{n:spec}/{f**}", "/s/python3/logo-64x64.png", true, "python3" },
    { "/api/contents{path*}", "/api/contents", true, "" },
    { "/api/contents{path*}", "/api/contents/", true, "" },
    { "/api/contents{path*}", "/api/contents/a", true, "a" },
    { "/api/contents{path*}", "/api/contents/a/b c/%20", true, "a/b c/%20" },
    { "/api/contents{path*}", "/api/contents/a/", false, NULL },
    { "/api/contents{path*}", "/api/contents/a//b", false, NULL },
    { "/api/contents{path*}", "/api/contents//a", false, NULL },
    { "/api/contents{path*}", "/api/contents//", false, NULL },
    { "/api/contents{path*}", "/api/contentsx", false, NULL },
    { "/api/contents{path*}", "/api/contents/..", true, ".." },
    { "/api/contents{path*}/checkpoints", "/api/contents/checkpoints", true, "" },
    { "/api/contents{path*}/checkpoints", "/api/contents/a/checkpoints", true, "a" },
    { "/api/contents{path*}/checkpoints", "/api/contents/checkpoints/checkpoints", true,
      "checkpoints" },
    { "/api/contents{path*}/checkpoints", "/api/contents/a/checkpoints/b", false, NULL },
    { CHECKPOINT, "/api/contents/a/b.ipynb/checkpoints/checkpoint", true, "a/b.ipynb" },
    { CHECKPOINT, "/api/contents/checkpoints/x-1", true, "" },
    { CHECKPOINT, "/api/contents/a/checkpoints/x.y", false, NULL },
    { "/files/{path**}", "/files/", true, "" },
    { "/files/{path**}", "/files//a//", true, "/a//" },
    { "/files/{path**}", "/files", false, NULL },
    { "/lab{rest**}", "/lab", true, "" },
    { "/lab{rest**}", "/labfoo", true, "foo" },
    { "{rest**}/", "/a/b/", true, "/a/b" },
    { "{rest**}/", "//", true, "/" },
    { "{rest**}/", "/a", false, NULL },
    { "{rest**}", "", true, "" },
    { "/x/{a:nonsense}", "/x/a", false,
      NULL }, /* a pattern with a mistake matches nothing */
    { "/x/{a", "/x/a", false, NULL },
};

static void test_rows (void **state)
{
    for (size_t i = 0; i < sizeof (rows) / sizeof (rows[0]); i++) {
        struct route_capture caps[ROUTE_CAPTURES];
        size_t n = 99;
        bool found = route_pattern_match (rows[i].pattern, rows[i].path,
                                          strlen (rows[i].path), caps, &n);
        if (found != rows[i].found)
            fail_msg ("%s on %s: %d", rows[i].pattern, rows[i].path, found);
        if (!found)
            assert_int_equal (n, 0);
        if (!rows[i].value)
            continue;
        assert_true (n > 0);
        if (caps[0].len != strlen (rows[i].value) ||
            memcmp (caps[0].value, rows[i].value, caps[0].len))
            fail_msg ("%s on %s: captured %.*s", rows[i].pattern, rows[i].path,
                      (int)caps[0].len, caps[0].value);
    }
}

static void test_names (void **state)
{
    struct route_capture caps[ROUTE_CAPTURES];
    size_t n;

    assert_true (
        route_pattern_match (CHECKPOINT, "/api/contents/a/checkpoints/c", 29, caps, &n));
    assert_int_equal (n, 2);
    assert_int_equal (caps[0].name_len, 4);
    assert_memory_equal (caps[0].name, "path", 4);
    assert_int_equal (caps[1].name_len, 2);
    assert_memory_equal (caps[1].name, "cp", 2);
    assert_memory_equal (caps[1].value, "c", 1);
}

/* Long hostile paths cost no more than their length times a little. */
static void test_hostile_lengths (void **state)
{
    static const char *const patterns[] = { "/k/{id:id}", CHECKPOINT, "/s/{n:spec}/x",
                                            "{a**}/x{b*}",
                                            "/api/contents{path*}/checkpoints" };
    static const char *const bits[] = { "a-", "/checkpoints", "a", "/", "/x", "%41" };
    size_t size = 60000;
    char *path = calloc (1, size + 64);
    struct route_capture caps[ROUTE_CAPTURES];
    clock_t begun = clock ();
    size_t n;

    for (size_t p = 0; p < sizeof (patterns) / sizeof (patterns[0]); p++)
        for (size_t b = 0; b < sizeof (bits) / sizeof (bits[0]); b++) {
            size_t len =
                (size_t)snprintf (path, 64, "%s", p == 0 ? "/k/" : "/api/contents");
            for (; len < size; len += strlen (bits[b]))
                memcpy (path + len, bits[b], strlen (bits[b]));
            (void)route_pattern_match (patterns[p], path, len, caps, &n);
        }
    assert_true (clock () - begun < CLOCKS_PER_SEC);
    free (path);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_rows),
        cmocka_unit_test (test_names),
        cmocka_unit_test (test_hostile_lengths),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
