/* test_subscription.c - windows, acks, targets and retained cursors */

#include "keeper/subscription.h"

#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct fixture {
    char dir[64];
    struct journals *js;
    struct journal *j;
    struct subscription *s;
};

static int setup (void **state)
{
    struct fixture *f = xnew (struct fixture);

    (void)snprintf (f->dir, sizeof (f->dir), "/tmp/test-subscription-XXXXXX");
    assert_non_null (mkdtemp (f->dir));
    f->js = journals_new (f->dir, 1 << 26, NULL, NULL);
    f->j = journal_new (f->js, 1, 1 << 20);
    f->s = subscription_new ("a", 1);
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct fixture *f = *state;

    subscription_free (f->s);
    journal_free (f->j);
    journals_free (f->js);
    assert_int_equal (fd_remove_tree (f->dir, NULL), 0);
    free (f);
    return 0;
}

static void add (struct fixture *f, uint64_t from, uint64_t to, size_t n, uint32_t target)
{
    autofree char *text = xcalloc (n, 1);
    struct slice piece = { text, n };

    for (uint64_t seq = from; seq <= to; seq++)
        journal_append (f->j, seq, 0, target, &piece, 1);
}

/* Take what the window allows; returns the last number. */
static uint64_t take (struct fixture *f)
{
    struct journal_record r;
    uint64_t last = 0;

    while (subscription_ready (f->s) &&
           journal_next (f->j, &f->s->cursor, &r) == JOURNAL_RECORD) {
        if (!subscription_wants (f->s, &r))
            continue;
        subscription_sent (f->s, r.seq, r.len);
        last = r.seq;
    }
    return last;
}

static void test_window (void **state)
{
    struct fixture *f = *state;

    add (f, 1, 500, 100, 0);
    assert_false (subscription_start (f->s, f->j, 1, 1000, false));
    assert_int_equal (take (f), 10);
    subscription_ack (f->s, 5);
    assert_int_equal (take (f), 15);
    subscription_ack (f->s, 15);
    assert_int_equal (take (f), 25);
    subscription_ack (f->s, 1000000); /* beyond what was sent: what was sent */
    assert_int_equal (f->s->acked_seq, 25);
    f->s->window = 1 << 30;
    assert_int_equal (take (f), 500);
}

/* A record larger than the window goes alone. */
static void test_large_record (void **state)
{
    struct fixture *f = *state;

    add (f, 1, 3, 5000, 0);
    (void)subscription_start (f->s, f->j, 1, 1000, false);
    assert_int_equal (take (f), 1);
    assert_int_equal (take (f), 0);
    subscription_ack (f->s, 1);
    assert_int_equal (take (f), 2);
}

/* Thousands of small records in a large window: acks one by one keep it moving. */
static void test_many_small (void **state)
{
    struct fixture *f = *state;
    uint64_t last;

    add (f, 1, 9000, 10, 0);
    (void)subscription_start (f->s, f->j, 1, 10000, false);
    last = take (f);
    assert_int_equal (last, 1000);
    for (uint64_t acked = 1; acked <= 8000; acked++) {
        uint64_t now;

        subscription_ack (f->s, acked);
        now = take (f);
        last = now ? now : last;
        assert_in_range (last - acked, 940,
                         1000); /* an ack inside a flight holds back little */
    }
}

static void test_from (void **state)
{
    struct fixture *f = *state;

    add (f, 1, 20, 10, 0);
    (void)subscription_start (f->s, f->j, 0, 1 << 20, false); /* live from now */
    assert_int_equal (take (f), 0);
    add (f, 21, 30, 10, 0);
    assert_int_equal (take (f), 30);
    subscription_ack (f->s, 25);
    subscription_detach (f->s);
    assert_false (subscription_ready (f->s));
    add (f, 31, 40, 10, 0);
    (void)subscription_start (f->s, f->j, 0, 50, true); /* from the last ack */
    assert_int_equal (f->s->acked_seq, 25);
    assert_int_equal (take (f), 30);
    (void)subscription_start (f->s, f->j, 7, 10, true);
    assert_int_equal (take (f), 8);
}

static void test_targets (void **state)
{
    struct fixture *f = *state;

    add (f, 1, 5, 10, SUBSCRIPTION_ALL);
    add (f, 6, 10, 10, 2);
    add (f, 11, 12, 10, 1);
    (void)subscription_start (f->s, f->j, 1, 1 << 20, false);
    assert_int_equal (take (f), 12);
    assert_int_equal (f->s->sent, 7 * 10);
}

static void test_gap_is_told (void **state)
{
    struct fixture *f = *state;

    add (f, 1, 3000, 1000, 0);
    assert_true (subscription_start (f->s, f->j, 5, 1000, false));
    assert_true (subscription_start (f->s, f->j, 1, 1000, false));
    assert_false (subscription_start (f->s, f->j, journal_first (f->j), 1000, false));
    assert_false (subscription_start (f->s, f->j, 0, 1000, false));
}

/* A recorder gets what is for anybody. */
static void test_recorder (void **state)
{
    struct fixture *f = *state;

    add (f, 1, 2, 10, SUBSCRIPTION_ALL);
    add (f, 3, 3, 10, 2); /* for another */
    add (f, 4, 4, 10, SUBSCRIPTION_RECORDERS);
    (void)subscription_start (f->s, f->j, 1, 1000, false);
    assert_int_equal (take (f), 2);
    f->s->records = true;
    (void)subscription_start (f->s, f->j, 2, 1000, false);
    assert_int_equal (take (f), 4);
    assert_int_equal (f->s->sent, 20);
}

int main (void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST (test_window),   TEST (test_large_record), TEST (test_many_small),
        TEST (test_from),     TEST (test_targets),      TEST (test_gap_is_told),
        TEST (test_recorder),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
