/* contents_rescue.c - what a killed save left
 *
 * The note is "<sum of the new content> <inode of the file> <when it was made>".  Another file was put there by
 * somebody else since, and is not ours to change; its time tells, because a new file often gets the number of
 * the one that was removed.
 */
#include "server/contents_rescue.h"
#include "server/tree.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/sum.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>

#define NAME "saving"

struct left {
    uint64_t sum; /* of what the file was to become */
    uint64_t ino;
    int64_t born_ns; /* 0: the file system does not know */
};

static int look_at (const char *path, struct left *ret)
{
    struct statx stx;
    if (statx (AT_FDCWD, path, 0, STATX_TYPE | STATX_INO | STATX_BTIME, &stx) < 0 ||
        !S_ISREG (stx.stx_mode))
        return -1;
    ret->ino = stx.stx_ino;
    ret->born_ns = stx.stx_mask & STATX_BTIME
                       ? stx.stx_btime.tv_sec * 1000000000 + stx.stx_btime.tv_nsec
                       : 0;
    return 0;
}

static int sum_fd (int fd, uint64_t *ret)
{
    char chunk[65536];
    ssize_t n;
    off_t at = 0;
    struct sum s;
    sum_init (&s);
    while ((n = pread (fd, chunk, sizeof chunk, at)) > 0) {
        sum_add (&s, chunk, (size_t)n);
        at += n;
    }
    if (n < 0)
        return -1;
    *ret = sum_value (&s);
    return 0;
}

static void put_note (const struct contents_notes *notes, const char *path,
                      const char *backup, const struct contents_source *source)
{
    char text[CONTENTS_NOTE];
    struct left left;
    if (look_at (path, &left) < 0)
        return;
    if (source->data)
        left.sum = sum_of (source->data, source->n);
    else if (sum_fd (source->fd, &left.sum) < 0)
        return;
    (void)snprintf (text, sizeof text, "%016" PRIx64 " %" PRIu64 " %" PRId64, left.sum,
                    left.ino, left.born_ns);
    (void)contents_notes_put (notes, backup, NAME, text);
}

int rescue_begin (const struct contents_notes *notes, const char *path, const char *backup,
                  const struct contents_source *source)
{
    autoclose int fd = open (backup, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    put_note (notes, path, backup, source);
    return take_fd (fd);
}

void rescue_end (const struct contents_notes *notes, int lock)
{
    if (lock < 0)
        return;
    contents_notes_drop (notes, NULL, lock, NAME);
    (void)close (lock);
}

/* What a killed process left at BACKUP, locked; -1: nothing. */
static int open_left (const struct contents_notes *notes, const char *backup,
                      struct left *ret)
{
    struct stat here, there;
    char text[CONTENTS_NOTE];
    autoclose int fd = open (backup, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat (fd, &here) < 0 || !S_ISREG (here.st_mode))
        return -1;
    if (contents_notes_get (notes, NULL, fd, NAME, text) < 0 ||
        sscanf (text, "%16" SCNx64 " %" SCNu64 " %" SCNd64, &ret->sum, &ret->ino,
                &ret->born_ns) != 3 ||
        flock (fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    /* Whoever had the lock may have put things right meanwhile. */
    if (lstat (backup, &there) < 0 || there.st_ino != here.st_ino ||
        contents_notes_get (notes, NULL, fd, NAME, text) < 0)
        return -1;
    return take_fd (fd);
}

static void keep_broken (const char *path, const struct stat *st)
{
    struct err err;
    autofree char *invalid = xasprintf ("%s.invalid", path);
    if (!st->st_size)
        return;
    (void)unlink (invalid);
    (void)tree_copy_file (path, invalid, st, false, &err);
}

/* The content of BACKUP goes into PATH. */
static int write_back (int backup, const char *path)
{
    struct err err;
    struct stat st;
    autoclose int fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat (backup, &st) < 0 || tree_copy_fd (backup, fd, &err) < 0 ||
        fsync (fd) < 0)
        return -1;
    struct timespec times[2] = { st.st_atim, st.st_mtim };
    (void)futimens (fd, times);
    return 0;
}

/* Is PATH still the file that LEFT is about? */
static bool is_it (const char *path, const struct left *left)
{
    struct left here;
    return look_at (path, &here) == 0 && here.ino == left->ino &&
           here.born_ns == left->born_ns;
}

/* False: it could not be done now. */
static bool put_right (int lock, const char *path, const char *backup,
                       const struct left *left, const char *keep)
{
    uint64_t now;
    struct stat st;
    autoclose int fd =
        is_it (path, left) ? open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (fd < 0 || fstat (fd, &st) < 0 || st.st_ino != left->ino)
        return true;
    if (sum_fd (fd, &now) < 0)
        return false;
    if (now == left->sum) {
        if (!keep || rename (backup, keep) < 0)
            (void)unlink (backup);
        return true;
    }
    keep_broken (path, &st);
    if (write_back (lock, path) < 0)
        return false;
    (void)unlink (backup);
    log_warning ("contents", "%s was not saved completely; it is as it was before", path);
    return true;
}

bool contents_rescue_needed (const char *path)
{
    autofree char *backup = contents_backup_path (path);
    return access (backup, F_OK) == 0;
}

void contents_rescue (const struct contents_notes *notes, const char *path,
                      const char *keep)
{
    struct left left;
    autofree char *backup = contents_backup_path (path);
    int lock = open_left (notes, backup, &left);
    if (lock < 0)
        return;
    if (put_right (lock, path, backup, &left, keep))
        rescue_end (notes, lock);
    else
        (void)close (lock);
}
