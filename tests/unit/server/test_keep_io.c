/* test_keep_io.c - frames through a socket: pieces of every size, large payloads, ceilings */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/keep_in.h"
#include "server/keep_out.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct seen {
    size_t frames, bytes, in_blocks;
    int stop_after;
};

static int on_frame (void *arg, const struct keep_frame *f, struct blk *b)
{
    struct seen *s = arg;
    for (size_t i = 0; i < f->len; i++)
        assert_int_equal (f->payload[i], (uint8_t)(f->number + i));
    s->frames++;
    s->bytes += f->len;
    s->in_blocks += b != NULL;
    return s->stop_after && --s->stop_after == 0;
}

/* A frame whose payload follows from its number. */
static void add_frame (struct keep_out *o, uint64_t number, size_t n)
{
    uint8_t header[KEEP_HEADER];
    struct blk *b = blk_new (n);
    for (size_t i = 0; i < n; i++)
        b->data[i] = (uint8_t)(number + i);
    keep_header (header, KEEP_OK, 0, 0, 0, number, n);
    assert_int_equal (keep_out_add (o, header, sizeof (header)), 0);
    assert_int_equal (keep_out_add_blk (o, b, (struct slice){ b->data, n }), 0);
    blk_unref (b);
}

static void test_round_trip (void **state)
{
    static const size_t sizes[] = {
        0, 1, 1000, 16384, 65536, 131072 - 20, 131072, 3000000
    };
    int ends[2];
    struct keep_out *o = keep_out_new (64 << 20);
    struct keep_in *in = keep_in_new ();
    struct seen seen = { .frames = 0 };
    struct err err;
    size_t bytes = 0, frames = 0;
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    for (size_t round = 0; round < 50; round++)
        for (size_t i = 0; i < (round % 10 ? 4 : 8); i++, frames++) {
            add_frame (o, frames, sizes[i]);
            bytes += sizes[i];
        }
    while (seen.frames < frames) {
        assert_true (keep_out_flush (o, ends[0]) >= 0);
        assert_int_equal (keep_in_read (in, ends[1], on_frame, &seen, &err), 0);
    }
    assert_int_equal (seen.bytes, bytes);
    assert_true (seen.in_blocks >= 10);
    assert_int_equal (keep_out_bytes (o), 0);
    keep_out_free (o);
    keep_in_free (in);
    (void)close (ends[0]);
    (void)close (ends[1]);
}

static void test_byte_by_byte (void **state)
{
    uint8_t frame[KEEP_HEADER + 3] = { 0 };
    int ends[2];
    struct keep_in *in = keep_in_new ();
    struct seen seen = { .frames = 0 };
    struct err err;
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    keep_header (frame, KEEP_OK, 0, 0, 0, 0, 3);
    frame[KEEP_HEADER + 1] = 1;
    frame[KEEP_HEADER + 2] = 2;
    for (size_t i = 0; i < sizeof (frame); i++) {
        assert_int_equal (seen.frames, 0);
        assert_int_equal (write (ends[0], frame + i, 1), 1);
        assert_int_equal (keep_in_read (in, ends[1], on_frame, &seen, &err), 0);
    }
    assert_int_equal (seen.frames, 1);
    keep_in_free (in);
    (void)close (ends[0]);
    (void)close (ends[1]);
}

static void test_malformed_closed_and_stopped (void **state)
{
    static const uint8_t bad[] = { 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4 };
    int ends[2];
    struct keep_in *in = keep_in_new ();
    struct keep_out *o = keep_out_new (1 << 20);
    struct seen seen = { .stop_after = 1 };
    struct err err;
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    add_frame (o, 1, 5);
    add_frame (o, 2, 5);
    assert_int_equal (keep_out_flush (o, ends[0]), 1);
    assert_int_equal (keep_in_read (in, ends[1], on_frame, &seen, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NONE);
    assert_int_equal (seen.frames, 1);
    keep_in_clear (in);
    assert_int_equal (write (ends[0], bad, sizeof (bad)), sizeof (bad));
    assert_int_equal (keep_in_read (in, ends[1], on_frame, &seen, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    keep_in_clear (in);
    (void)close (ends[0]);
    assert_int_equal (keep_in_read (in, ends[1], on_frame, &seen, &err), -1);
    assert_int_equal (err.problem, PROBLEM_UNAVAILABLE);
    (void)close (ends[1]);
    keep_in_free (in);
    keep_out_free (o);
}

static void test_ceiling (void **state)
{
    struct keep_out *o = keep_out_new (100);
    char data[64] = { 0 };
    assert_int_equal (keep_out_add (o, data, 64), 0);
    assert_int_equal (keep_out_add (o, data, 64), -1);
    assert_int_equal (keep_out_bytes (o), 64);
    assert_int_equal (keep_out_add (o, data, 36), 0);
    keep_out_clear (o);
    assert_int_equal (keep_out_bytes (o), 0);
    keep_out_free (o);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_round_trip),
        cmocka_unit_test (test_byte_by_byte),
        cmocka_unit_test (test_malformed_closed_and_stopped),
        cmocka_unit_test (test_ceiling),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
