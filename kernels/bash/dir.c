/* dir.c - the kernel's private directory */

#include "bash/dir.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "lw-bash-"
#define NAME PREFIX "XXXXXX"
#define BASE_MAX 64 /* so that the path of a socket fits */
#define MAX_TRIES 64

static const char *base_dir (void)
{
    const char *base = getenv ("XDG_RUNTIME_DIR");

    return base && strlen (base) <= BASE_MAX && access (base, W_OK) == 0 ? base : "/tmp";
}

/* A descriptor that holds the lock of a directory of ours; -1: somebody else holds it, or it is gone. */
static int lock_dir (const char *path)
{
    autoclose int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat held, there;

    if (fd < 0 || fstat (fd, &held) < 0 || held.st_uid != geteuid () ||
        flock (fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    /* Between open and lock it may have been removed as stale. */
    if (lstat (path, &there) < 0 || held.st_ino != there.st_ino)
        return -1;
    return take_fd (fd);
}

static void remove_stale (const char *base)
{
    DIR *d = opendir (base);

    for (struct dirent *e; d && (e = readdir (d));) {
        if (strncmp (e->d_name, PREFIX, strlen (PREFIX)) ||
            strlen (e->d_name) != strlen (NAME))
            continue;
        autofree char *path = path_join (base, e->d_name);
        autoclose int lock = lock_dir (path);
        if (lock >= 0)
            (void)fd_remove_tree (path, NULL);
    }
    if (d)
        (void)closedir (d);
}

int dir_make (struct dir *d, struct err *err)
{
    const char *base = base_dir ();

    remove_stale (base);
    for (int i = 0; i < MAX_TRIES; i++) {
        autofree char *path = path_join (base, NAME);
        if (!mkdtemp (path))
            return err_sys (err, errno, "cannot make a directory in %s", base);
        autoclose int lock = lock_dir (path);
        if (lock < 0) /* another kernel that starts just now took it for stale */
            continue;
        *d = (struct dir){ take_ptr (path), take_fd (lock) };
        autofree char *bin = path_join (d->path, "bin");
        return fd_mkdirs (bin, 0700, err);
    }
    return err_set (err, PROBLEM_BUSY, "cannot lock a directory in %s", base);
}

void dir_remove (struct dir *d)
{
    if (!d->path)
        return;
    (void)fd_remove_tree (d->path, NULL);
    (void)close (d->lock);
    free (d->path);
    *d = DIR_NONE;
}
