/* test_db.c - the database: migrations, transactions, what is refused */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "store/db.h"
#include "store/schema.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct place {
    char dir[40];
    char *path;
};

static int set_up (void **state)
{
    struct place *p = xnew (struct place);

    strcpy (p->dir, "/tmp/test-db-XXXXXX");
    if (!mkdtemp (p->dir))
        return -1;
    p->path = path_join (p->dir, "hub.db");
    *state = p;
    return 0;
}

static int tear_down (void **state)
{
    struct place *p = *state;

    (void)fd_remove_tree (p->dir, NULL);
    free (p->path);
    free (p);
    return 0;
}

static int64_t count (struct db *db)
{
    struct db_query *q = db_query (db, NULL, "SELECT count(*) FROM setting", "");
    int64_t n = db_next (q) ? db_int (q, 0) : -1;

    assert_int_equal (db_end (q, NULL), 0);
    return n;
}

static int set (struct db *db, const char *key)
{
    return db_run (db, NULL, "INSERT INTO setting (key, value) VALUES (?, 'x')", "s", key);
}

static void test_open (void **state)
{
    struct place *p = *state;
    struct stat st;
    struct db *db = db_open (p->path, NULL);

    assert_non_null (db);
    assert_int_equal (stat (p->path, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    assert_int_equal (set (db, "a"), 0);
    db_free (db);
    db = db_open (p->path, NULL);
    assert_int_equal (count (db), 1);
    db_free (db);
}

/* The database of an older program, as far as STEPS, with something in it. */
static void make_older (const char *path, size_t steps)
{
    sqlite3 *lite;

    assert_int_equal (sqlite3_open (path, &lite), SQLITE_OK);
    for (size_t i = 0; i < steps; i++) {
        autofree char *version = xasprintf ("PRAGMA user_version = %zu", i + 1);
        assert_int_equal (sqlite3_exec (lite, schema_step (i), NULL, NULL, NULL),
                          SQLITE_OK);
        assert_int_equal (sqlite3_exec (lite, version, NULL, NULL, NULL), SQLITE_OK);
    }
    assert_int_equal (sqlite3_exec (lite,
                                    "INSERT INTO setting (key, value) VALUES ('old', 'x')",
                                    NULL, NULL, NULL),
                      SQLITE_OK);
    assert_int_equal (sqlite3_close (lite), SQLITE_OK);
}

static void test_older (void **state)
{
    const struct place *p = *state;
    struct err err;
    struct stat st;

    assert_true (schema_count () > 1);
    make_older (p->path, 1);
    struct db *db = db_open (p->path, &err);
    assert_non_null (db);
    assert_int_equal (count (db), 1);
    db_free (db);
    /* as it was: with the older number, and for nobody else */
    autofree char *copy = xasprintf ("%s.schema-1", p->path);
    assert_int_equal (stat (copy, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    sqlite3 *lite;
    sqlite3_stmt *st_version;
    assert_int_equal (sqlite3_open (copy, &lite), SQLITE_OK);
    assert_int_equal (
        sqlite3_prepare_v2 (lite, "PRAGMA user_version", -1, &st_version, NULL), SQLITE_OK);
    assert_int_equal (sqlite3_step (st_version), SQLITE_ROW);
    assert_int_equal (sqlite3_column_int (st_version, 0), 1);
    assert_int_equal (sqlite3_finalize (st_version), SQLITE_OK);
    assert_int_equal (sqlite3_close (lite), SQLITE_OK);
    /* the next start has nothing to keep */
    assert_int_equal (unlink (copy), 0);
    db = db_open (p->path, &err);
    assert_non_null (db);
    db_free (db);
    assert_int_equal (stat (copy, &st), -1);
}

static void test_no_copy_no_migration (void **state)
{
    const struct place *p = *state;
    struct err err;
    autofree char *copy = xasprintf ("%s.schema-1", p->path);

    make_older (p->path, 1);
    assert_int_equal (mkdir (copy, 0700), 0); /* in the way */
    assert_null (db_open (p->path, &err));
    assert_non_null (strstr (err.text, "schema-1"));
    assert_int_equal (rmdir (copy), 0);
    struct db *db = db_open (p->path, &err);
    assert_non_null (db);
    assert_int_equal (count (db), 1);
    db_free (db);
}

static void test_transactions (void **state)
{
    struct place *p = *state;
    autocleanup (db_free) struct db *db = db_open (p->path, NULL);
    struct err err;

    {
        autotx struct db_tx *tx = db_begin (db, NULL);
        assert_int_equal (set (db, "a"), 0);
    }
    assert_int_equal (count (db), 0);
    {
        autotx struct db_tx *tx = db_begin (db, NULL);
        assert_int_equal (set (db, "a"), 0);
        assert_int_equal (db_commit (&tx, NULL), 0);
    }
    assert_int_equal (count (db), 1);
    assert_int_equal (
        db_run (db, &err, "INSERT INTO setting (key, value) VALUES ('a', 'y')", ""), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
}

/* A statement that is in use is not taken from under its reader. */
static void test_nested_queries (void **state)
{
    static const char sql[] = "SELECT key FROM setting ORDER BY key";
    struct place *p = *state;
    autocleanup (db_free) struct db *db = db_open (p->path, NULL);
    int seen = 0;

    assert_int_equal (set (db, "a"), 0);
    assert_int_equal (set (db, "b"), 0);
    struct db_query *outer = db_query (db, NULL, sql, "");
    while (db_next (outer)) {
        struct db_query *inner = db_query (db, NULL, sql, "");

        while (db_next (inner))
            seen++;
        assert_int_equal (db_end (inner, NULL), 0);
    }
    assert_int_equal (db_end (outer, NULL), 0);
    assert_int_equal (seen, 4);
}

/* What was committed is there after kill -9, what was not is not. */
static void test_killed (void **state)
{
    struct place *p = *state;
    int status;
    pid_t pid = fork ();

    if (pid == 0) {
        struct db *db = db_open (p->path, NULL);

        (void)set (db, "committed");
        (void)db_begin (db, NULL);
        (void)set (db, "lost");
        (void)raise (SIGKILL);
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_true (WIFSIGNALED (status));
    autocleanup (db_free) struct db *db = db_open (p->path, NULL);
    assert_int_equal (count (db), 1);
}

static void test_refused (void **state)
{
    struct place *p = *state;
    struct err err;
    struct db *db = db_open (p->path, NULL);

    assert_int_equal (db_run (db, NULL, "PRAGMA user_version = 9999", ""), 0);
    db_free (db);
    assert_null (db_open (p->path, &err));
    assert_int_equal (err.problem, PROBLEM_UNSUPPORTED);

    autofree char *other = path_join (p->dir, "no.db");
    autofree char *noise = xcalloc (1, 9000);
    memset (noise, 'x', 8999);
    assert_int_equal (fd_write_file_atomic (other, noise, 8999, 0600, NULL), 0);
    assert_null (db_open (other, &err));
    assert_int_equal (err.problem, PROBLEM_INTERNAL);
    assert_non_null (strstr (err.text, "labwright restore"));
    struct stat st;
    assert_int_equal (stat (other, &st), 0);
    assert_int_equal (st.st_size, 8999);
    assert_null (db_open ("/no/such/directory/hub.db", &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

static void test_full (void **state)
{
    struct place *p = *state;
    autocleanup (db_free) struct db *db = db_open (p->path, NULL);
    autofree char *text = xcalloc (1, 200001);
    struct err err;

    memset (text, 'x', 200000);
    struct db_query *q = db_query (db, NULL, "PRAGMA max_page_count = 60", "");
    (void)db_next (q);
    assert_int_equal (db_end (q, NULL), 0);
    assert_int_equal (set (db, "a"), 0);
    {
        autotx struct db_tx *tx = db_begin (db, NULL);
        assert_int_equal (set (db, "b"), 0);
        assert_int_equal (db_run (db, &err,
                                  "INSERT INTO setting (key, value) VALUES ('c', ?)", "s",
                                  text),
                          -1);
        assert_int_equal (err.problem, PROBLEM_NO_SPACE);
    }
    assert_int_equal (count (db), 1);
}

static void test_copy (void **state)
{
    struct place *p = *state;
    autocleanup (db_free) struct db *db = db_open (p->path, NULL);
    autofree char *to = path_join (p->dir, "copy.db");

    assert_int_equal (set (db, "a"), 0);
    assert_int_equal (db_copy (db, to, NULL), 0);
    assert_int_equal (db_copy (db, to, NULL), -1);
    autocleanup (db_free) struct db *copy = db_open (to, NULL);
    assert_int_equal (count (copy), 1);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_older, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_no_copy_no_migration, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_transactions, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_nested_queries, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown (test_copy, set_up, tear_down),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
