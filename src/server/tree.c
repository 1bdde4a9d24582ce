/* tree.c - copying and moving files and directories between places */
#include "server/tree.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COPY_CHUNK (1 << 20)

/* ---- files ----------------------------------------------------------------------- */

static int copy_by_hand (int from, int to, struct err *err)
{
    char chunk[65536];
    for (;;) {
        ssize_t n = read (from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys (err, errno, "read");
        if (n == 0)
            return 0;
        if (fd_write_all (to, chunk, (size_t)n, err) < 0)
            return -1;
    }
}

int tree_copy_fd (int from, int to, struct err *err)
{
    if (lseek (from, 0, SEEK_CUR) == 0 && ioctl (to, FICLONE, from) == 0)
        return 0;
    for (;;) {
        ssize_t n = copy_file_range (from, NULL, to, NULL, COPY_CHUNK, 0);
        if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO))
            return err_sys (err, errno, "write");
        if (n <= 0)
            return copy_by_hand (from, to, err);
    }
}

static void copy_stat (int fd, const struct stat *st)
{
    struct timespec times[2] = { st->st_atim, st->st_mtim };
    if (fchown (fd, st->st_uid, st->st_gid) < 0)
        (void)fchown (fd, (uid_t)-1, st->st_gid);
    (void)fchmod (fd, st->st_mode & 07777);
    (void)futimens (fd, times);
}

int tree_copy_file (const char *from, const char *to, const struct stat *st, bool sync,
                    struct err *err)
{
    autoclose int in = open (from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (in < 0)
        return err_sys (err, errno, "%s", from);
    autoclose int out = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0)
        return err_sys (err, errno, "%s", to);
    if (tree_copy_fd (in, out, err) < 0)
        return err_wrap (err, "%s", to);
    copy_stat (out, st);
    if (sync)
        (void)sync_file_range (out, 0, 0, SYNC_FILE_RANGE_WRITE);
    return close (take_fd (out)) < 0 ? err_sys (err, errno, "%s", to) : 0;
}

static int copy_link (const char *from, const char *to, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlink (from, target, sizeof target - 1);
    if (n < 0)
        return err_sys (err, errno, "%s", from);
    target[n] = 0;
    return symlink (target, to) < 0 ? err_sys (err, errno, "%s", to) : 0;
}

/* ---- directories ----------------------------------------------------------------- */

struct copy {
    bool follow;
    bool strict; /* entries that cannot be copied are an error */
    int64_t left;
    dev_t dev; /* of the destination, which may lie inside the source */
    ino_t ino;
    struct err *err;
};

static int copy_directory (struct copy *c, const char *from, const char *to,
                           const struct stat *st, int depth);

static int copy_entry (struct copy *c, const char *from, const char *to, int depth)
{
    struct stat st;
    if ((c->follow ? stat : lstat) (from, &st) < 0)
        return err_sys (c->err, errno, "%s", from);
    if (S_ISDIR (st.st_mode)) {
        if (st.st_dev == c->dev && st.st_ino == c->ino)
            return 0;
        return copy_directory (c, from, to, &st, depth + 1);
    }
    if (S_ISLNK (st.st_mode))
        return copy_link (from, to, c->err);
    if (!S_ISREG (st.st_mode))
        return c->strict ? err_sys (c->err, EINVAL, "%s is no regular file", from) : 0;
    c->left -= st.st_size;
    if (c->left < 0)
        return err_sys (c->err, EFBIG, "%s", from);
    return tree_copy_file (from, to, &st, false, c->err);
}

static int copy_entries (struct copy *c, DIR *d, const char *from, const char *to,
                         int depth)
{
    for (struct dirent *e; (e = readdir (d));) {
        if (!strcmp (e->d_name, ".") || !strcmp (e->d_name, ".."))
            continue;
        autofree char *a = path_join (from, e->d_name), *b = path_join (to, e->d_name);
        if (copy_entry (c, a, b, depth) < 0)
            return -1;
    }
    return 0;
}

static int copy_directory (struct copy *c, const char *from, const char *to,
                           const struct stat *st, int depth)
{
    struct stat made;
    if (depth > TREE_DEPTH)
        return err_sys (c->err, ELOOP, "%s", from);
    DIR *d = opendir (from);
    if (!d)
        return err_sys (c->err, errno, "%s", from);
    if (mkdir (to, 0700) < 0) {
        int saved = errno;
        (void)closedir (d);
        return err_sys (c->err, saved, "%s", to);
    }
    if (depth == 0 && stat (to, &made) == 0) {
        c->dev = made.st_dev;
        c->ino = made.st_ino;
    }
    int rc = copy_entries (c, d, from, to, depth);
    (void)closedir (d);
    autoclose int fd = open (to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        copy_stat (fd, st);
    return rc;
}

int tree_copy (const char *from, const char *to, bool follow, int64_t max, struct err *err)
{
    struct stat st;
    struct copy c = { .follow = follow, .left = max, .err = err };
    if (stat (from, &st) < 0)
        return err_sys (err, errno, "%s", from);
    return copy_directory (&c, from, to, &st, 0);
}

static int64_t size_below (const char *path, int64_t max, int depth)
{
    int64_t total = 0;
    struct stat st;
    DIR *d = depth > TREE_DEPTH ? NULL : opendir (path);
    for (struct dirent *e; d && total <= max && (e = readdir (d));) {
        if (!strcmp (e->d_name, ".") || !strcmp (e->d_name, ".."))
            continue;
        if (fstatat (dirfd (d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        total += st.st_blocks * 512;
        if (S_ISDIR (st.st_mode)) {
            autofree char *child = path_join (path, e->d_name);
            total += size_below (child, max - total, depth + 1);
        }
    }
    if (d)
        (void)closedir (d);
    return total;
}

int64_t tree_size (const char *path, int64_t max)
{
    return size_below (path, max, 0);
}

/* ---- moving ---------------------------------------------------------------------- */

static int move_by_copy (const char *from, const char *to, struct err *err)
{
    struct copy c = { .strict = true, .left = INT64_MAX, .err = err };
    if (copy_entry (&c, from, to, -1) < 0) {
        (void)fd_remove_tree (to, NULL);
        return -1;
    }
    return fd_remove_tree (from, err);
}

int tree_move (const char *from, const char *to, struct err *err)
{
    struct stat st;
    if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if ((errno == EINVAL || errno == ENOSYS) && lstat (to, &st) < 0 && errno == ENOENT &&
        rename (from, to) == 0)
        return 0;
    if (errno == EXDEV && lstat (to, &st) < 0)
        return move_by_copy (from, to, err);
    return err_sys (err, errno, "%s", to);
}
