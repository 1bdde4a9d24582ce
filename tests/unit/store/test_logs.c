/* test_logs.c - what is appended: audit, events, failed sign-ins; and who belongs where */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "store/attempt_store.h"
#include "store/audit_store.h"
#include "store/event_store.h"
#include "store/key_store.h"
#include "store/user_store.h"

#include <string.h>

struct house {
    char dir[40];
    struct db *db;
};

static int set_up (void **state)
{
    struct house *h = xnew (struct house);

    strcpy (h->dir, "/tmp/test-logs-XXXXXX");
    if (!mkdtemp (h->dir))
        return -1;
    autofree char *path = path_join (h->dir, "hub.db");
    h->db = db_open (path, NULL);
    *state = h;
    return h->db ? 0 : -1;
}

static int tear_down (void **state)
{
    struct house *h = *state;

    db_free (h->db);
    (void)fd_remove_tree (h->dir, NULL);
    free (h);
    return 0;
}

static void see_audit (void *arg, const struct audit_row *row)
{
    char *text = arg;

    strcat (text, row->what);
    strcat (text, " ");
}

static void test_audit (void **state)
{
    struct house *h = *state;
    char text[100] = "";

    for (int i = 0; i < 3; i++) {
        char what[] = { (char)('a' + i), '\0' };
        const struct audit_row row = { .who = "alice", .what = what };
        assert_int_equal (audit_store_add (h->db, &row, NULL), 0);
    }
    assert_int_equal (audit_store_each (h->db, 0, 10, see_audit, text, NULL), 0);
    assert_string_equal (text, "c b a ");
    text[0] = '\0';
    assert_int_equal (audit_store_each (h->db, 3, 1, see_audit, text, NULL), 0);
    assert_string_equal (text, "b ");
}

static bool see_event (void *arg, const struct event_row *row)
{
    char *text = arg;

    strcat (text, row->subject);
    return strlen (text) < 2;
}

static void test_events (void **state)
{
    struct house *h = *state;
    int64_t last;
    char text[10] = "";

    assert_int_equal (event_store_last (h->db, &last, NULL), 0);
    assert_int_equal (last, 0);
    for (int i = 0; i < 4; i++) {
        char subject[] = { (char)('a' + i), '\0' };
        const struct event_row row = { .kind = "k",
                                       .subject = subject,
                                       .namespace = "n",
                                       .body = "{}" };
        assert_int_equal (event_store_add (h->db, &row, NULL), 0);
    }
    assert_int_equal (event_store_last (h->db, &last, NULL), 0);
    assert_int_equal (last, 4);
    assert_int_equal (event_store_each (h->db, 1, 10, see_event, text, NULL), 0);
    assert_string_equal (text, "bc"); /* it had enough */
    text[0] = '\0';
    assert_int_equal (event_store_each (h->db, 3, 10, see_event, text, NULL), 0);
    assert_string_equal (text, "d");
    assert_int_equal (event_store_sweep (h->db, 0, NULL), 0);
    text[0] = '\0';
    assert_int_equal (event_store_each (h->db, 0, 1, see_event, text, NULL), 0);
    assert_string_equal (text, "a");
    assert_int_equal (event_store_sweep (h->db, INT64_MAX, NULL), 0);
    text[0] = '\0';
    assert_int_equal (event_store_each (h->db, 0, 9, see_event, text, NULL), 0);
    assert_string_equal (text, "d");
}

static void test_attempts (void **state)
{
    struct house *h = *state;
    int64_t failures, last;

    assert_int_equal (attempt_store_get (h->db, "k", &failures, &last, NULL), 0);
    assert_int_equal (failures, 0);
    assert_int_equal (attempt_store_set (h->db, "k", 1, NULL), 0);
    assert_int_equal (attempt_store_set (h->db, "k", 7, NULL), 0);
    assert_int_equal (attempt_store_get (h->db, "k", &failures, &last, NULL), 0);
    assert_int_equal (failures, 7);
    assert_true (last > 0);
    assert_int_equal (attempt_store_sweep (h->db, last, NULL), 0);
    assert_int_equal (attempt_store_get (h->db, "k", &failures, &last, NULL), 0);
    assert_int_equal (failures, 7);
    assert_int_equal (attempt_store_clear (h->db, "k", NULL), 0);
    assert_int_equal (attempt_store_get (h->db, "k", &failures, &last, NULL), 0);
    assert_int_equal (failures, 0);
}

static void see_login (void *arg, const struct login_row *l)
{
    int *n = arg;

    *n += l->this ? 10 : 1;
}

static void test_who (void **state)
{
    struct house *h = *state;
    struct user_model u = { .name = (char *)"alice" };
    bool any;
    int n = 0;

    assert_int_equal (user_store_any (h->db, &any, NULL), 0);
    assert_false (any);
    assert_int_equal (user_store_add (h->db, &u, NULL, NULL), 0);
    assert_int_equal (user_store_any (h->db, &any, NULL), 0);
    assert_true (any);
    assert_true (user_store_belongs (h->db, u.id, "Alice"));
    assert_false (user_store_belongs (h->db, u.id, "team"));
    assert_int_equal (
        db_run (h->db, NULL, "INSERT INTO namespace VALUES ('team', 'team')", ""), 0);
    assert_int_equal (db_run (h->db, NULL, "INSERT INTO team VALUES ('t1', 'team', 0)", ""),
                      0);
    assert_false (user_store_belongs (h->db, u.id, "team"));
    assert_int_equal (db_run (h->db, NULL,
                              "INSERT INTO team_member VALUES ('t1', ?, 'member')", "s",
                              u.id),
                      0);
    assert_true (user_store_belongs (h->db, u.id, "team"));
    assert_int_equal (login_store_add (h->db, u.id, "c1", "Firefox", 100, NULL), 0);
    assert_int_equal (login_store_add (h->db, u.id, "c2", NULL, 100, NULL), 0);
    assert_int_equal (login_store_each (h->db, u.id, "c1", see_login, &n, NULL), 0);
    assert_int_equal (n, 11);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_audit, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_attempts, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_who, set_up, tear_down),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
