/* test_nbtrust.c - which notebooks are trusted, and that trouble with the store is survived
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "jupyter/nbtrust.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup (void **state)
{
    char dir[] = "/tmp/lw-nbtrust-XXXXXX";
    *state = mkdtemp (dir) ? xstrdup (dir) : NULL;
    return *state ? 0 : -1;
}

static int teardown (void **state)
{
    (void)fd_remove_tree (*state, NULL);
    free (*state);
    return 0;
}

static struct nbjson *parse (struct nbjson_doc *doc, const char *text)
{
    return nbjson_parse (doc, text, strlen (text), NULL);
}

static struct nbjson *notebook (struct nbjson_doc *doc, const char *source)
{
    static const char text[] = "{\"cells\":[],\"metadata\":{},\"nbformat\":4}";
    struct nbjson *nb = parse (doc, text);
    nbjson_set (doc, nbjson_get (nb, "metadata"), "source", nbjson_text (doc, source));
    return nb;
}

static void test_sign_and_check (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *a = notebook (doc, "a"), *b = notebook (doc, "b");
    struct nbtrust *t = nbtrust_new (*state);
    assert_false (nbtrust_check (t, a));
    nbtrust_sign (t, a);
    nbtrust_sign (t, a);
    assert_true (nbtrust_check (t, a));
    assert_false (nbtrust_check (t, b));
    nbtrust_free (t);
    t = nbtrust_new (*state); /* another process */
    assert_true (nbtrust_check (t, a));
    nbtrust_free (t);
}

static void test_key_file (void **state)
{
    struct stat st;
    char first[CRYPTO_HEX], second[CRYPTO_HEX];
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *nb = notebook (doc, "a");
    autofree char *path = xasprintf ("%s/notebook_secret", (char *)*state);
    autocleanup (nbtrust_free) struct nbtrust *t = nbtrust_new (*state);
    assert_int_equal (nbtrust_signature (t, nb, first, NULL), 0);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    assert_int_equal (st.st_size, 1386); /* 1368 characters in lines of 76 */
    nbjson_set (doc, nbjson_get (nb, "metadata"), "signature", nbjson_text (doc, "x"));
    assert_int_equal (nbtrust_signature (t, nb, second, NULL), 0);
    assert_string_equal (first, second);
}

static void test_corrupt_database (void **state)
{
    struct stat st;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *nb = notebook (doc, "a");
    autofree char *path = xasprintf ("%s/nbsignatures.db", (char *)*state);
    autofree char *aside = xasprintf ("%s.bak", path);
    char junk[4096];
    memset (junk, 'x', sizeof junk);
    assert_int_equal (fd_write_file_atomic (path, junk, sizeof junk, 0600, NULL), 0);
    autocleanup (nbtrust_free) struct nbtrust *t = nbtrust_new (*state);
    nbtrust_sign (t, nb);
    assert_true (nbtrust_check (t, nb));
    assert_int_equal (stat (aside, &st), 0);
}

/* No directory can be made below a file: signatures last as long as the process. */
static void test_no_directory (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *nb = notebook (doc, "a");
    autofree char *file = xasprintf ("%s/file", (char *)*state);
    autofree char *below = xasprintf ("%s/dir", file);
    assert_int_equal (fd_write_file_atomic (file, "", 0, 0600, NULL), 0);
    autocleanup (nbtrust_free) struct nbtrust *t = nbtrust_new (below);
    nbtrust_sign (t, nb);
    assert_true (nbtrust_check (t, nb));
}

static int count_rows (const char *dir)
{
    autofree char *path = xasprintf ("%s/nbsignatures.db", dir);
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal (sqlite3_open (path, &db), SQLITE_OK);
    assert_int_equal (
        sqlite3_prepare_v2 (db,
                            "SELECT count (*) FROM nbsignatures WHERE algorithm ="
                            " 'sha256' AND path IS NULL AND last_seen LIKE"
                            " '____-__-__ __:__:__.______+00:00'",
                            -1, &st, NULL),
        SQLITE_OK);
    assert_int_equal (sqlite3_step (st), SQLITE_ROW);
    int n = sqlite3_column_int (st, 0);
    (void)sqlite3_finalize (st);
    (void)sqlite3_close (db);
    return n;
}

struct many {
    struct nbtrust *t;
    int first;
};

static void *sign_many (void *arg)
{
    struct many *m = arg;
    for (int i = 0; i < 25; i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        autofree char *text = xasprintf ("%d", m->first + i);
        struct nbjson *nb = notebook (doc, text);
        nbtrust_sign (m->t, nb);
        if (!nbtrust_check (m->t, nb))
            return m;
    }
    return NULL;
}

static void test_threads (void **state)
{
    autocleanup (nbtrust_free) struct nbtrust *t = nbtrust_new (*state);
    struct many many[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        many[i] = (struct many){ t, i * 25 };
        assert_int_equal (pthread_create (&threads[i], NULL, sign_many, &many[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *failed;
        assert_int_equal (pthread_join (threads[i], &failed), 0);
        assert_null (failed);
    }
    assert_int_equal (count_rows (*state), 100);
}

#define CELL(meta, outputs)                                                                \
    "{\"cells\":[{\"cell_type\":\"code\",\"metadata\":" meta ",\"outputs\":[" outputs "]}" \
    "]}"
#define DISPLAY "{\"output_type\":\"display_data\",\"metadata\":{},\"data\":{}}"

static void test_cells (void **state)
{
    static const struct {
        const char *notebook;
        bool trusted;
    } rows[] = {
        { "{\"cells\":[]}", true },
        { CELL ("{}", ""), true },
        { CELL ("{}", "{\"output_type\":\"stream\",\"text\":\"\"}"), true },
        { CELL (
              "{}",
              "{\"output_type\":\"execute_result\",\"execution_count\":1,\"metadata\":{}}"),
          true },
        { CELL ("{}", DISPLAY), false },
        { CELL ("{\"trusted\":false}", DISPLAY), false },
        { CELL ("{\"trusted\":true}", DISPLAY), true },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        struct nbjson *nb = parse (doc, rows[i].notebook);
        assert_int_equal (nbtrust_check_cells (nb), rows[i].trusted);
        struct nbjson *cells = nbjson_get (nb, "cells");
        if (cells->n)
            assert_null (nbjson_get (nbjson_get (cells->items[0], "metadata"), "trusted"));
        nbtrust_mark (doc, nb, true);
        if (cells->n)
            assert_true (
                nbjson_is (nbjson_get (nbjson_get (cells->items[0], "metadata"), "trusted"),
                           NBJSON_TRUE));
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_sign_and_check, setup, teardown),
        cmocka_unit_test_setup_teardown (test_key_file, setup, teardown),
        cmocka_unit_test_setup_teardown (test_corrupt_database, setup, teardown),
        cmocka_unit_test_setup_teardown (test_no_directory, setup, teardown),
        cmocka_unit_test_setup_teardown (test_threads, setup, teardown),
        cmocka_unit_test (test_cells),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
