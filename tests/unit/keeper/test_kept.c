/* test_kept.c - how long a journal waits for those who read it */

#include "keeper/keeper.h"

#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define MIB (1u << 20)
#define RECORDS 64 /* of 128 KiB: eight times the budget */

struct fixture {
    char dir[64];
    struct keeper keeper;
    struct kept kept;
};

static const struct kept_ops no_ops = { 0 };

static int setup (void **state)
{
    struct fixture *f = xnew (struct fixture);

    (void)snprintf (f->dir, sizeof (f->dir), "/tmp/test-kept-XXXXXX");
    assert_non_null (mkdtemp (f->dir));
    list_init (&f->keeper.objects);
    f->keeper.loop = loop_new (NULL);
    f->keeper.journals = journals_new (f->dir, 64 * MIB, NULL, NULL);
    kept_init (&f->kept, &f->keeper, &no_ops, KEEP_KERNEL, "k", MIB);
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct fixture *f = *state;

    kept_done (&f->kept);
    journals_free (f->keeper.journals);
    loop_cancel (f->keeper.pump);
    loop_cancel (f->keeper.trim);
    loop_free (f->keeper.loop);
    assert_int_equal (fd_remove_tree (f->dir, NULL), 0);
    free (f);
    return 0;
}

static void say (struct fixture *f)
{
    static char text[128 << 10];
    struct slice piece = { text, sizeof (text) };

    for (int i = 0; i < RECORDS; i++)
        (void)kept_say (&f->kept, KEEP_IOPUB, SUBSCRIPTION_ALL, &piece, 1);
}

static struct subscription *subscribe (struct fixture *f, const char *name, uint32_t flags)
{
    struct subscription *s = kept_subscribe (&f->kept, name, 0, MIB, flags, NULL);

    assert_non_null (s);
    return s;
}

static void test_kept_for_a_slow_viewer (void **state)
{
    struct fixture *f = *state;
    struct subscription *s = subscribe (f, "a", 0);

    say (f);
    assert_int_equal (journal_first (f->kept.journal), 1);
    subscription_sent (s, 40, MIB);
    subscription_ack (s, 40);
    say (f);
    assert_in_range (journal_first (f->kept.journal), 35, 41);

    /* The server dies, and is back a moment later. */
    subscription_detach (s);
    say (f);
    assert_in_range (journal_first (f->kept.journal), 35, 41);
}

static void test_not_for_a_stuck_one (void **state)
{
    struct fixture *f = *state;
    struct subscription *s = subscribe (f, "a", 0);

    say (f);
    s->moved_us -= KEPT_PATIENCE_US;
    say (f);
    assert_true (journal_bytes (f->kept.journal) <= MIB + (200 << 10));
    assert_int_equal (journal_dropped (f->kept.journal) + 1,
                      journal_first (f->kept.journal));
}

/* It acks what a document has; what it was sent it has dealt with. */
static void test_recorder (void **state)
{
    struct fixture *f = *state;
    struct subscription *s = subscribe (f, "recorder", KEEP_SUB_RECORD);

    say (f);
    assert_int_equal (journal_first (f->kept.journal), 1);
    subscription_sent (s, 60, MIB);
    say (f);
    assert_in_range (journal_first (f->kept.journal), 55, 61);
}

int main (void)
{
#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST (test_kept_for_a_slow_viewer),
        TEST (test_not_for_a_stuck_one),
        TEST (test_recorder),
    };

    return cmocka_run_group_tests_name ("kept", tests, NULL, NULL);
}
