/* fd.c - files and descriptors */

#include "base/fd.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int fd_read_all (int fd, struct buf *b, struct err *err)
{
    for (;;) {
        size_t room = b->max - b->len < 65536 ? b->max - b->len : 65536;
        char spare;
        char *p = room ? buf_reserve (b, room) : &spare;
        if (!p)
            return err_set (err, PROBLEM_TOO_LARGE, "more than %zu bytes", b->max);
        ssize_t n = read (fd, p, room ? room : 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys (err, errno, "read");
        if (n == 0)
            return 0;
        if (!room)
            return err_set (err, PROBLEM_TOO_LARGE, "more than %zu bytes", b->max);
        b->len += (size_t)n;
        b->data[b->len] = '\0';
    }
}

int fd_read_file (const char *path, struct buf *b, struct err *err)
{
    struct stat st;
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return err_sys (err, errno, "%s", path);
    if (fstat (fd, &st) < 0)
        return err_sys (err, errno, "%s", path);
    if (!S_ISREG (st.st_mode))
        return err_set (err, PROBLEM_INVALID, "%s is no regular file", path);
    if (st.st_size > 0 && (size_t)st.st_size <= b->max - b->len)
        (void)buf_reserve (b, (size_t)st.st_size);
    if (fd_read_all (fd, b, err) < 0)
        return err_wrap (err, "%s", path);
    return 0;
}

int fd_write_all (int fd, const void *data, size_t n, struct err *err)
{
    const char *p = data;

    while (n) {
        ssize_t k = write (fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return err_sys (err, errno, "write");
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

int fd_mkdirs (const char *path, mode_t mode, struct err *err)
{
    autofree char *copy = xstrdup (path);

    if (!*path)
        return err_sys (err, ENOENT, "create directory \"\"");
    for (char *p = copy + 1;; p++) {
        if (*p && *p != '/')
            continue;
        char saved = *p;
        *p = '\0';
        if (mkdir (copy, mode) < 0 && errno != EEXIST) {
            struct stat st;
            int saved_errno = errno;
            /* A read-only file system says EROFS for a directory that is there. */
            if (stat (copy, &st) < 0 || !S_ISDIR (st.st_mode))
                return err_sys (err, saved_errno, "create directory %s", copy);
        }
        if (!saved)
            break;
        *p = saved;
    }
    struct stat st;
    if (stat (path, &st) < 0 || !S_ISDIR (st.st_mode))
        return err_sys (err, ENOTDIR, "%s", path);
    return 0;
}

static int fill (int fd, const void *data, size_t n, mode_t mode, bool sync,
                 struct err *err)
{
    if (fchmod (fd, mode) < 0)
        return err_sys (err, errno, "chmod");
    if (fd_write_all (fd, data, n, err) < 0)
        return -1;
    return sync && fsync (fd) < 0 ? err_sys (err, errno, "fsync") : 0;
}

static void sync_dir_of (const char *path)
{
    autofree char *dir = path_dirname (path);
    autoclose int fd = open (dir[0] ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0)
        (void)fsync (fd);
}

static int write_file (const char *path, const void *data, size_t n, mode_t mode, bool sync,
                       struct err *err)
{
    autofree char *dir = path_dirname (path);
    /* Short enough to be a name even where the name is as long as names can be. */
    autofree char *temp =
        xasprintf ("%s%s.%.200s.XXXXXX", dir, dir[0] ? "/" : "", path_basename (path));

    if (dir[0] && fd_mkdirs (dir, 0700, err) < 0)
        return -1;
    autoclose int fd = mkostemp (temp, O_CLOEXEC);
    if (fd < 0)
        return err_sys (err, errno, "write %s", path);
    if (fill (fd, data, n, mode, sync, err) < 0) {
        (void)unlink (temp);
        return err_wrap (err, "write %s", path);
    }
    if (rename (temp, path) < 0) {
        int saved = errno;
        (void)unlink (temp);
        return err_sys (err, saved, "write %s", path);
    }
    if (sync)
        sync_dir_of (path);
    return 0;
}

int fd_write_file_atomic (const char *path, const void *data, size_t n, mode_t mode,
                          struct err *err)
{
    return write_file (path, data, n, mode, true, err);
}

int fd_write_file_whole (const char *path, const void *data, size_t n, mode_t mode,
                         struct err *err)
{
    return write_file (path, data, n, mode, false, err);
}

int fd_sync_file (const char *path, struct err *err)
{
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || fsync (fd) < 0)
        return err_sys (err, errno, "sync %s", path);
    sync_dir_of (path);
    return 0;
}

int fd_list_dir (const char *path, const char *suffix, struct strv *ret, struct err *err)
{
    size_t want = strlen (suffix);
    DIR *d = opendir (path);

    if (!d)
        return err_sys (err, errno, "%s", path);
    for (struct dirent *e; (e = readdir (d));) {
        size_t n = strlen (e->d_name);
        if (e->d_name[0] != '.' && n > want && !strcmp (e->d_name + n - want, suffix))
            strv_add (ret, e->d_name);
    }
    (void)closedir (d);
    strv_sort (ret);
    return 0;
}

int fd_set_nonblock (int fd, bool on)
{
    int flags = fcntl (fd, F_GETFL);

    return flags < 0 ? -1
                     : fcntl (fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int fd_set_cloexec (int fd, bool on)
{
    return fcntl (fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

#define REMOVE_DEPTH                                                                       \
    200 /* one descriptor and one frame a level; deeper trees are refused */

static int remove_at (int parent, const char *name, int depth, struct err *err)
{
    if (unlinkat (parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return err_sys (err, errno, "remove %s", name);
    if (depth > REMOVE_DEPTH)
        return err_set (err, PROBLEM_LIMIT, "remove %s: nested too deep", name);
    int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        int why = errno;
        /* A directory that may not be read can still go if it is empty. */
        if (why == EACCES && unlinkat (parent, name, AT_REMOVEDIR) == 0)
            return 0;
        return err_sys (err, why, "remove %s", name);
    }
    DIR *d = fdopendir (fd);
    if (!d) {
        (void)close (fd);
        return err_sys (err, errno, "remove %s", name);
    }
    int rc = 0;
    for (struct dirent *e; rc == 0 && (e = readdir (d));)
        if (strcmp (e->d_name, ".") && strcmp (e->d_name, ".."))
            rc = remove_at (fd, e->d_name, depth + 1, err);
    (void)closedir (d);
    if (rc == 0 && unlinkat (parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        rc = err_sys (err, errno, "remove %s", name);
    return rc;
}

int fd_remove_tree (const char *path, struct err *err)
{
    return remove_at (AT_FDCWD, path, 0, err);
}
