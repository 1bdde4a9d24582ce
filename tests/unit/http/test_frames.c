/* test_frames.c - frames of every length, in pieces of every size */

#include "http/frames.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static size_t put_head (uint8_t *at, uint8_t first, uint64_t n, bool mask)
{
    size_t bytes = n < 126 ? 0 : n < 65536 ? 2 : 8;

    at[0] = first;
    at[1] = (uint8_t)((mask ? 0x80 : 0) | (bytes == 0 ? n : bytes == 2 ? 126 : 127));
    for (size_t i = 0; i < bytes; i++)
        at[2 + i] = (uint8_t)(n >> (8 * (bytes - 1 - i)));
    memset (at + 2 + bytes, 0, mask ? 4 : 0);
    return 2 + bytes + (mask ? 4 : 0);
}

static void test_every_cut (void **state)
{
    static const uint64_t lengths[] = { 0, 1, 125, 126, 127, 65535, 65536, 70000 };
    static uint8_t bytes[80000];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (lengths); i++)
        for (int mask = 0; mask < 2; mask++) {
            size_t head = put_head (bytes, 0x81, lengths[i], mask);
            size_t n = head + (size_t)lengths[i];
            for (size_t cut = 0; cut <= n; cut += cut < 20 ? 1 : 997) {
                struct frames f = { .have = 0 };
                frames_feed (&f, bytes, cut);
                assert_int_equal (frames_between (&f), cut == 0 || cut == n);
                frames_feed (&f, bytes + cut, n - cut);
                assert_true (frames_between (&f) && !f.closed);
            }
        }
}

static void test_close_is_seen (void **state)
{
    uint8_t bytes[64];
    struct frames f = { .have = 0 };
    size_t n =
        put_head (bytes, 0x02, 0x88, false); /* a payload that looks like one is none */

    (void)state;
    frames_feed (&f, bytes, n);
    memset (bytes, 0x88, 64);
    frames_feed (&f, bytes, 64);
    frames_feed (&f, bytes, 64);
    frames_feed (&f, bytes, 8);
    assert_true (frames_between (&f) && !f.closed);
    n = put_head (bytes, 0x88, 2, false);
    frames_feed (&f, bytes, n);
    assert_true (f.closed && !frames_between (&f));
}

/* A length of 2^64-1 is waited for, nothing else. */
static void test_huge (void **state)
{
    uint8_t bytes[10] = { 0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255 };
    struct frames f = { .have = 0 };

    (void)state;
    frames_feed (&f, bytes, sizeof (bytes));
    for (int i = 0; i < 1000; i++)
        frames_feed (&f, bytes, sizeof (bytes));
    assert_false (frames_between (&f));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_every_cut),
        cmocka_unit_test (test_close_is_seen),
        cmocka_unit_test (test_huge),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
