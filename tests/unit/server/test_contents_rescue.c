/* test_contents_rescue.c - a save that was cut off at any point, and notes about versions
 *
 * Everything twice: on the file system of /tmp, and on a ramfs, which has no attributes for notes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "server/contents_base.h"
#include "server/contents_notes.h"
#include "server/contents_rescue.h"
#include "server/tree.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/xattr.h>

struct ground {
    char *dir;
    struct contents_notes *notes;
    bool ramfs;
};

static int setup (void **state)
{
    char dir[] = "/tmp/lw-rescue-XXXXXX";
    struct ground *g = *state;
    g->dir = mkdtemp (dir) ? xstrdup (dir) : NULL;
    return g->dir ? 0 : -1;
}

/* A ramfs in a mount namespace of this process: whoever may not have that skips these tests. */
static int setup_ramfs (void **state)
{
    static bool tried, have;
    struct ground *g = *state;
    if (setup (state) < 0)
        return -1;
    if (!tried)
        have = (unshare (CLONE_NEWNS) == 0 || unshare (CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
               mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    tried = true;
    g->ramfs = have && mount ("none", g->dir, "ramfs", 0, NULL) == 0;
    g->notes = contents_notes_new ("/tmp/lw-rescue-notes");
    return 0;
}

static int teardown (void **state)
{
    struct ground *g = *state;
    int rc = g->ramfs ? umount (g->dir) : 0;
    if (g->notes)
        (void)fd_remove_tree ("/tmp/lw-rescue-notes", NULL);
    contents_notes_free (g->notes);
    rc |= fd_remove_tree (g->dir, NULL);
    free (g->dir);
    *g = (struct ground){ 0 };
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

static void need_notes (const struct ground *g)
{
    if (g->notes && !g->ramfs) {
        print_message (
            "# a ramfs cannot be mounted here (a chroot, or no user namespaces)\n");
        skip ();
    }
    if (!g->notes && setxattr (g->dir, "user.labwright.test", "x", 1, 0) < 0) {
        print_message ("# the file system of /tmp has no user attributes\n");
        skip ();
    }
}

/* As contents_write does it, up to the truncation; the lock. */
static int begin (const struct ground *g, const char *path, const char *new)
{
    struct stat st;
    autofree char *backup = contents_backup_path (path);
    struct contents_source source = { .data = new, .n = strlen (new), .fd = -1 };
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (tree_copy_file (path, backup, &st, false, NULL), 0);
    int lock = rescue_begin (g->notes, path, backup, &source);
    assert_true (lock >= 0);
    return lock;
}

static void test_cut_off (void **state)
{
    const struct ground *g = *state;
    need_notes (g);
    autofree char *path = path_join (g->dir, "a"), *backup = contents_backup_path (path);
    autofree char *invalid = xasprintf ("%s.invalid", path);
    struct stat before, after;
    put (path, "old content");
    assert_int_equal (stat (path, &before), 0);
    int lock = begin (g, path, "new content");
    put (path, "new c");
    contents_rescue (g->notes, path, NULL); /* the save goes on: it is locked */
    assert_true (holds (path, "new c"));
    (void)close (lock);
    contents_rescue (g->notes, path, NULL);
    assert_true (holds (path, "old content") && holds (invalid, "new c"));
    assert_int_equal (access (backup, F_OK), -1);
    assert_int_equal (stat (path, &after), 0);
    assert_int_equal (before.st_ino, after.st_ino);
}

static void test_complete (void **state)
{
    const struct ground *g = *state;
    need_notes (g);
    autofree char *path = path_join (g->dir, "a"), *backup = contents_backup_path (path);
    autofree char *keep = path_join (g->dir, "kept");
    put (path, "old");
    (void)close (begin (g, path, "new"));
    put (path, "new");
    contents_rescue (g->notes, path, keep);
    assert_true (holds (path, "new") && holds (keep, "old"));
    assert_int_equal (access (backup, F_OK), -1);
}

/* Somebody replaced the file before we looked. */
static void test_another_file (void **state)
{
    const struct ground *g = *state;
    need_notes (g);
    autofree char *path = path_join (g->dir, "a"), *other = path_join (g->dir, "b");
    put (path, "old");
    (void)close (begin (g, path, "new"));
    put (other, "from git");
    assert_int_equal (rename (other, path), 0);
    contents_rescue (g->notes, path, NULL);
    contents_rescue (g->notes, path, NULL);
    assert_true (holds (path, "from git"));
}

/* The same, and it has the number of the one that was removed, as it mostly happens on ext4. */
static void test_same_number (void **state)
{
    const struct ground *g = *state;
    struct statx stx = { 0 };
    need_notes (g);
    autofree char *path = path_join (g->dir, "a");
    put (path, "old");
    (void)close (begin (g, path, "new"));
    assert_int_equal (statx (AT_FDCWD, path, 0, STATX_BTIME, &stx), 0);
    assert_int_equal (unlink (path), 0);
    put (path, "from git");
    contents_rescue (g->notes, path, NULL);
    if (stx.stx_mask & STATX_BTIME)
        assert_true (holds (path, "from git"));
}

static void test_backup_of_others (void **state)
{
    const struct ground *g = *state;
    autofree char *path = path_join (g->dir, "a"), *backup = contents_backup_path (path);
    put (path, "content");
    contents_rescue (g->notes, path, NULL);
    put (backup, "a Python server's");
    contents_rescue (g->notes, path, NULL);
    assert_true (holds (path, "content") && holds (backup, "a Python server's"));
    if (contents_notes_put (g->notes, backup, "saving", "nonsense") == 0)
        contents_rescue (g->notes, path, NULL);
    assert_true (holds (path, "content"));
}

static void test_base (void **state)
{
    const struct ground *g = *state;
    need_notes (g);
    struct contents_base base;
    autofree char *path = path_join (g->dir, "a");
    put (path, "x");
    assert_false (contents_base_any (g->notes, path));
    contents_base_note (g->notes, path, "sha256", "v0", 100, "v1");
    assert_true (contents_base_any (g->notes, path));
    assert_false (contents_base_get (g->notes, path, "sha256", "v0", &base));
    assert_false (contents_base_get (g->notes, path, "md5", "v1", &base));
    assert_true (contents_base_get (g->notes, path, "sha256", "v1", &base));
    assert_string_equal (base.hash, "v0");
    /* once more: still the same base, also if we are killed before the file is written */
    contents_base_note (g->notes, path, "sha256", "v1", 200, "v2");
    for (int i = 1; i <= 2; i++) {
        assert_true (
            contents_base_get (g->notes, path, "sha256", i == 1 ? "v1" : "v2", &base));
        assert_string_equal (base.hash, "v0");
        assert_int_equal (base.mtime_ns, 100);
    }
    /* a foreign version in between is the new base */
    contents_base_note (g->notes, path, "sha256", "foreign", 300, "v3");
    assert_true (contents_base_get (g->notes, path, "sha256", "v3", &base));
    assert_string_equal (base.hash, "foreign");
    contents_base_forget (g->notes, path);
    assert_false (contents_base_any (g->notes, path));
}

/* The newest stay when there are too many. */
static void test_bound (void **state)
{
    const struct ground *g = *state;
    if (!g->notes)
        return;
    need_notes (g);
    char text[CONTENTS_NOTE];
    for (int i = 0; i <= CONTENTS_NOTES_FILES; i++) {
        autofree char *name = xasprintf ("%d", i), *path = path_join (g->dir, name);
        put (path, "x");
        assert_int_equal (contents_notes_put (g->notes, path, "test", name), 0);
    }
    autofree char *first = path_join (g->dir, "0"), *last = path_join (g->dir, "1000");
    assert_int_equal (contents_notes_get (g->notes, first, -1, "test", text), -1);
    assert_int_equal (contents_notes_get (g->notes, last, -1, "test", text), 4);
    assert_string_equal (text, "1000");
    contents_notes_drop (g->notes, last, -1, "test");
    assert_int_equal (contents_notes_get (g->notes, last, -1, "test", text), -1);
}

#define TEST(fn)                                                                           \
    { #fn, fn, setup, teardown, &ground },                                                 \
    {                                                                                      \
#fn " without attributes", fn, setup_ramfs, teardown, &ground                      \
    }

int main (void)
{
    static struct ground ground;
    const struct CMUnitTest tests[] = {
        TEST (test_cut_off),     TEST (test_complete), TEST (test_another_file),
        TEST (test_same_number), TEST (test_base),     TEST (test_backup_of_others),
        TEST (test_bound),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
