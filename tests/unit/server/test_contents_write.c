/* test_contents_write.c - what is left of a document when writing it fails or is odd */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/signals.h"
#include "server/contents_write.h"
#include "server/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static int setup (void **state)
{
    char dir[] = "/tmp/lw-write-XXXXXX";
    signals_ignore (SIGXFSZ);
    *state = mkdtemp (dir) ? xstrdup (dir) : NULL;
    return *state ? chmod (*state, 0777) : -1;
}

static int teardown (void **state)
{
    (void)fd_remove_tree (*state, NULL);
    free (*state);
    return 0;
}

static int write_text (const char *path, const char *text, struct err *err)
{
    struct contents_source source = { .data = text, .n = strlen (text), .fd = -1 };
    return contents_write (NULL, path, &source, true, err);
}

static void put (const char *path, const char *text, mode_t mode)
{
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), mode, NULL), 0);
}

static bool holds (const char *path, const char *text)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, 1 << 20);
    return fd_read_file (path, &b, NULL) == 0 && !strcmp (b.data, text);
}

static void limit_size (rlim_t bytes)
{
    struct rlimit limit = { bytes, RLIM_INFINITY };
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

/* ---- what stays ------------------------------------------------------------------ */

static void test_in_place (void **state)
{
    struct stat before, after;
    autofree char *path = path_join (*state, "a"), *other = path_join (*state, "b");
    autofree char *backup = contents_backup_path (path);
    put (path, "old content", 0640);
    assert_int_equal (link (path, other), 0);
    assert_int_equal (stat (path, &before), 0);
    assert_int_equal (write_text (path, "new", NULL), 0);
    assert_int_equal (stat (path, &after), 0);
    assert_int_equal (before.st_ino, after.st_ino);
    assert_int_equal (after.st_mode & 0777, 0640);
    assert_true (holds (other, "new"));
    assert_int_equal (access (backup, F_OK), -1);
}

static void test_link (void **state)
{
    struct stat st;
    autofree char *path = path_join (*state, "a"), *link = path_join (*state, "l");
    autofree char *new = path_join (*state, "n"), *dangling = path_join (*state, "d");
    put (path, "old", 0644);
    assert_int_equal (symlink ("a", link), 0);
    assert_int_equal (symlink (new, dangling), 0);
    assert_int_equal (write_text (link, "new", NULL), 0);
    assert_int_equal (lstat (link, &st), 0);
    assert_true (S_ISLNK (st.st_mode));
    assert_true (holds (path, "new"));
    assert_int_equal (write_text (dangling, "made", NULL), 0);
    assert_true (holds (new, "made"));
}

/* Somebody may have put a link where our backup goes. */
static void test_planted_backup (void **state)
{
    autofree char *path = path_join (*state, "a"), *victim = path_join (*state, "victim");
    autofree char *backup = contents_backup_path (path);
    put (path, "old", 0644);
    put (victim, "precious", 0644);
    assert_int_equal (symlink (victim, backup), 0);
    assert_int_equal (write_text (path, "new", NULL), 0);
    assert_true (holds (victim, "precious"));
}

static void test_odd_targets (void **state)
{
    struct err err;
    autofree char *fifo = path_join (*state, "fifo");
    assert_int_equal (mkfifo (fifo, 0600), 0);
    assert_int_equal (write_text (fifo, "x", &err), -1);
    assert_int_equal (write_text (*state, "x", &err), -1);
    assert_int_equal (err.sys, EISDIR);
    assert_int_equal (contents_append (fifo, "x", 1, &err), -1);
}

/* ---- what comes back ------------------------------------------------------------- */

/* The limit lets the backup (4 bytes) through, but not the new content. */
static void test_failure_restores (void **state)
{
    struct err err;
    autofree char *path = path_join (*state, "a"), *backup = contents_backup_path (path);
    put (path, "old!", 0600);
    limit_size (100);
    char big[4096];
    memset (big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    int rc = write_text (path, big, &err);
    limit_size (RLIM_INFINITY);
    assert_int_equal (rc, -1);
    assert_int_equal (err.sys, EFBIG);
    assert_true (holds (path, "old!"));
    assert_int_equal (access (backup, F_OK), -1);
}

/* No room even for the backup: the file is not touched. */
static void test_no_room_for_backup (void **state)
{
    struct err err;
    struct stat before, after;
    autofree char *path = path_join (*state, "a"), *backup = contents_backup_path (path);
    put (path, "0123456789", 0600);
    assert_int_equal (stat (path, &before), 0);
    limit_size (5);
    int rc = write_text (path, "x", &err);
    limit_size (RLIM_INFINITY);
    assert_int_equal (rc, -1);
    assert_true (holds (path, "0123456789"));
    assert_int_equal (stat (path, &after), 0);
    assert_int_equal (before.st_ino, after.st_ino);
    assert_int_equal (access (backup, F_OK), -1);
}

static void test_failed_new_file (void **state)
{
    autofree char *path = path_join (*state, "a");
    limit_size (2);
    int rc = write_text (path, "0123456789", NULL);
    limit_size (RLIM_INFINITY);
    assert_int_equal (rc, -1);
    assert_int_equal (access (path, F_OK), -1);
}

static void test_failed_append (void **state)
{
    autofree char *path = path_join (*state, "a"), *new = path_join (*state, "b");
    put (path, "0123", 0600);
    limit_size (6);
    int rc = contents_append (path, "4567", 4, NULL);
    int rc2 = contents_append (new, "01234567", 8, NULL);
    limit_size (RLIM_INFINITY);
    assert_int_equal (rc, -1);
    assert_int_equal (rc2, -1);
    assert_true (holds (path, "0123"));
    assert_int_equal (access (new, F_OK), -1);
    assert_int_equal (contents_append (path, "4567", 4, NULL), 0);
    assert_true (holds (path, "01234567"));
}

/* ---- permissions: as somebody who is not root ------------------------------------ */

/* Runs CHECK in a child as nobody; its result is the exit status. */
static int as_nobody (int (*check) (const char *dir), const char *dir)
{
    int status = 0;
    pid_t pid = fork ();
    if (pid == 0) {
        if (getuid () == 0 && (setgid (NOBODY) || setuid (NOBODY)))
            _exit (77);
        _exit (check (dir));
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_true (WIFEXITED (status));
    return WEXITSTATUS (status);
}

static int check_closed_directory (const char *dir)
{
    struct err err;
    autofree char *open_file = path_join (dir, "open"), *closed = path_join (dir, "closed");
    autofree char *new = path_join (dir, "new");
    if (write_text (open_file, "new", &err) < 0 || !holds (open_file, "new"))
        return 1;
    if (write_text (closed, "new", &err) == 0 || err.sys != EACCES)
        return 2;
    if (write_text (new, "new", &err) == 0 || err.sys != EACCES)
        return 3;
    return 0;
}

static void test_closed_directory (void **state)
{
    autofree char *open_file = path_join (*state, "open"),
                  *closed = path_join (*state, "closed");
    put (open_file, "old", 0666);
    put (closed, "old", 0444);
    assert_int_equal (chmod (*state, 0555), 0);
    int rc = getuid () == 0 ? as_nobody (check_closed_directory, *state)
                            : check_closed_directory (*state);
    assert_int_equal (chmod (*state, 0777), 0);
    if (rc == 77)
        skip ();
    assert_int_equal (rc, 0);
    assert_true (holds (closed, "old"));
}

static int check_read_only (const char *dir)
{
    struct err err;
    autofree char *path = path_join (dir, "a"), *backup = contents_backup_path (path);
    if (write_text (path, "new", &err) == 0 || err.sys != EACCES)
        return 1;
    return access (backup, F_OK) == 0 ? 2 : 0;
}

static void test_read_only_file (void **state)
{
    autofree char *path = path_join (*state, "a");
    put (path, "old", 0444);
    int rc = as_nobody (check_read_only, *state);
    if (rc == 77)
        skip ();
    assert_int_equal (rc, 0);
    assert_true (holds (path, "old"));
}

/* ---- tree ------------------------------------------------------------------------ */

static void test_tree_move (void **state)
{
    struct err err;
    autofree char *a = path_join (*state, "a"), *b = path_join (*state, "b");
    put (a, "a", 0600);
    put (b, "b", 0600);
    assert_int_equal (tree_move (a, b, &err), -1);
    assert_int_equal (err.sys, EEXIST);
    assert_true (holds (b, "b"));
}

static void test_tree_copy (void **state)
{
    struct stat st;
    struct err err;
    autofree char *from = path_join (*state, "d"), *to = path_join (*state, "e");
    autofree char *file = path_join (from, "sub/x"), *up = path_join (from, "up");
    autofree char *link = path_join (from, "l"), *copied = path_join (to, "sub/x");
    autofree char *copied_link = path_join (to, "l"), *inside = path_join (from, "in");
    put (file, "x", 0640);
    assert_int_equal (symlink ("sub/x", link), 0);
    assert_int_equal (tree_copy (from, to, true, 1000, NULL), 0);
    assert_int_equal (stat (copied, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0640);
    assert_int_equal (lstat (copied_link, &st), 0);
    assert_true (S_ISREG (st.st_mode));
    assert_int_equal (tree_copy (from, to, true, 1000, &err), -1);
    assert_int_equal (err.sys, EEXIST);
    assert_int_equal (tree_copy (from, inside, true, 1000, NULL),
                      0); /* no endless descent */
    assert_int_equal (fd_remove_tree (to, NULL), 0);
    assert_int_equal (symlink (".", up), 0);
    assert_int_equal (tree_copy (from, to, true, 1000, &err), -1);
}

#define T(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        T (test_in_place),         T (test_link),
        T (test_planted_backup),   T (test_odd_targets),
        T (test_failure_restores), T (test_no_room_for_backup),
        T (test_failed_new_file),  T (test_failed_append),
        T (test_closed_directory), T (test_read_only_file),
        T (test_tree_move),        T (test_tree_copy),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
