/* contents_rescue.c - what a killed save left
 *
 * The note is "<sha256 of the new content> <inode of the file>".  A file that has another inode was put
 * there by somebody else since, and is not ours to change.
 */
#include "server/contents_rescue.h"
#include "server/tree.h"
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>

#define NAME "user.labwright.saving"
#define DIGEST "sha256"

static int digest_fd (int fd, char ret[CRYPTO_HEX])
{
    char chunk[65536];
    ssize_t n;
    off_t at = 0;
    struct digest *d = digest_new (DIGEST);
    if (!d)
        return -1;
    while ((n = pread (fd, chunk, sizeof chunk, at)) > 0) {
        digest_add (d, chunk, (size_t)n);
        at += n;
    }
    if (n < 0) {
        digest_free (d);
        return -1;
    }
    digest_hex (d, ret);
    return 0;
}

int rescue_begin (const char *backup, const struct stat *st,
                  const struct contents_source *source)
{
    char hex[CRYPTO_HEX], note[CRYPTO_HEX + 32];
    autoclose int fd = open (backup, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    int rc = source->data ? crypto_digest_hex (DIGEST, source->data, source->n, hex)
                          : digest_fd (source->fd, hex);
    if (rc == 0) {
        int n =
            snprintf (note, sizeof note, "%s %llu", hex, (unsigned long long)st->st_ino);
        (void)setxattr (backup, NAME, note, (size_t)n, 0);
    }
    return take_fd (fd);
}

void rescue_forget (int lock)
{
    if (lock >= 0)
        (void)fremovexattr (lock, NAME);
}

void rescue_end (int lock)
{
    if (lock >= 0)
        (void)close (lock);
}

/* What a killed process left at BACKUP, locked; -1: nothing. */
static int open_left (const char *backup, char ret_hex[CRYPTO_HEX],
                      unsigned long long *ret_ino)
{
    struct stat here, there;
    char note[CRYPTO_HEX + 32];
    autoclose int fd = open (backup, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat (fd, &here) < 0 || !S_ISREG (here.st_mode))
        return -1;
    ssize_t n = fgetxattr (fd, NAME, note, sizeof note - 1);
    if (n <= 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    note[n] = 0;
    if (sscanf (note, "%128s %llu", ret_hex, ret_ino) != 2 || lstat (backup, &there) < 0 ||
        there.st_ino != here.st_ino || fgetxattr (fd, NAME, NULL, 0) <= 0)
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

static void put_right (int lock, const char *path, const char *backup, const char *hex,
                       unsigned long long ino, const char *keep)
{
    char now[CRYPTO_HEX];
    struct stat st;
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat (fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_ino != ino) {
        rescue_forget (lock);
        return;
    }
    if (digest_fd (fd, now) < 0)
        return;
    if (!strcmp (now, hex)) {
        rescue_forget (lock);
        if (!keep || rename (backup, keep) < 0)
            (void)unlink (backup);
        return;
    }
    keep_broken (path, &st);
    if (write_back (lock, path) < 0)
        return;
    (void)unlink (backup);
    log_warning ("contents", "%s was not saved completely; it is as it was before", path);
}

void contents_rescue (const char *path, const char *keep)
{
    char hex[CRYPTO_HEX];
    unsigned long long ino;
    autofree char *backup = contents_backup_path (path);
    autoclose int lock = open_left (backup, hex, &ino);
    if (lock >= 0)
        put_right (lock, path, backup, hex, ino, keep);
}
