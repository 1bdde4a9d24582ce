/* contents_write.c - the procedure, step by step
 *
 *     1. the target of a symbolic link is meant (one level);
 *     2. in a directory that we cannot write to, a writable file is simply overwritten;
 *     3. a new file is written beside its place and then renamed;
 *     4. an existing file is copied to its backup, with times and mode, which is locked and
 *        notes what the file will be;
 *     5. the original is truncated, written and synced;
 *     6. the backup is removed or kept - or renamed over the original if 5 failed.
 */
#include "server/contents_write.h"
#include "server/contents_rescue.h"
#include "server/tree.h"
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *contents_backup_path (const char *path)
{
    autofree char *dir = path_dirname (path);
    const char *name = path_basename (path);
    char digest[CRYPTO_HEX];
    /* The longest names have no room for two bytes more. */
    if (strlen (name) + 2 > NAME_MAX &&
        crypto_digest_hex ("sha256", name, strlen (name), digest) == 0)
        name = digest;
    return xasprintf ("%s/.~%s", dir, name);
}

char *contents_target (const char *path)
{
    char target[PATH_MAX];
    ssize_t n = readlink (path, target, sizeof target - 1);
    if (n <= 0)
        return xstrdup (path);
    target[n] = 0;
    if (target[0] == '/')
        return xstrdup (target);
    autofree char *dir = path_dirname (path);
    return xasprintf ("%s/%s", dir, target);
}

/* -1: something that must not be opened; 0: new; 1: a regular file. */
static int look_at (const char *path, struct stat *st, struct err *err)
{
    if (stat (path, st) < 0)
        return errno == ENOENT ? 0 : err_sys (err, errno, "%s", path);
    if (S_ISDIR (st->st_mode))
        return err_sys (err, EISDIR, "%s", path);
    if (!S_ISREG (st->st_mode))
        return err_set (err, PROBLEM_INVALID, "%s is no regular file", path);
    return 1;
}

static int fill (int fd, const struct contents_source *source, struct err *err)
{
    if (source->data) {
        if (fd_write_all (fd, source->data, source->n, err) < 0)
            return -1;
    } else if (tree_copy_fd (source->fd, fd, err) < 0) {
        return -1;
    }
    return fsync (fd) < 0 && errno != EINVAL ? err_sys (err, errno, "fsync") : 0;
}

static int overwrite (const char *path, const struct contents_source *source, bool is_new,
                      struct err *err)
{
    int flags =
        O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (is_new ? O_CREAT : 0);
    autoclose int fd = open (path, flags, 0666);
    if (fd < 0)
        return err_sys (err, errno, "%s", path);
    if (fill (fd, source, err) == 0)
        return close (take_fd (fd)) < 0 ? err_sys (err, errno, "%s", path) : 0;
    if (is_new)
        (void)unlink (path);
    return -1;
}

static int make_backup (const char *path, const char *backup, const struct stat *st,
                        struct err *err)
{
    if (access (path, W_OK) < 0)
        return err_sys (err, errno, "%s", path);
    (void)unlink (backup);
    if (tree_copy_file (path, backup, st, true, err) == 0)
        return 0;
    (void)unlink (backup);
    return -1;
}

static int replace (const struct contents_notes *notes, const char *path,
                    const struct contents_source *source, const struct stat *st,
                    struct err *err)
{
    autofree char *backup = contents_backup_path (path);
    if (make_backup (path, backup, st, err) < 0)
        return -1;
    int lock = rescue_begin (notes, path, backup, source);
    int rc = overwrite (path, source, false, err);
    if (rc < 0)
        (void)rename (backup, path);
    else if (!source->keep || rename (backup, source->keep) < 0)
        (void)unlink (backup);
    rescue_end (notes, lock);
    return rc;
}

/* A new file.  Where its name leaves no room for the other one, it is written in its place. */
static int create (const char *path, const struct contents_source *source, struct err *err)
{
    struct err why;
    autofree char *backup = contents_backup_path (path);
    autofree char *temp = xasprintf ("%s.new", backup);
    (void)unlink (temp);
    if (overwrite (temp, source, true, &why) < 0) {
        if (why.sys == ENAMETOOLONG)
            return overwrite (path, source, true, err);
        if (err)
            *err = why;
        return -1;
    }
    if (rename (temp, path) == 0)
        return 0;
    (void)err_sys (err, errno, "%s", path);
    (void)unlink (temp);
    return -1;
}

int contents_write (const struct contents_notes *notes, const char *link,
                    const struct contents_source *source, bool atomic, struct err *err)
{
    struct stat st;
    autofree char *path = contents_target (link);
    autofree char *dir = path_dirname (path);
    int have = look_at (path, &st, err);
    if (have < 0)
        return -1;
    bool closed_dir = access (*dir ? dir : "/", W_OK) < 0;
    if (!atomic || (have && closed_dir && access (path, W_OK) == 0))
        return overwrite (path, source, !have, err);
    if (!have)
        return create (path, source, err);
    return replace (notes, path, source, &st, err);
}

int contents_append (const char *link, const void *data, size_t n, struct err *err)
{
    struct stat st;
    autofree char *path = contents_target (link);
    int have = look_at (path, &st, err);
    if (have < 0)
        return -1;
    autoclose int fd = open (
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0)
        return err_sys (err, errno, "%s", path);
    if (fd_write_all (fd, data, n, err) == 0)
        return close (take_fd (fd)) < 0 ? err_sys (err, errno, "%s", path) : 0;
    if (!have)
        (void)unlink (path);
    else if (ftruncate (fd, st.st_size) < 0)
        return -1;
    return -1;
}
