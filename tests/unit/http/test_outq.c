/* test_outq.c - the queue against a flat copy of what went in */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/outq.h"

#include <stdlib.h>
#include <string.h>

static void flatten (const struct outq *q, struct buf *to)
{
    struct iovec iov[300];
    size_t n = outq_peek (q, iov, 300);

    buf_clear (to);
    for (size_t i = 0; i < n; i++)
        (void)buf_add (to, iov[i].iov_base, iov[i].iov_len);
}

static void test_random (void **state)
{
    struct outq q = { 0 };
    struct buf want, got;
    struct blk *b = blk_new (1000);
    uint64_t payload = 0, in = 0;
    unsigned seed = 1;

    buf_init (&want, 1 << 24);
    buf_init (&got, 1 << 24);
    for (size_t i = 0; i < b->len; i++)
        b->data[i] = (uint8_t)i;
    for (int i = 0; i < 20000; i++) {
        size_t n = (size_t)rand_r (&seed) % 100;
        if (rand_r (&seed) % 2 && q.n < 200) {
            size_t at = (size_t)rand_r (&seed) % 900;
            bool shared = rand_r (&seed) % 2;
            if (shared)
                outq_add (&q, b, b->data + at, n, true);
            else
                outq_copy (&q, b->data + at, n);
            in += shared ? n : 0;
            (void)buf_add (&want, b->data + at, n);
        } else {
            n = n < q.bytes ? n : q.bytes;
            outq_take (&q, n);
            buf_consume (&want, n);
        }
        assert_int_equal (q.bytes, want.len);
        flatten (&q, &got);
        assert_int_equal (got.len, want.len);
        assert_memory_equal (got.data, want.data, want.len);
    }
    outq_take (&q, q.bytes);
    payload = q.payload_done;
    assert_int_equal (payload, in);
    assert_int_equal (b->refs, 1);
    outq_add (&q, b, b->data, 10, true);
    assert_int_equal (b->refs, 2);
    outq_done (&q);
    assert_int_equal (b->refs, 1);
    blk_unref (b);
    buf_done (&want);
    buf_done (&got);
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (test_random) };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
