/* test_fd.c - capped reads, atomic writes, trees */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char dir[] = "/tmp/test_fd.XXXXXX";

static int setup (void **state)
{
    (void)state;
    return mkdtemp (dir) ? 0 : -1;
}

static int teardown (void **state)
{
    (void)state;
    return fd_remove_tree (dir, NULL);
}

static void write_to (const char *path, const char *text)
{
    struct err err;
    if (fd_write_file_atomic (path, text, strlen (text), 0600, &err) < 0)
        fail_msg ("%s", err.text);
}

static void test_write_and_read (void **state)
{
    autofree char *path = path_join (dir, "a/b/c.json");
    autodone (buf_done) struct buf b;
    struct stat st, again;

    (void)state;
    write_to (path, "one");
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 07777, 0600);
    write_to (path, "three");
    assert_int_equal (stat (path, &again), 0);
    assert_int_not_equal (st.st_ino, again.st_ino);
    buf_init (&b, 5);
    assert_int_equal (fd_read_file (path, &b, NULL), 0);
    assert_string_equal (b.data, "three");
    autofree char *parent = path_join (dir, "a");
    assert_int_equal (stat (parent, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0700);
}

static void test_whole_and_synced_later (void **state)
{
    autofree char *path = path_join (dir, "later/file");
    autofree char *missing = path_join (dir, "later/missing");
    autodone (buf_done) struct buf b;
    struct stat st;

    (void)state;
    buf_init (&b, 64);
    assert_int_equal (fd_write_file_whole (path, "one", 3, 0600, NULL), 0);
    assert_int_equal (fd_write_file_whole (path, "two", 3, 0640, NULL), 0);
    assert_int_equal (fd_sync_file (path, NULL), 0);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 07777, 0640);
    assert_int_equal (fd_read_file (path, &b, NULL), 0);
    assert_string_equal (b.data, "two");
    struct err err;
    assert_int_equal (fd_sync_file (missing, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

static void test_long_name (void **state)
{
    char name[256];

    (void)state;
    memset (name, 'n', 255);
    name[255] = '\0';
    autofree char *path = path_join (dir, name);
    write_to (path, "x");
    assert_int_equal (access (path, F_OK), 0);
}

static void test_failed_write_keeps_the_old (void **state)
{
    autofree char *path = path_join (dir, "taken");
    struct err err;

    (void)state;
    assert_int_equal (mkdir (path, 0700), 0);
    assert_int_equal (fd_write_file_atomic (path, "x", 1, 0600, &err), -1);
    assert_non_null (strstr (err.text, path));
    autofree char *below = path_join (dir, "a/b/c.json/d");
    assert_int_equal (fd_write_file_atomic (below, "x", 1, 0600, &err), -1);
}

static void test_ceilings (void **state)
{
    autofree char *path = path_join (dir, "five");
    autofree char *empty = path_join (dir, "empty");
    autodone (buf_done) struct buf b;
    struct err err;

    (void)state;
    write_to (path, "12345");
    write_to (empty, "");
    buf_init (&b, 4);
    assert_int_equal (fd_read_file (path, &b, &err), -1);
    assert_int_equal (err.problem, PROBLEM_TOO_LARGE);
    buf_done (&b);
    buf_init (&b, 4);
    assert_int_equal (fd_read_file (empty, &b, &err), 0);
    assert_string_equal (b.data, "");
    assert_int_equal (fd_read_file ("/nowhere/at/all", &b, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

static void test_no_regular_file (void **state)
{
    autofree char *path = path_join (dir, "fifo");
    autodone (buf_done) struct buf b;
    struct err err;

    (void)state;
    buf_init (&b, 4);
    assert_int_equal (mkfifo (path, 0600), 0);
    assert_int_equal (fd_read_file (path, &b, &err), -1);
    assert_int_equal (fd_read_file (dir, &b, &err), -1);
}

static void test_mkdirs (void **state)
{
    autofree char *path = path_join (dir, "x/y/z/");
    autofree char *file = path_join (dir, "file");
    autofree char *below = path_join (dir, "file/below");
    struct err err;

    (void)state;
    assert_int_equal (fd_mkdirs (path, 0755, &err), 0);
    assert_int_equal (fd_mkdirs (path, 0755, &err), 0);
    assert_int_equal (fd_mkdirs ("/", 0755, &err), 0);
    assert_int_equal (fd_mkdirs ("", 0755, &err), -1);
    write_to (file, "");
    assert_int_equal (fd_mkdirs (file, 0755, &err), -1);
    assert_int_equal (fd_mkdirs (below, 0755, &err), -1);
}

static void test_remove_tree (void **state)
{
    autofree char *top = path_join (dir, "top");
    autofree char *deep = path_join (dir, "top/1/2/3/4");
    autofree char *kept = path_join (dir, "kept");
    autofree char *link = path_join (dir, "top/1/link");
    autofree char *file = path_join (dir, "kept/file");

    (void)state;
    assert_int_equal (fd_mkdirs (deep, 0755, NULL), 0);
    write_to (file, "kept");
    assert_int_equal (symlink (kept, link), 0);
    assert_int_equal (fd_remove_tree (top, NULL), 0);
    assert_int_equal (access (top, F_OK), -1);
    assert_int_equal (access (file, F_OK), 0);
    assert_int_equal (symlink (kept, top), 0);
    assert_int_equal (fd_remove_tree (top, NULL), 0);
    assert_int_equal (access (file, F_OK), 0);
}

static void test_flags (void **state)
{
    autoclose int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal (fd_set_nonblock (fd, true), 0);
    assert_true (fcntl (fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal (fd_set_nonblock (fd, false), 0);
    assert_false (fcntl (fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal (fd_set_cloexec (fd, false), 0);
    assert_int_equal (fcntl (fd, F_GETFD), 0);
    assert_int_equal (fd_set_cloexec (fd, true), 0);
    assert_int_equal (fcntl (fd, F_GETFD), FD_CLOEXEC);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_write_and_read),
        cmocka_unit_test (test_whole_and_synced_later),
        cmocka_unit_test (test_long_name),
        cmocka_unit_test (test_failed_write_keeps_the_old),
        cmocka_unit_test (test_ceilings),
        cmocka_unit_test (test_no_regular_file),
        cmocka_unit_test (test_mkdirs),
        cmocka_unit_test (test_remove_tree),
        cmocka_unit_test (test_flags),
    };
    return cmocka_run_group_tests_name ("fd", tests, setup, teardown);
}
