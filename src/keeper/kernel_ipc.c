/* kernel_ipc.c - where a kernel's sockets lie */

#include "keeper/kernel_ipc.h"
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define ROOM 60 /* bytes of the keeper's directory, so that "/4294967295/k-5" fits behind it */

/* Make DIR or take it as it is, but only if it is a directory of ours that nobody else may enter: in /tmp
 * anybody could have put something there. */
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

static char *base_dir (struct err *err)
{
    const char *xdg = getenv ("XDG_RUNTIME_DIR");
    struct stat st;

    if (xdg && *xdg == '/' && strlen (xdg) < ROOM - 20 && stat (xdg, &st) == 0 &&
        st.st_uid == geteuid () && !(st.st_mode & 077)) {
        autofree char *dir = path_join (xdg, "labwright");
        if (private_dir (dir, NULL) == 0)
            return take_ptr (dir);
    }
    autofree char *dir = xasprintf ("/tmp/labwright-%u", (unsigned) geteuid ());
    return private_dir (dir, err) < 0 ? NULL : take_ptr (dir);
}

char *kernel_ipc_keeper_dir (const char *dir, struct err *err)
{
    autofree char *base = base_dir (err);
    char digest[CRYPTO_HEX];

    if (!base || crypto_digest_hex ("sha256", dir, strlen (dir), digest) < 0)
        return NULL;
    digest[12] = '\0';
    autofree char *ret = path_join (base, digest);
    (void) fd_remove_tree (ret, NULL);
    return private_dir (ret, err) < 0 ? NULL : take_ptr (ret);
}

char *kernel_ipc_dir (const char *keeper_dir, const char *name, struct err *err)
{
    autofree char *dir = path_join (keeper_dir, name);

    return private_dir (dir, err) < 0 ? NULL : take_ptr (dir);
}

void kernel_ipc_clear (const char *dir)
{
    DIR *d = opendir (dir);

    if (!d)
        return;
    for (struct dirent *e; (e = readdir (d));)
        if (e->d_name[0] != '.')
            (void) unlinkat (dirfd (d), e->d_name, 0);
    (void) closedir (d);
}
