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

#define SIGNED_SHA1 "a94a7deb698be142b23b9b8a161f4643863d69b5"
#define SIGNED_SHA256 "32800f18d8e8bafade4242a5fbf33d320328f0dade66fe9aa43c7054cd70b8b6"

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

static struct nbtrust *in_dir (const char *dir)
{
    struct nbtrust_config config = { .data_dir = dir };
    return nbtrust_new (&config);
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
    struct nbtrust *t = in_dir (*state);
    assert_false (nbtrust_check (t, a));
    nbtrust_sign (t, a);
    nbtrust_sign (t, a);
    assert_true (nbtrust_check (t, a));
    assert_false (nbtrust_check (t, b));
    nbtrust_free (t);
    t = in_dir (*state); /* another process */
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
    autocleanup (nbtrust_free) struct nbtrust *t = in_dir (*state);
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
    autocleanup (nbtrust_free) struct nbtrust *t = in_dir (*state);
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
    autocleanup (nbtrust_free) struct nbtrust *t = in_dir (below);
    nbtrust_sign (t, nb);
    assert_true (nbtrust_check (t, nb));
}

static int count_rows (const char *path, const char *algorithm)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal (sqlite3_open (path, &db), SQLITE_OK);
    assert_int_equal (
        sqlite3_prepare_v2 (db,
                            "SELECT count (*) FROM nbsignatures WHERE algorithm ="
                            " ?1 AND path IS NULL AND last_seen LIKE"
                            " '____-__-__ __:__:__.______+00:00'",
                            -1, &st, NULL),
        SQLITE_OK);
    assert_int_equal (sqlite3_bind_text (st, 1, algorithm, -1, SQLITE_STATIC), SQLITE_OK);
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
    autocleanup (nbtrust_free) struct nbtrust *t = in_dir (*state);
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
    autofree char *path = xasprintf ("%s/nbsignatures.db", (char *)*state);
    assert_int_equal (count_rows (path, "sha256"), 100);
}

/* What NotebookNotary computes with the same key: hmac.new (b"key", digestmod="sha1") over
 * "cells", "metadata", "source", "a", "nbformat", "4". */
static void test_configured (void **state)
{
    struct stat st;
    char signature[CRYPTO_HEX];
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autofree char *db = xasprintf ("%s/below/mine.db", (char *)*state);
    autofree char *key = xasprintf ("%s/key", (char *)*state);
    struct nbtrust_config config = { .data_dir = "/nowhere",
                                     .db_file = db,
                                     .secret_file = key,
                                     .algorithm = "sha1" };
    struct nbjson *nb = notebook (doc, "a");
    assert_int_equal (fd_write_file_atomic (key, "key", 3, 0600, NULL), 0);
    autocleanup (nbtrust_free) struct nbtrust *t = nbtrust_new (&config);
    assert_int_equal (nbtrust_signature (t, nb, signature, NULL), 0);
    assert_string_equal (signature, SIGNED_SHA1);
    nbtrust_sign (t, nb);
    assert_int_equal (count_rows (db, "sha1"), 1);
    config = (struct nbtrust_config){ .data_dir = *state,
                                      .secret = "key",
                                      .algorithm = "no such digest" };
    autocleanup (nbtrust_free) struct nbtrust *other = nbtrust_new (&config);
    assert_int_equal (nbtrust_signature (other, nb, signature, NULL), 0);
    assert_string_equal (signature, SIGNED_SHA256);
    autofree char *made = xasprintf ("%s/notebook_secret", (char *)*state);
    assert_int_equal (stat (made, &st), -1);
}

static void test_cut (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autofree char *path = xasprintf ("%s/nbsignatures.db", (char *)*state);
    struct nbtrust_config config = { .data_dir = *state, .cache_size = 8 };
    autocleanup (nbtrust_free) struct nbtrust *t = nbtrust_new (&config);
    static const char *const names[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9" };
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        nbtrust_sign (t, notebook (doc, names[i]));
        assert_int_equal (count_rows (path, "sha256"), i < 8 ? (int)i + 1 : 6);
    }
    assert_true (nbtrust_check (t, notebook (doc, "9")));
    assert_false (nbtrust_check (t, notebook (doc, "1")));
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
        cmocka_unit_test_setup_teardown (test_configured, setup, teardown),
        cmocka_unit_test_setup_teardown (test_cut, setup, teardown),
        cmocka_unit_test (test_cells),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
