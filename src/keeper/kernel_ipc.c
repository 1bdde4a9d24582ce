/* kernel_ipc.c - where a kernel's sockets lie */

#include "keeper/kernel_ipc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define NUMBER_TEXT 8 /* 32 bits in base 36 */

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

static const char *base36 (uint32_t v, char ret[NUMBER_TEXT])
{
    char *p = ret + NUMBER_TEXT - 1;

    *p = '\0';
    do
        *--p = "0123456789abcdefghijklmnopqrstuvwxyz"[v % 36];
    while ((v /= 36));
    return p;
}

static void remove_stale (const char *base)
{
    DIR *d = opendir (base);

    for (struct dirent *e; d && (e = readdir (d));) {
        char *end;
        long pid = strtol (e->d_name, &end, 36);
        if (end == e->d_name || *end != '.' || pid <= 0 || kill ((pid_t)pid, 0) == 0 ||
            errno != ESRCH)
            continue;
        autofree char *dir = path_join (base, e->d_name);
        (void)fd_remove_tree (dir, NULL);
    }
    if (d)
        (void)closedir (d);
}

char *kernel_ipc_dir (uint32_t object, struct err *err)
{
    char pid[NUMBER_TEXT], number[NUMBER_TEXT];
    autofree char *base = xasprintf ("/tmp/lw-%u", (unsigned)geteuid ());

    if (private_dir (base, err) < 0)
        return NULL;
    remove_stale (base);
    autofree char *dir = xasprintf ("%s/%s.%s", base, base36 ((uint32_t)getpid (), pid),
                                    base36 (object, number));
    if (private_dir (dir, err) < 0)
        return NULL;
    kernel_ipc_clear (dir);
    return take_ptr (dir);
}

void kernel_ipc_clear (const char *dir)
{
    DIR *d = opendir (dir);

    if (!d)
        return;
    for (struct dirent *e; (e = readdir (d));)
        if (e->d_name[0] != '.')
            (void)unlinkat (dirfd (d), e->d_name, 0);
    (void)closedir (d);
}
