/* home_tar.c - worker `home`: a directory as a tar archive, written while it is read
 *
 * Names are taken as bytes.  A file that becomes shorter meanwhile is filled up with zeros, one that grows is
 * cut, so that the archive stays whole.  What cannot be read is left out.
 */

#include "worker/home.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE 65536

static int failed (struct archive *a, struct err *err)
{
    const char *why = archive_error_string (a);
    return err_set (err, PROBLEM_INTERNAL, "the archive cannot be written: %s",
                    why ? why : "unknown");
}

static void drop_entry (struct archive_entry **e)
{
    archive_entry_free (*e);
}

/* KIND: AE_IFREG, AE_IFDIR, AE_IFLNK. */
static int put_head (struct archive *a, const char *path, const struct stat *st,
                     unsigned kind, const char *leads_to, struct err *err)
{
    autodone (drop_entry) struct archive_entry *e = archive_entry_new ();
    archive_entry_set_pathname (e, path);
    archive_entry_set_filetype (e, kind);
    archive_entry_set_perm (e, st->st_mode & 0777);
    archive_entry_set_mtime (e, st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
    archive_entry_set_size (e, kind == AE_IFREG ? st->st_size : 0);
    if (leads_to)
        archive_entry_set_symlink (e, leads_to);
    return archive_write_header (a, e) < ARCHIVE_WARN ? failed (a, err) : 0;
}

static int put_file (struct archive *a, int dir, const char *name, const char *path,
                     struct err *err)
{
    static const char zeros[PIECE];
    char piece[PIECE];
    struct stat st;
    autoclose int fd = openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat (fd, &st) || !S_ISREG (st.st_mode))
        return 0;
    if (put_head (a, path, &st, AE_IFREG, NULL, err))
        return -1;
    for (off_t left = st.st_size; left > 0;) {
        size_t want = left < PIECE ? (size_t)left : PIECE;
        ssize_t n = read (fd, piece, want);
        const char *from = n > 0 ? piece : zeros;
        size_t len = n > 0 ? (size_t)n : want;
        if (archive_write_data (a, from, len) < 0)
            return failed (a, err);
        left -= (off_t)len;
    }
    return 0;
}

static int put_link (struct archive *a, int dir, const char *name, const char *path,
                     const struct stat *st, struct err *err)
{
    char to[PATH_MAX];
    ssize_t n = readlinkat (dir, name, to, sizeof (to) - 1);
    if (n < 0)
        return 0;
    to[n] = 0;
    return put_head (a, path, st, AE_IFLNK, to, err);
}

static int put_directory (struct archive *a, int fd, const char *path, unsigned depth,
                          struct err *err);

static int put_one (struct archive *a, int dir, const char *name, const char *path,
                    unsigned depth, struct err *err)
{
    struct stat st;
    if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW))
        return 0;
    if (S_ISREG (st.st_mode))
        return put_file (a, dir, name, path, err);
    if (S_ISLNK (st.st_mode))
        return put_link (a, dir, name, path, &st, err);
    if (!S_ISDIR (st.st_mode) || depth >= HOME_DEPTH)
        return 0;
    int fd = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? 0 : put_directory (a, fd, path, depth + 1, err);
}

/* Takes FD. */
static int put_directory (struct archive *a, int fd, const char *path, unsigned depth,
                          struct err *err)
{
    DIR *d = fdopendir (fd);
    const struct dirent *e;
    struct stat st;
    int r = d && fstat (fd, &st) == 0 ? put_head (a, path, &st, AE_IFDIR, NULL, err) : 0;
    if (!d) {
        (void)close (fd);
        return 0;
    }
    while (r == 0 && (e = readdir (d))) {
        if (!strcmp (e->d_name, ".") || !strcmp (e->d_name, ".."))
            continue;
        autofree char *below = path_join (path, e->d_name);
        r = put_one (a, fd, e->d_name, below, depth, err);
    }
    (void)closedir (d);
    return r;
}

int home_tar (int fd, const char *name, int out, struct err *err)
{
    struct archive *a = archive_write_new ();
    int copy = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = -1;
    (void)archive_write_set_format_pax_restricted (a);
    (void)archive_write_set_options (a, "hdrcharset=BINARY");
    (void)archive_write_set_bytes_per_block (a, PIECE);
    (void)archive_write_set_bytes_in_last_block (a, 1);
    if (copy < 0)
        (void)err_sys (err, errno, "the directory cannot be read");
    else if (archive_write_open_fd (a, out) < ARCHIVE_WARN)
        (void)failed (a, err);
    else
        r = put_directory (a, take_fd (copy), name, 0, err);
    if (r == 0 && archive_write_close (a) < ARCHIVE_WARN)
        r = failed (a, err);
    if (r)
        (void)archive_write_fail (a);
    (void)archive_write_free (a);
    if (copy >= 0)
        (void)close (copy);
    return r;
}
