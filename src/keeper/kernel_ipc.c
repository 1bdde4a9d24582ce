/* kernel_ipc.c - where a kernel's sockets lie */

#include "keeper/kernel_ipc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/ident.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define NAME_CHARS 6
#define MAX_TRIES 64

/* Make DIR or take it as it is, but only if it is a directory of ours that nobody else may
 * enter: in /tmp anybody could have put something there. */
static int private_dir (const char *dir, struct err *err)
{
    struct stat st;

    if (mkdir (dir, 0700) < 0 && errno != EEXIST)
        return err_sys (err, errno, "create %s", dir);
    if (lstat (dir, &st) < 0)
        return err_sys (err, errno, "%s", dir);
    if (!S_ISDIR (st.st_mode) || st.st_uid != geteuid () || (st.st_mode & 077))
        return err_set (err, PROBLEM_FORBIDDEN,
                        "%s is not a directory of ours alone; remove it, please", dir);
    return 0;
}

/* A descriptor that holds DIR's lock; -1: somebody else holds it, or DIR is gone. */
static int lock_dir (const char *dir)
{
    autoclose int fd = open (dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat held, there;

    if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    /* Between open and lock it may have been removed as stale. */
    if (fstat (fd, &held) < 0 || lstat (dir, &there) < 0 || held.st_ino != there.st_ino)
        return -1;
    return take_fd (fd);
}

static void remove_stale (const char *base)
{
    DIR *d = opendir (base);

    for (struct dirent *e; d && (e = readdir (d));) {
        if (strlen (e->d_name) != NAME_CHARS || strchr (e->d_name, '.'))
            continue;
        autofree char *dir = path_join (base, e->d_name);
        autoclose int lock = lock_dir (dir);
        if (lock >= 0)
            (void)fd_remove_tree (dir, NULL);
    }
    if (d)
        (void)closedir (d);
}

static void random_name (char ret[NAME_CHARS + 1])
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";
    unsigned char noise[NAME_CHARS];

    ident_random (noise, sizeof (noise));
    for (size_t i = 0; i < NAME_CHARS; i++)
        ret[i] = alphabet[noise[i] % 32];
    ret[NAME_CHARS] = '\0';
}

static char *base_dir (void)
{
    return xasprintf ("/tmp/lw-%u", (unsigned)geteuid ());
}

int kernel_ipc_make (struct kernel_ipc *ipc, struct err *err)
{
    autofree char *base = base_dir ();

    if (private_dir (base, err) < 0)
        return -1;
    remove_stale (base);
    for (int i = 0; i < MAX_TRIES; i++) {
        char name[NAME_CHARS + 1];

        random_name (name);
        autofree char *dir = path_join (base, name);
        if (mkdir (dir, 0700) < 0 && errno != EEXIST)
            return err_sys (err, errno, "create %s", dir);
        autoclose int lock = lock_dir (dir);
        if (lock < 0)
            continue;
        *ipc = (struct kernel_ipc){ take_ptr (dir), take_fd (lock) };
        return kernel_ipc_clear (ipc, err);
    }
    return err_set (err, PROBLEM_INTERNAL, "no name is free in %s", base);
}

static bool is_gone (const struct kernel_ipc *ipc)
{
    struct stat held, there;

    return fstat (ipc->lock, &held) < 0 || lstat (ipc->dir, &there) < 0 ||
           held.st_ino != there.st_ino;
}

static int make_again (struct kernel_ipc *ipc, struct err *err)
{
    autofree char *base = base_dir ();

    if (private_dir (base, err) < 0 || private_dir (ipc->dir, err) < 0)
        return -1;
    autoclose int lock = lock_dir (ipc->dir);
    if (lock < 0)
        return err_set (err, PROBLEM_INTERNAL, "%s belongs to somebody else", ipc->dir);
    (void)close (ipc->lock);
    ipc->lock = take_fd (lock);
    return 0;
}

int kernel_ipc_clear (struct kernel_ipc *ipc, struct err *err)
{
    DIR *d;

    if (is_gone (ipc) && make_again (ipc, err) < 0)
        return -1;
    if (!(d = opendir (ipc->dir)))
        return err_sys (err, errno, "%s", ipc->dir);
    for (struct dirent *e; (e = readdir (d));)
        if (e->d_name[0] != '.')
            (void)unlinkat (dirfd (d), e->d_name, 0);
    (void)closedir (d);
    return 0;
}

void kernel_ipc_done (struct kernel_ipc *ipc)
{
    if (!ipc->dir)
        return;
    (void)fd_remove_tree (ipc->dir, NULL);
    (void)close (ipc->lock);
    free (ipc->dir);
    *ipc = KERNEL_IPC_NONE;
}
