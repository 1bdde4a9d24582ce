/* test_stores.c - people, keys, projects and workspaces in the database */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "store/key_store.h"
#include "store/project_store.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

struct house {
    char dir[40];
    struct db *db;
    struct user_model alice;
    struct project_model mnist;
};

static int set_up (void **state)
{
    struct house *h = xnew (struct house);

    strcpy (h->dir, "/tmp/test-stores-XXXXXX");
    if (!mkdtemp (h->dir))
        return -1;
    autofree char *path = path_join (h->dir, "hub.db");
    h->db = db_open (path, NULL);
    h->alice = (struct user_model){ .name = xstrdup ("alice"), .admin = true };
    h->mnist = (struct project_model){ .namespace = xstrdup ("alice"),
                                       .name = xstrdup ("mnist"),
                                       .description = xstrdup (""),
                                       .notes = xstrdup (""),
                                       .tags = json_array () };
    *state = h;
    return h->db && user_store_add (h->db, &h->alice, "argon2:x", NULL) == 0 &&
                   project_store_add (h->db, &h->mnist, NULL) == 0
               ? 0
               : -1;
}

static int tear_down (void **state)
{
    struct house *h = *state;

    user_model_done (&h->alice);
    project_model_done (&h->mnist);
    db_free (h->db);
    (void)fd_remove_tree (h->dir, NULL);
    free (h);
    return 0;
}

static void test_people (void **state)
{
    struct house *h = *state;
    struct user_model again = { .name = (char *)"ALICE" }, bob = { .name = (char *)"bob" };
    struct user_model got = { 0 };
    struct err err;

    assert_int_equal (user_store_add (h->db, &again, NULL, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    assert_string_equal (err.text, "the name ALICE is taken");
    assert_int_equal (user_store_add (h->db, &bob, NULL, NULL), 0);
    assert_int_equal (bob.number, h->alice.number + 1);
    assert_int_equal (user_store_find (h->db, "Alice", &got, NULL), 0);
    assert_string_equal (got.id, h->alice.id);
    assert_true (got.admin);
    user_model_done (&got);
    assert_int_equal (user_store_get (h->db, "nobody", &got, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_null (user_store_password (h->db, bob.id));
}

static void test_last_admin (void **state)
{
    struct house *h = *state;
    struct user_model u = h->alice;
    struct err err;

    u.email = (char *)"a@example.org";
    assert_int_equal (user_store_update (h->db, &u, NULL), 0);
    u.admin = false;
    assert_int_equal (user_store_update (h->db, &u, &err), -1);
    assert_int_equal (err.problem, PROBLEM_LIMIT);
    u.admin = u.disabled = true;
    assert_int_equal (user_store_update (h->db, &u, &err), -1);
    assert_int_equal (user_store_get (h->db, u.id, &u, NULL), 0);
    assert_true (u.admin && !u.disabled);
    user_model_done (&u);
}

static void see_key (void *arg, const struct key_row *k)
{
    int *n = arg;

    assert_string_equal (k->name, "laptop");
    (*n)++;
}

static void test_keys (void **state)
{
    struct house *h = *state;
    char id[IDENT_SHORT + 1], user[IDENT_SHORT + 1];
    int n = 0;

    assert_int_equal (key_store_add (h->db, h->alice.id, "laptop", "secret", id, NULL), 0);
    assert_int_equal (key_store_owner (h->db, "secret", user, NULL), 0);
    assert_string_equal (user, h->alice.id);
    assert_int_equal (key_store_owner (h->db, "Secret", user, NULL), -1);
    assert_int_equal (key_store_each (h->db, h->alice.id, see_key, &n, NULL), 0);
    assert_int_equal (n, 1);
    assert_int_equal (key_store_delete (h->db, "somebody else", id, NULL), -1);
    assert_int_equal (key_store_delete (h->db, h->alice.id, id, NULL), 0);
    assert_int_equal (key_store_owner (h->db, "secret", user, NULL), -1);
}

static void test_logins (void **state)
{
    struct house *h = *state;
    char user[IDENT_SHORT + 1];

    assert_int_equal (login_store_add (h->db, h->alice.id, "c1", "Firefox", 100, NULL), 0);
    assert_int_equal (login_store_add (h->db, h->alice.id, "c2", NULL, 100, NULL), 0);
    assert_int_equal (login_store_add (h->db, h->alice.id, "old", NULL, 0, NULL), 0);
    assert_int_equal (login_store_owner (h->db, "c1", user, NULL), 0);
    assert_int_equal (login_store_owner (h->db, "old", user, NULL), -1);
    assert_int_equal (login_store_sweep (h->db, NULL), 0);
    /* A new password ends every login but the one it was set in. */
    assert_int_equal (user_store_set_password (h->db, h->alice.id, "argon2:y", "c1", NULL),
                      0);
    assert_int_equal (login_store_owner (h->db, "c1", user, NULL), 0);
    assert_int_equal (login_store_owner (h->db, "c2", user, NULL), -1);
    autofree char *hash = user_store_password (h->db, h->alice.id);
    assert_string_equal (hash, "argon2:y");
}

static void count_project (void *arg, const struct project_model *p)
{
    (*(int *)arg)++;
}

static int visible (struct house *h, const char *user, const char *namespace)
{
    int n = 0;

    assert_int_equal (project_store_each (h->db, user, namespace, count_project, &n, NULL),
                      0);
    return n;
}

static void test_projects (void **state)
{
    struct house *h = *state;
    struct user_model bob = { .name = (char *)"bob" };
    struct project_model p = h->mnist, got;
    struct err err;

    assert_int_equal (project_store_add (h->db, &p, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    assert_int_equal (user_store_add (h->db, &bob, NULL, NULL), 0);
    assert_int_equal (visible (h, h->alice.id, NULL), 1);
    assert_int_equal (visible (h, bob.id, "alice"), 0);
    assert_int_equal (visible (h, NULL, "alice"), 0);
    p = h->mnist;
    p.public = true;
    assert_int_equal (project_store_update (h->db, &p, NULL), 0);
    assert_int_equal (visible (h, bob.id, "alice"), 1);
    assert_int_equal (visible (h, NULL, "alice"), 1);
    assert_int_equal (visible (h, bob.id, NULL), 0);
    assert_int_equal (project_store_find (h->db, "Alice", "MNIST", &got, NULL), 0);
    assert_true (got.public);
    project_model_done (&got);
}

static void test_workspaces (void **state)
{
    struct house *h = *state;
    struct workspace_model w = { .name = (char *)"mnist workspace",
                                 .environment = (char *)"default",
                                 .machine = (char *)"c1",
                                 .idle_s = -1,
                                 .inputs = json_array () };
    struct workspace_model got;
    struct err err;
    int64_t first, second;

    strcpy (w.project, h->mnist.id);
    strcpy (w.owner, h->alice.id);
    assert_int_equal (workspace_store_add (h->db, &w, NULL), 0);
    assert_int_equal (project_store_delete (h->db, h->mnist.id, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    w.state = WORKSPACE_STARTING;
    w.generation = 1;
    assert_int_equal (workspace_store_state (h->db, &w, "start", WORKSPACE_RUN_AS_IS,
                                             WORKSPACE_AT_NOW, &first, NULL),
                      0);
    w.state = WORKSPACE_RUNNING;
    assert_int_equal (workspace_store_state (h->db, &w, "ready", WORKSPACE_RUN_BEGINS,
                                             WORKSPACE_AT_NOW, &second, NULL),
                      0);
    assert_true (second > first);
    assert_int_equal (workspace_store_used (h->db, w.id, 5, 7, NULL), 0);
    assert_int_equal (workspace_store_get (h->db, w.task, &got, NULL), 0);
    assert_string_equal (got.id, w.id);
    assert_int_equal (got.state, WORKSPACE_RUNNING);
    assert_int_equal (got.generation, 1);
    assert_int_equal (got.idle_s, -1);
    assert_true (got.began > 0);
    got.idle_s = 900;
    assert_int_equal (workspace_store_update (h->db, &got, NULL), 0);
    workspace_model_done (&got);
    w.state = WORKSPACE_STOPPED;
    assert_int_equal (workspace_store_state (h->db, &w, "exited", WORKSPACE_RUN_ENDS,
                                             WORKSPACE_AT_NOW, &second, NULL),
                      0);
    assert_int_equal (workspace_store_get (h->db, w.id, &got, NULL), 0);
    assert_int_equal (got.began, 0);
    assert_int_equal (got.idle_s, 900);
    workspace_model_done (&got);
    assert_int_equal (workspace_store_delete (h->db, w.id, NULL), 0);
    assert_int_equal (workspace_store_state (h->db, &w, "start", WORKSPACE_RUN_AS_IS,
                                             WORKSPACE_AT_NOW, &first, &err),
                      -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_int_equal (project_store_delete (h->db, h->mnist.id, NULL), 0);
    json_decref (w.inputs);
}

static int64_t number (struct db *db, const char *sql)
{
    struct db_query *q = db_query (db, NULL, sql, "");
    int64_t n = db_next (q) ? db_int (q, 0) : -1;
    assert_int_equal (db_end (q, NULL), 0);
    return n;
}

static void add_workspace (struct house *h, struct workspace_model *w)
{
    *w = (struct workspace_model){ .name = xstrdup ("one"),
                                   .environment = xstrdup ("default"),
                                   .machine = xstrdup ("c1"),
                                   .state = WORKSPACE_RUNNING,
                                   .inputs = json_array () };
    (void)snprintf (w->project, sizeof (w->project), "%s", h->mnist.id);
    (void)snprintf (w->owner, sizeof (w->owner), "%s", h->alice.id);
    assert_int_equal (workspace_store_add (h->db, w, NULL), 0);
}

static int note (struct house *h, const struct workspace_model *w, enum workspace_run run,
                 int64_t at)
{
    int64_t seq;
    return workspace_store_state (h->db, w, "test", run, at, &seq, NULL);
}

static void test_switch (void **state)
{
    struct house *h = *state;
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    add_workspace (h, &w);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, 1000), 0);
    assert_int_equal (workspace_store_used (h->db, w.id, 70, 9, NULL), 0);
    w.machine[0] = 'g';

    /* All or nothing: what cannot begin does not end. */
    assert_int_equal (db_run (h->db, NULL,
                              "CREATE TRIGGER full BEFORE INSERT ON run BEGIN "
                              "SELECT raise (ABORT, 'full'); END",
                              ""),
                      0);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_SWITCHES, 2000), -1);
    assert_int_equal (number (h->db, "SELECT count (*) FROM run WHERE ended IS NULL AND "
                                     "machine = 'c1'"),
                      1);
    assert_int_equal (
        number (h->db, "SELECT count (*) FROM workspace WHERE machine = 'c1'"), 1);
    assert_int_equal (db_run (h->db, NULL, "DROP TRIGGER full", ""), 0);

    assert_int_equal (note (h, &w, WORKSPACE_RUN_SWITCHES, 2000), 0);
    assert_int_equal (
        number (h->db, "SELECT count (*) FROM workspace WHERE machine = 'g1'"), 1);
    assert_int_equal (number (h->db, "SELECT ended FROM run WHERE machine = 'c1'"), 2000);
    assert_int_equal (number (h->db, "SELECT began FROM run WHERE machine = 'g1' AND "
                                     "ended IS NULL"),
                      2000);
    /* The sandbox tells what it used in all its life: each second is counted once. */
    assert_int_equal (workspace_store_used (h->db, w.id, 100, 9, NULL), 0);
    assert_int_equal (number (h->db, "SELECT sum (cpu_us) FROM run"), 100);
    assert_int_equal (number (h->db, "SELECT cpu_us FROM run WHERE machine = 'g1'"), 30);

    /* The session began with the first of them. */
    w.machine[0] = 'h';
    assert_int_equal (note (h, &w, WORKSPACE_RUN_SWITCHES, 3000), 0);
    struct workspace_model got;
    assert_int_equal (workspace_store_get (h->db, w.id, &got, NULL), 0);
    assert_int_equal (got.began, 1000);
    workspace_model_done (&got);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_ENDS, 4000), 0);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, 5000), 0);
    assert_int_equal (workspace_store_get (h->db, w.id, &got, NULL), 0);
    assert_int_equal (got.began, 5000);
    workspace_model_done (&got);
}

static void test_end_of_a_run (void **state)
{
    struct house *h = *state;
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    add_workspace (h, &w);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, 1000), 0);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_ENDS, 4000), 0);
    assert_int_equal (number (h->db, "SELECT ended FROM run WHERE began = 1000"), 4000);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, 5000), 0);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_ENDS, 4999), 0);
    assert_int_equal (number (h->db, "SELECT ended FROM run WHERE began = 5000"), 5000);
    /* Nobody saw it: when it was last heard of, if ever. */
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, 6000), 0);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_ENDS, WORKSPACE_AT_LAST_SEEN), 0);
    assert_int_equal (number (h->db, "SELECT ended FROM run WHERE began = 6000"), 6000);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, 7000), 0);
    assert_int_equal (
        db_run (h->db, NULL, "UPDATE run SET seen = 7700 WHERE ended IS NULL", ""), 0);
    assert_int_equal (note (h, &w, WORKSPACE_RUN_ENDS, WORKSPACE_AT_LAST_SEEN), 0);
    assert_int_equal (number (h->db, "SELECT ended FROM run WHERE began = 7000"), 7700);
    /* Not in the future. */
    assert_int_equal (note (h, &w, WORKSPACE_RUN_BEGINS, INT64_MAX), 0);
    assert_true (number (h->db, "SELECT began FROM run WHERE ended IS NULL") < 4000000000);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_people, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_last_admin, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_logins, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_projects, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_workspaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_switch, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_end_of_a_run, set_up, tear_down),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
