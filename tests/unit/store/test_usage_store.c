/* test_usage_store.c - seconds on machines: spans add up, whoever is asked about */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "store/project_store.h"
#include "store/usage_store.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define NOW 10000

struct house {
    char dir[40];
    struct db *db;
    struct user_model alice;
};

static int set_up (void **state)
{
    struct house *h = xnew (struct house);
    (void)snprintf (h->dir, sizeof (h->dir), "/tmp/test-usage-XXXXXX");
    if (!mkdtemp (h->dir))
        return -1;
    autofree char *path = path_join (h->dir, "hub.db");
    h->db = db_open (path, NULL);
    h->alice = (struct user_model){ .name = xstrdup ("alice") };
    *state = h;
    return h->db && user_store_add (h->db, &h->alice, NULL, NULL) == 0 ? 0 : -1;
}

static int tear_down (void **state)
{
    struct house *h = *state;
    user_model_done (&h->alice);
    db_free (h->db);
    (void)fd_remove_tree (h->dir, NULL);
    free (h);
    return 0;
}

/* ENDED 0: goes on. */
static void run (struct house *h, const char *workspace, const char *user,
                 const char *machine, int64_t began, int64_t ended)
{
    char text[24];
    (void)snprintf (text, sizeof (text), "%lld", (long long)ended);
    assert_int_equal (
        db_run (h->db, NULL,
                "INSERT INTO run (workspace, namespace, user, machine, environment, began, "
                "ended, cpu_us, memory_peak) VALUES (?, 'alice', ?, ?, '', ?, ?, 7, 9)",
                "sssis", workspace, user, machine, began, ended ? text : NULL),
        0);
}

struct sum {
    int64_t seconds, runs;
    unsigned rows, goes_on;
    char first[32];
};

static void add (void *arg, const struct usage_row *row)
{
    struct sum *s = arg;
    if (!s->rows++)
        (void)snprintf (s->first, sizeof (s->first), "%s %s", row->user, row->machine);
    s->seconds += row->seconds;
    s->runs += row->runs;
    s->goes_on += row->goes_on;
    assert_true (row->seconds >= 0 && row->memory_peak == 9);
}

static struct sum ask (struct house *h, const char *user, int64_t from, int64_t to)
{
    const struct usage_filter f = { .user = user, .from = from, .to = to, .now = NOW };
    struct sum s = { 0 };
    assert_int_equal (usage_store_each (h->db, &f, add, &s, NULL), 0);
    return s;
}

static void test_sums (void **state)
{
    struct house *h = *state;
    struct sum s;
    run (h, "run_a", h->alice.id, "cpu", 1000, 1600);
    run (h, "run_a", h->alice.id, "gpu", 1600, 1900);
    run (h, "run_a", h->alice.id, "cpu", 1900, 1901);
    run (h, "run_b", "bob", "cpu", 9000, 0);
    s = ask (h, NULL, 0, NOW);
    assert_int_equal (s.seconds, 600 + 300 + 1 + 1000);
    assert_int_equal (s.rows, 3);
    assert_int_equal (s.runs, 4);
    assert_int_equal (s.goes_on, 1);
    assert_string_equal (s.first, " cpu"); /* bob has no account any more */
    s = ask (h, h->alice.id, 0, NOW);
    assert_int_equal (s.seconds, 901);
    assert_string_equal (s.first, "alice cpu");
    assert_int_equal (ask (h, NULL, 0, 1000).rows, 0);
    assert_int_equal (ask (h, NULL, NOW, NOW + 5).rows, 0);
    assert_int_equal (ask (h, NULL, 0, NOW + 500).seconds, 1901);
}

/* However a time is cut into pieces, their sum is the whole. */
static void test_pieces (void **state)
{
    struct house *h = *state;
    int64_t at = 0, sum = 0;
    srand (7);
    for (int i = 0; i < 50; i++) {
        int64_t began = rand () % NOW, ended = began + rand () % 500;
        run (h, i % 2 ? "run_a" : "run_b", "x", i % 3 ? "cpu" : "gpu", began,
             i % 10 ? ended : 0);
    }
    while (at < 2 * NOW) {
        int64_t next = at + 1 + rand () % 300;
        sum += ask (h, NULL, at, next).seconds;
        at = next;
    }
    assert_int_equal (sum, ask (h, NULL, 0, at).seconds);
    assert_true (sum > 1000);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_sums, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_pieces, set_up, tear_down),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
