/* test_wsv1.c - the layout of v1 frames, and tables that lie */

#include "jupyter/wsv1.h"

#include "jupyter/jmsg.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* The example of the contract: 06 | 38 3d 3f 41 43 45 | "shell" "{}" "{}" "{}" "{}". */
static const uint64_t offsets[] = { 6, 56, 61, 63, 65, 67, 69 };

static size_t example (uint8_t out[128])
{
    for (size_t i = 0; i < ARRAY_SIZE (offsets); i++) {
        uint64_t le = htole64 (offsets[i]);
        memcpy (out + 8 * i, &le, 8);
    }
    memcpy (out + 56, "shell{}{}{}{}", 13);
    return 69;
}

static void test_example (void **state)
{
    struct slice parts[4] = { { "{}", 2 }, { "{}", 2 }, { "{}", 2 }, { "{}", 2 } };
    autodone (buf_done) struct buf b;
    uint8_t expected[128];
    struct wsv1 m;

    buf_init (&b, 1 << 16);
    assert_int_equal (example (expected), 69);
    assert_int_equal (wsv1_encode (&b, JCHANNEL_SHELL, parts, 4), 0);
    assert_int_equal (b.len, 69);
    assert_memory_equal (b.data, expected, 69);
    assert_int_equal (wsv1_decode (b.data, b.len, &m, NULL), 0);
    assert_int_equal (m.channel, JCHANNEL_SHELL);
    assert_int_equal (m.nparts, 4);
    assert_true (slice_is (wsv1_part (&m, 3), "{}"));
}

static void test_buffers (void **state)
{
    struct slice parts[WSV1_MAX_PARTS] = { { "h", 1 },
                                           { "", 0 },
                                           { "mm", 2 },
                                           { "c", 1 },
                                           { "a\0b", 3 } };
    autodone (buf_done) struct buf b;
    struct wsv1 m;

    buf_init (&b, 1 << 20);
    assert_int_equal (wsv1_encode (&b, JCHANNEL_IOPUB, parts, WSV1_MAX_PARTS), 0);
    assert_int_equal (wsv1_decode (b.data, b.len, &m, NULL), 0);
    assert_int_equal (m.nparts, WSV1_MAX_PARTS);
    assert_memory_equal (wsv1_part (&m, 4).data, "a\0b", 3);
    assert_int_equal (wsv1_part (&m, WSV1_MAX_PARTS - 1).len, 0);
    assert_int_equal (wsv1_encode (&b, JCHANNEL_IOPUB, parts, WSV1_MAX_PARTS + 1), -1);
    assert_int_equal (wsv1_encode (&b, JCHANNEL_IOPUB, parts, 3), -1);
}

static void expect_bad (const uint8_t *frame, size_t n)
{
    struct err err = { 0 };
    struct wsv1 m;

    assert_int_equal (wsv1_decode (frame, n, &m, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
}

static void test_bad_tables (void **state)
{
    static const uint64_t counts[] = {
        0, 5, 7, 4097, 1u << 31, UINT64_MAX, UINT64_MAX / 8, 0x2000000000000000
    };
    uint8_t frame[128];
    size_t n = example (frame);

    for (size_t cut = 0; cut < n; cut++)
        expect_bad (frame, cut);
    expect_bad (frame, n + 1);
    for (size_t i = 0; i < ARRAY_SIZE (counts); i++) {
        uint64_t le = htole64 (counts[i]);
        memcpy (frame, &le, 8);
        expect_bad (frame, n);
    }
    /* Each offset, once too small, once too large, once absurd. */
    for (size_t i = 1; i < ARRAY_SIZE (offsets); i++) {
        static const uint64_t lies[] = { 0, 55, 70, 1000, UINT64_MAX };
        for (size_t k = 0; k < ARRAY_SIZE (lies); k++) {
            uint64_t le = htole64 (lies[k]);
            (void)example (frame);
            memcpy (frame + 8 * i, &le, 8);
            expect_bad (frame, n);
        }
    }
    (void)example (frame);
    frame[56] = 'S';
    expect_bad (frame, n);
}

static void test_channels (void **state)
{
    for (int i = 0; i < JCHANNEL_COUNT; i++)
        assert_int_equal (jchannel_parse (jchannel_names[i], strlen (jchannel_names[i])),
                          i);
    assert_int_equal (jchannel_parse ("shel", 4), -1);
    assert_int_equal (jchannel_parse ("shell\0", 6), -1);
    assert_int_equal (jchannel_parse ("", 0), -1);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_example),
        cmocka_unit_test (test_buffers),
        cmocka_unit_test (test_bad_tables),
        cmocka_unit_test (test_channels),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
