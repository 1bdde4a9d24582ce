/* test_journal.c - journals: order, budgets, gaps, large records, a disk that is full and
 * works again */

#include "keeper/journal.h"

#include "base/fd.h"
#include "base/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#define MIB (1u << 20)

static char dir[64];

static int setup (void **state)
{
    (void)snprintf (dir, sizeof (dir), "/tmp/test-journal-XXXXXX");
    assert_non_null (mkdtemp (dir));
    *state = journals_new (dir, 64 * MIB, NULL, NULL);
    return *state ? 0 : -1;
}

static int teardown (void **state)
{
    journals_free (*state);
    return fd_remove_tree (dir, NULL);
}

/* A record whose every byte follows from its number. */
static void add (struct journal *j, uint64_t seq, size_t n)
{
    autofree char *text = malloc (n + 1);

    memset (text, (int)('a' + seq % 26), n);
    struct slice pieces[2] = { { text, n / 3 }, { text + n / 3, n - n / 3 } };
    journal_append (j, seq, (unsigned)(seq % 4), (uint32_t)(seq % 7), pieces, 2);
}

static void check (struct journal_record *r, size_t n)
{
    autofree uint8_t *text = malloc (n + 1);

    assert_int_equal (r->len, n);
    assert_int_equal (r->channel, r->seq % 4);
    assert_int_equal (r->target, r->seq % 7);
    if (r->data)
        memcpy (text, r->data, n);
    else
        assert_int_equal (journal_segment_read (r->segment, r->offset, text, n), n);
    for (size_t i = 0; i < n; i++)
        if (text[i] != 'a' + r->seq % 26)
            fail_msg ("record %llu differs at %zu", (unsigned long long)r->seq, i);
}

/* Read from AFTER to the end: the numbers follow one another; returns the last. */
static uint64_t read_all (struct journal *j, uint64_t after, size_t n)
{
    struct journal_cursor c;
    struct journal_record r;
    int what;

    journal_seek (j, &c, after);
    while ((what = journal_next (j, &c, &r)) == JOURNAL_RECORD) {
        assert_int_equal (r.seq, after + 1);
        after = r.seq;
        if (r.seq % 50 == 1 || n > 100000)
            check (&r, n);
    }
    assert_int_equal (what, JOURNAL_END);
    return after;
}

static void test_small_records (void **state)
{
    autocleanup (journal_free) struct journal *j = journal_new (*state, 1, 32 * MIB);
    struct journal_cursor c;
    struct journal_record r;

    journal_seek (j, &c, 0);
    assert_int_equal (journal_next (j, &c, &r), JOURNAL_END);
    for (uint64_t seq = 1; seq <= 30000; seq++) {
        add (j, seq, 300);
        if (seq % 1000 == 0) { /* a live reader between the appends */
            while (journal_next (j, &c, &r) == JOURNAL_RECORD)
                check (&r, 300);
            assert_int_equal (r.seq, seq);
        }
    }
    assert_int_equal (journal_first (j), 1);
    assert_int_equal (journal_last (j), 30000);
    static const uint64_t afters[] = { 0, 1, 199, 15000, 29999, 30000 };
    for (size_t i = 0; i < ARRAY_SIZE (afters); i++)
        assert_int_equal (read_all (j, afters[i], 300), 30000);
    assert_int_equal (journal_dropped (j), 0);
}

static void test_sizes_around_limits (void **state)
{
    static const size_t sizes[] = { 0,     1,     24000, 24552,   24553,
                                    65512, 65536, 65537, 1000000, 9000000 };
    uint64_t seq = 0;

    for (size_t i = 0; i < ARRAY_SIZE (sizes); i++) {
        autocleanup (journal_free) struct journal *j =
            journal_new (*state, 10 + (uint32_t)i, 32 * MIB);

        for (seq = 1; seq <= 3; seq++)
            add (j, seq, sizes[i]);
        assert_int_equal (read_all (j, 0, sizes[i]), 3);
    }
}

static void test_mixed_sizes (void **state)
{
    autocleanup (journal_free) struct journal *j = journal_new (*state, 1, 64 * MIB);
    struct journal_cursor c;
    struct journal_record r;

    journal_seek (j, &c, 0);
    for (uint64_t seq = 1; seq <= 400; seq++) {
        add (j, seq, seq % 5 ? seq * 10 : seq * 1000);
        if (seq % 3)
            continue;
        while (journal_next (j, &c, &r) == JOURNAL_RECORD)
            check (&r, r.seq % 5 ? r.seq * 10 : r.seq * 1000);
    }
    journal_seek (j, &c, 0);
    for (uint64_t seq = 1; seq <= 400; seq++) {
        assert_int_equal (journal_next (j, &c, &r), JOURNAL_RECORD);
        check (&r, seq % 5 ? seq * 10 : seq * 1000);
    }
}

static void test_budget (void **state)
{
    autocleanup (journal_free) struct journal *j = journal_new (*state, 1, 2 * MIB);
    struct journal_cursor old, end;
    struct journal_record r;

    add (j, 1, 1000);
    journal_seek (j, &old, 0);
    journal_seek (j, &end, 1);
    for (uint64_t seq = 2; seq <= 10000; seq++)
        add (j, seq, 1000);
    assert_in_range (journal_bytes (j), MIB, 2 * MIB + 300000);
    assert_true (journal_first (j) > 7000);
    assert_int_equal (journal_dropped (j) + 1, journal_first (j));
    assert_int_equal (journal_next (j, &old, &r), JOURNAL_GAP);
    assert_int_equal (r.seq, journal_first (j));
    assert_int_equal (journal_next (j, &old, &r), JOURNAL_RECORD);
    assert_int_equal (r.seq, journal_first (j));
    assert_int_equal (journal_next (j, &end, &r), JOURNAL_GAP);
    assert_int_equal (read_all (j, journal_first (j) - 1, 1000), 10000);
}

/* A reader that had read all of a segment that is dropped missed nothing. */
static void test_no_false_gap (void **state)
{
    autocleanup (journal_free) struct journal *j = journal_new (*state, 1, 512 << 10);
    struct journal_cursor c;
    struct journal_record r;

    journal_seek (j, &c, 0);
    for (uint64_t seq = 1; seq <= 5000; seq++) {
        add (j, seq, 1000);
        assert_int_equal (journal_next (j, &c, &r), JOURNAL_RECORD);
        assert_int_equal (r.seq, seq);
    }
    assert_true (journal_first (j) > 4000);
}

static void test_total_budget (void **state)
{
    struct journal *a = journal_new (*state, 1, 60 * MIB),
                   *b = journal_new (*state, 2, 60 * MIB);

    for (uint64_t seq = 1; seq <= 40; seq++)
        add (a, seq, 1000000);
    for (uint64_t seq = 1; seq <= 40; seq++)
        add (b, seq, 1000000);
    assert_true (journals_bytes (*state) <= 64 * MIB);
    assert_true (journal_first (a) > 1);
    assert_int_equal (journal_first (b), 1);
    journal_free (a);
    assert_int_equal (journals_bytes (*state), journal_bytes (b));
    journal_free (b);
    assert_int_equal (journals_bytes (*state), 0);
}

static uint64_t read_to (void *arg)
{
    return *(uint64_t *)arg;
}

/* What somebody still reads goes only above the budget of all, and after what nobody reads. */
static void test_reserved (void **state)
{
    autocleanup (journal_free) struct journal *a = journal_new (*state, 1, 8 * MIB);
    autocleanup (journal_free) struct journal *b = journal_new (*state, 2, 60 * MIB);
    uint64_t read = 3;

    journal_reserve (a, read_to, &read);
    for (uint64_t seq = 1; seq <= 30; seq++)
        add (a, seq, 1000000);
    assert_in_range (journal_first (a), 2, 4); /* segments are an eighth */
    for (uint64_t seq = 1; seq <= 60; seq++)
        add (b, seq, 1000000);
    assert_in_range (journal_first (a), 2, 4);
    assert_true (journal_first (b) > 20);
    assert_true (journals_bytes (*state) <= 64 * MIB);
    for (uint64_t seq = 31; seq <= 100; seq++)
        add (a, seq, 1000000);
    assert_true (journals_bytes (*state) <= 64 * MIB);
    assert_true (journal_first (a) > 30);
    read = 100;
    add (a, 101, 1000000);
    assert_true (journal_bytes (a) <= 8 * MIB + 1000100);
}

/* A range that waits to be sent outlives its segment, its journal and the files. */
static void test_range_outlives_journal (void **state)
{
    struct journal *j = journal_new (*state, 1, 8 * MIB);
    struct journal_cursor c;
    struct journal_record r;

    add (j, 1, 1000000);
    journal_seek (j, &c, 0);
    assert_int_equal (journal_next (j, &c, &r), JOURNAL_RECORD);
    assert_null (r.data);
    struct journal_segment *s = journal_segment_ref (r.segment);
    for (uint64_t seq = 2; seq < 50; seq++)
        add (j, seq, 1000000);
    assert_true (journal_first (j) > 1);
    check (&r, 1000000);
    journal_free (j);
    check (&r, 1000000);
    journal_segment_unref (s);
}

static void limit_files (rlim_t bytes)
{
    struct rlimit l;

    assert_int_equal (getrlimit (RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &l), 0);
}

/* The disk fails in the middle: live reading goes on without a hole, and history is the
 * bounded tail. */
static void full_disk (struct journals *js, size_t n, bool live)
{
    autocleanup (journal_free) struct journal *j = journal_new (js, 1, 32 * MIB);
    struct journal_cursor c;
    struct journal_record r;
    uint64_t seq, most = 20 * MIB / n;

    journal_seek (j, &c, 0);
    for (seq = 1; seq <= most; seq++) {
        add (j, seq, n);
        if (seq == most / 10)
            limit_files (MIB);
        if (!live && seq != most)
            continue;
        if (!live) {
            assert_int_equal (journal_next (j, &c, &r), JOURNAL_GAP);
            journal_seek (j, &c, seq - 1);
        }
        assert_int_equal (journal_next (j, &c, &r), JOURNAL_RECORD);
        assert_int_equal (r.seq, seq);
        check (&r, n);
    }
    limit_files (RLIM_INFINITY);
    assert_true (journal_bytes (j) < 8 * MIB);
    assert_int_equal (read_all (j, journal_first (j) - 1, n), most);
}

static void test_full_disk_live_small (void **state)
{
    full_disk (*state, 1000, true);
}
static void test_full_disk_live_large (void **state)
{
    full_disk (*state, 100000, true);
}
static void test_full_disk_unread_small (void **state)
{
    full_disk (*state, 1000, false);
}
static void test_full_disk_unread_large (void **state)
{
    full_disk (*state, 100000, false);
}

/* From the first byte on. */
static void test_no_disk (void **state)
{
    autocleanup (journal_free) struct journal *j = journal_new (*state, 1, 32 * MIB);

    limit_files (0);
    for (uint64_t seq = 1; seq <= 100; seq++)
        add (j, seq, 100);
    assert_int_equal (read_all (j, 0, 100), 100);
    add (j, 101, 30 * MIB);
    limit_files (RLIM_INFINITY);
    assert_int_equal (read_all (j, 100, 30 * MIB), 101);
}

static void test_leftovers_are_removed (void **state)
{
    struct journal *j = journal_new (*state, 77, 32 * MIB);
    autofree char *path = xasprintf ("%s/journal-77", dir);

    add (j, 1, 100000);
    assert_int_equal (access (path, F_OK), 0);
    struct journals *next = journals_new (dir, MIB, NULL, NULL);
    assert_int_equal (access (path, F_OK), -1);
    journals_free (next);
    journal_free (j);
}

int main (void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST (test_small_records),
        TEST (test_sizes_around_limits),
        TEST (test_mixed_sizes),
        TEST (test_budget),
        TEST (test_no_false_gap),
        TEST (test_total_budget),
        TEST (test_reserved),
        TEST (test_range_outlives_journal),
        TEST (test_full_disk_live_small),
        TEST (test_full_disk_live_large),
        TEST (test_full_disk_unread_small),
        TEST (test_full_disk_unread_large),
        TEST (test_no_disk),
        TEST (test_leftovers_are_removed),
    };

    signals_ignore (SIGXFSZ);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
