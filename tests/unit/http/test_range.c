/* test_range.c - ranges and validators (contract 1.4) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/range.h"

static const struct {
    const char *header;
    uint64_t size;
    enum range_outcome outcome;
    uint64_t from, len;
} rows[] = {
    { NULL, 10, RANGE_WHOLE, 0, 10 },
    { "bytes=0-3", 10, RANGE_PART, 0, 4 },
    { "BYTES=2-", 10, RANGE_PART, 2, 8 },
    { "bytes=-3", 10, RANGE_PART, 7, 3 },
    { "bytes=5-100", 10, RANGE_PART, 5, 5 },
    { "bytes=0-9", 10, RANGE_WHOLE, 0, 10 }, /* all of it: answered 200 */
    { "bytes=0-", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=-100", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=9-9", 10, RANGE_PART, 9, 1 },
    { "bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 10 },
    { "bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 10 },
    { "bytes=0-0", 0, RANGE_UNSATISFIABLE, 0, 0 },
    { "bytes=5-2", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=0-1,4-5", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=-", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=x-y", 10, RANGE_WHOLE, 0, 10 },
    { "lines=0-3", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=0-99999999999999999999999", 10, RANGE_WHOLE, 0, 10 },
    { "bytes=99999999999999999-", 10, RANGE_UNSATISFIABLE, 0, 10 },
};

static void test_rows (void **state)
{
    for (size_t i = 0; i < sizeof (rows) / sizeof (rows[0]); i++) {
        uint64_t from, len;
        enum range_outcome got = range_parse (rows[i].header, rows[i].size, &from, &len);
        if (got != rows[i].outcome || from != rows[i].from || len != rows[i].len)
            fail_msg ("%s: %d %d+%d", rows[i].header, (int)got, (int)from, (int)len);
    }
}

static void test_etags (void **state)
{
    assert_true (range_etag_matches ("\"a\"", "\"a\""));
    assert_true (range_etag_matches ("W/\"a\"", "\"a\""));
    assert_true (range_etag_matches ("\"x\", W/\"y,z\" , \"a\"", "\"a\""));
    assert_true (range_etag_matches ("*", "\"a\""));
    assert_false (range_etag_matches ("\"b\"", "\"a\""));
    assert_false (range_etag_matches ("\"ab\"", "\"a\""));
    assert_false (range_etag_matches ("", "\"a\""));
    assert_false (range_etag_matches (NULL, "\"a\""));
    assert_false (range_etag_matches ("\"", "\"a\""));
    assert_false (range_etag_matches (",,,W/", "\"a\""));
}

static void test_not_modified (void **state)
{
    const char *date = "Wed, 01 May 2024 12:34:56 GMT"; /* 1714566896 */

    assert_true (range_not_modified (NULL, date, NULL, 1714566896));
    assert_true (range_not_modified (NULL, date, NULL, 1714566895));
    assert_false (range_not_modified (NULL, date, NULL, 1714566897));
    assert_false (range_not_modified (NULL, "yesterday", NULL, 0));
    assert_false (range_not_modified (NULL, NULL, NULL, 0));
    /* a tag decides alone */
    assert_false (range_not_modified ("\"b\"", date, "\"a\"", 0));
    assert_true (range_not_modified ("\"a\"", NULL, "\"a\"", 0));
    assert_false (range_not_modified ("\"a\"", date, NULL, 0));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_rows),
        cmocka_unit_test (test_etags),
        cmocka_unit_test (test_not_modified),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
