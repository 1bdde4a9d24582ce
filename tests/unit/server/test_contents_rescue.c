/* test_contents_rescue.c - a save that was cut off at any point, and notes about versions */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "server/contents_base.h"
#include "server/contents_rescue.h"
#include "server/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

static int setup (void **state)
{
    char dir[] = "/tmp/lw-rescue-XXXXXX";
    if (!mkdtemp (dir))
        return -1;
    *state = xstrdup (dir);
    return 0;
}

static int teardown (void **state)
{
    int rc = fd_remove_tree (*state, NULL);
    free (*state);
    return rc;
}

static void put (const char *path, const char *text)
{
    autoclose int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true (fd >= 0);
    assert_int_equal (fd_write_all (fd, text, strlen (text), NULL), 0);
}

static bool holds (const char *path, const char *text)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    return fd_read_file (path, &b, NULL) == 0 && !strcmp (b.data, text);
}

static void need_attributes (const char *dir)
{
    if (setxattr (dir, "user.labwright.test", "x", 1, 0) < 0)
        skip ();
}

/* As contents_write does it, up to the truncation; the lock. */
static int begin (const char *path, const char *new)
{
    struct stat st;
    autofree char *backup = contents_backup_path (path);
    struct contents_source source = { .data = new, .n = strlen (new), .fd = -1 };
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (tree_copy_file (path, backup, &st, false, NULL), 0);
    int lock = rescue_begin (backup, &st, &source);
    assert_true (lock >= 0);
    return lock;
}

static void test_cut_off (void **state)
{
    need_attributes (*state);
    autofree char *path = path_join (*state, "a"), *backup = contents_backup_path (path);
    autofree char *invalid = xasprintf ("%s.invalid", path);
    struct stat before, after;
    put (path, "old content");
    assert_int_equal (stat (path, &before), 0);
    int lock = begin (path, "new content");
    put (path, "new c");
    contents_rescue (path, NULL); /* the save goes on: it is locked */
    assert_true (holds (path, "new c"));
    rescue_end (lock);
    contents_rescue (path, NULL);
    assert_true (holds (path, "old content") && holds (invalid, "new c"));
    assert_int_equal (access (backup, F_OK), -1);
    assert_int_equal (stat (path, &after), 0);
    assert_int_equal (before.st_ino, after.st_ino);
}

static void test_complete (void **state)
{
    need_attributes (*state);
    autofree char *path = path_join (*state, "a"), *backup = contents_backup_path (path);
    autofree char *keep = path_join (*state, "kept");
    put (path, "old");
    rescue_end (begin (path, "new"));
    put (path, "new");
    contents_rescue (path, keep);
    assert_true (holds (path, "new") && holds (keep, "old"));
    assert_int_equal (access (backup, F_OK), -1);
}

/* Somebody replaced the file before we looked. */
static void test_another_file (void **state)
{
    need_attributes (*state);
    autofree char *path = path_join (*state, "a"), *other = path_join (*state, "b");
    put (path, "old");
    rescue_end (begin (path, "new"));
    put (other, "from git");
    assert_int_equal (rename (other, path), 0);
    contents_rescue (path, NULL);
    contents_rescue (path, NULL);
    assert_true (holds (path, "from git"));
}

static void test_backup_of_others (void **state)
{
    autofree char *path = path_join (*state, "a"), *backup = contents_backup_path (path);
    put (path, "content");
    contents_rescue (path, NULL);
    put (backup, "a Python server's");
    contents_rescue (path, NULL);
    assert_true (holds (path, "content") && holds (backup, "a Python server's"));
    if (setxattr (backup, "user.labwright.saving", "nonsense", 8, 0) == 0)
        contents_rescue (path, NULL);
    assert_true (holds (path, "content"));
}

static void test_base (void **state)
{
    need_attributes (*state);
    struct contents_base base;
    autofree char *path = path_join (*state, "a");
    put (path, "x");
    assert_false (contents_base_any (path));
    contents_base_note (path, "sha256", "v0", 100, "v1");
    assert_true (contents_base_any (path));
    assert_false (contents_base_get (path, "sha256", "v0", &base));
    assert_false (contents_base_get (path, "md5", "v1", &base));
    assert_true (contents_base_get (path, "sha256", "v1", &base));
    assert_string_equal (base.hash, "v0");
    /* once more: still the same base, also if we are killed before the file is written */
    contents_base_note (path, "sha256", "v1", 200, "v2");
    for (int i = 1; i <= 2; i++) {
        assert_true (contents_base_get (path, "sha256", i == 1 ? "v1" : "v2", &base));
        assert_string_equal (base.hash, "v0");
        assert_int_equal (base.mtime_ns, 100);
    }
    /* a foreign version in between is the new base */
    contents_base_note (path, "sha256", "foreign", 300, "v3");
    assert_true (contents_base_get (path, "sha256", "v3", &base));
    assert_string_equal (base.hash, "foreign");
    contents_base_forget (path);
    assert_false (contents_base_any (path));
}

#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_cut_off),          TEST (test_complete), TEST (test_another_file),
        TEST (test_backup_of_others), TEST (test_base),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
