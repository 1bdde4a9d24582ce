/* test_contents_change.c - renaming, deleting, checkpoints (contract 3.4.5, 3.4.6, 3.4.10) */

#include "contents_fixture.h"
#include "server/checkpoint.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- moving and deleting --------------------------------------------------------- */

static void test_rename (void **state)
{
    const struct fixture *f = *state;
    struct contents_request r = { .path = "a.txt",
                                  .path_len = 5,
                                  .body = "",
                                  .body_len = 0 };
    autodone (buf_done) struct buf b;
    buf_init (&b, 1000);
    put_file (f, "a.txt", "a");
    put_file (f, "b.txt", "b");
    put_file (f, "d/x", "x");
    assert_int_equal (checkpoint_create (f->c, &r, &b, NULL), 0);
    expect_path (f, contents_patch, "a.txt", "{\"path\":\"/d/c.txt/\"}", "d/c.txt");
    assert_true (have (f, "d/.ipynb_checkpoints/c-checkpoint.txt"));
    assert_false (have (f, ".ipynb_checkpoints/a-checkpoint.txt"));
    expect_path (f, contents_patch, "d", "{\"path\":\"e\"}", "e");
    expect_path (f, contents_patch, "b.txt", "{\"path\":\"b.txt\"}", "b.txt");
    expect_path (f, contents_patch, "b.txt", "{\"x\":1}", "b.txt");
    expect_error (f, contents_patch, "b.txt", "{\"path\":\"e/x\"}", PROBLEM_CONFLICT,
                  "File already exists: e/x");
    expect_error (f, contents_patch, "no", "{\"path\":\"y\"}", PROBLEM_NOT_FOUND,
                  "File or directory does not exist: no");
    expect_error (f, contents_patch, "b.txt", "{\"path\":\"no/y\"}", PROBLEM_NOT_FOUND, "");
    expect_error (f, contents_patch, "b.txt", "", PROBLEM_INVALID, "JSON body missing");
    expect_error (f, contents_patch, "b.txt", "{\"path\":1}", PROBLEM_INVALID, "");
    expect_error (f, contents_patch, "b.txt", "{\"path\":\"../y\"}", PROBLEM_NOT_FOUND,
                  "outside");
    expect_error (f, contents_patch, "", "{\"path\":\"y\"}", PROBLEM_INVALID, "");
    expect_file (f, "b.txt", "b");
    expect_file (f, "e/x", "x");
}

static int del (const struct fixture *f, const char *path, struct err *err)
{
    struct contents_request r = { .path = path,
                                  .path_len = strlen (path),
                                  .body = "",
                                  .body_len = 0 };
    return contents_delete (f->c, &r, err);
}

static void test_delete_to_trash (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    autofree char *link = os_path (f, "link"), *trashed = NULL;
    put_file (f, "d/x", "x");
    put_file (f, "a.txt", "1");
    assert_int_equal (symlink ("d", link), 0);
    assert_int_equal (del (f, "link", &err), 0);
    assert_true (have (f, "d/x"));
    assert_int_equal (del (f, "d", &err), 0);
    assert_false (have (f, "d"));
    assert_int_equal (del (f, "a.txt", &err), 0);
    put_file (f, "a.txt", "2");
    assert_int_equal (del (f, "a.txt", &err), 0);
    trashed = path_join (f->home, ".local/share/Trash/files/a.2.txt");
    assert_int_equal (access (trashed, F_OK), 0);
    assert_int_equal (del (f, "", &err), -1);
    assert_string_equal (err.text, "Can't delete root");
    assert_int_equal (del (f, "a.txt", &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

static void test_delete_for_good (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    autofree char *link = os_path (f, "link"), *dangling = os_path (f, "dangling");
    put_file (f, "d/x", "x");
    put_file (f, "e/.ipynb_checkpoints/y", "");
    put_file (f, "n.txt", "x");
    put_file (f, ".ipynb_checkpoints/n-checkpoint.txt", "x");
    assert_int_equal (symlink ("d", link), 0);
    assert_int_equal (symlink ("no", dangling), 0);
    assert_int_equal (del (f, "d", &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_non_null (strstr (err.text, "not empty"));
    assert_int_equal (del (f, "e", &err), 0);
    assert_int_equal (del (f, "link", &err), 0);
    assert_int_equal (del (f, "dangling", &err), 0);
    assert_true (have (f, "d/x"));
    assert_int_equal (del (f, "n.txt", &err), 0);
    assert_false (have (f, ".ipynb_checkpoints/n-checkpoint.txt"));
}

/* ---- checkpoints ----------------------------------------------------------------- */

static void test_checkpoints (void **state)
{
    const struct fixture *f = *state;
    struct contents_request r = { .path = "a.txt",
                                  .path_len = 5,
                                  .body = "",
                                  .body_len = 0 };
    struct err err;
    struct stat st, cp;
    autofree char *file = os_path (f, "a.txt");
    autofree char *copy = os_path (f, ".ipynb_checkpoints/a-checkpoint.txt");
    autodone (buf_done) struct buf b;
    buf_init (&b, 1000);
    put_file (f, "a.txt", "one");
    assert_int_equal (checkpoint_list (f->c, &r, &b, NULL), 0);
    assert_string_equal (b.data, "[]");
    assert_false (have (f, ".ipynb_checkpoints"));
    assert_int_equal (checkpoint_restore (f->c, &r, "checkpoint", &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_int_equal (checkpoint_create (f->c, &r, &b, NULL), 0);
    assert_int_equal (stat (file, &st) || stat (copy, &cp), 0);
    assert_int_equal (st.st_mtim.tv_nsec, cp.st_mtim.tv_nsec);
    put_file (f, "a.txt", "two");
    assert_int_equal (checkpoint_restore (f->c, &r, "checkpoint", &err), 0);
    expect_file (f, "a.txt", "one");
    assert_int_equal (stat (file, &st), 0);
    assert_int_equal (st.st_mtim.tv_nsec, cp.st_mtim.tv_nsec);
    assert_int_equal (checkpoint_restore (f->c, &r, "../../x", &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_int_equal (checkpoint_remove (f->c, &r, "checkpoint", &err), 0);
    assert_int_equal (checkpoint_remove (f->c, &r, "checkpoint", &err), -1);
    assert_string_equal (err.text, "Checkpoint does not exist: a.txt@checkpoint");
    struct contents_request none = { .path = "no",
                                     .path_len = 2,
                                     .body = "",
                                     .body_len = 0 };
    assert_int_equal (checkpoint_create (f->c, &none, &b, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        T (test_rename),
        T (test_delete_to_trash),
        cmocka_unit_test_setup_teardown (test_delete_for_good, setup_unlink, teardown),
        T (test_checkpoints),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
