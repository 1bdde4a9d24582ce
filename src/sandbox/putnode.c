/* putnode.c - device nodes and libraries below an open root
 *
 * A node that is there with the right number is left; with another it is replaced, because the host may have
 * numbered its devices anew.  A library is mounted over itself: where the file is visible already, as all of
 * /usr is, and belongs to the host's copy, that costs nothing and keeps a changed copy of the person's out of
 * the driver.  Taking lists what is mounted at the path and leaves alone what this file did not put there: only
 * a mount can be taken away.
 */
#include "sandbox/putnode.h"

#include "base/cleanup.h"
#include "sandbox/mounts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_plain (const char *path)
{
    return path[0] == '/' && !strstr (path, "/../") && !strstr (path, "/./") &&
           !strstr (path, "//") && strlen (path) < 1024 && path[strlen (path) - 1] != '/';
}

int putnode_check (const struct device_set *set, struct err *err)
{
    size_t libraries = set->libraries ? set->libraries->n : 0;
    if (set->n_nodes > DEVICES_MAX || libraries > DEVICES_LIBRARIES_MAX)
        return err_set (err, PROBLEM_TOO_LARGE,
                        "a machine has at most %d devices and %d libraries", DEVICES_MAX,
                        DEVICES_LIBRARIES_MAX);
    for (size_t i = 0; i < set->n_nodes; i++) {
        const char *path = set->nodes[i].path;
        if (!is_plain (path) || strncmp (path, "/dev/", 5) != 0)
            return err_set (err, PROBLEM_INVALID, "%s is no path of a device", path);
    }
    for (size_t i = 0; i < libraries; i++)
        if (!is_plain (set->libraries->v[i]))
            return err_set (err, PROBLEM_INVALID, "%s is no path of a library",
                            set->libraries->v[i]);
    return 0;
}

/* ---- nodes ---- */

/* The directory of PATH, opened, and its last component in NAME. */
static int parent_of (int root, const char *path, bool make, const char **name,
                      struct err *err)
{
    const char *slash = strrchr (path, '/');
    autofree char *dir = xstrndup (path, (size_t)(slash - path));
    *name = slash + 1;
    return mounts_inside (root, dir, make, false, err);
}

static int put_node (int root, const struct device_node *node, bool *ret_made,
                     struct err *err)
{
    const char *name;
    struct stat st;
    autoclose int dir = parent_of (root, node->path, true, &name, err);
    if (dir < 0)
        return -1;
    *ret_made = false;
    if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISCHR (st.st_mode) && st.st_rdev == node->dev)
            return 0;
        if (unlinkat (dir, name, 0) < 0)
            return err_sys (err, errno, "replace %s", node->path);
    }
    if (mknodat (dir, name, S_IFCHR | 0666, node->dev) < 0 ||
        fchmodat (dir, name, 0666, 0) < 0)
        return err_sys (err, errno, "make %s", node->path);
    *ret_made = true;
    return 0;
}

static int take_node (int root, const struct device_node *node, struct err *err)
{
    const char *name;
    struct err why = { 0 };
    autoclose int dir = parent_of (root, node->path, false, &name, &why);
    if (dir < 0 && why.sys == ENOENT)
        return 0;
    if (dir < 0) {
        if (err)
            *err = why;
        return -1;
    }
    if (unlinkat (dir, name, 0) < 0 && errno != ENOENT)
        return err_sys (err, errno, "remove %s", node->path);
    return 0;
}

/* ---- libraries ---- */

/* Is a mount of its own at PATH?  AT is open at what is seen there, which then is the mount's root. */
static bool is_mounted (int at)
{
    struct statx x;
    return statx (at, "", AT_EMPTY_PATH, 0, &x) == 0 &&
           (x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) &&
           (x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int put_library (int root, const char *path, int tree, bool *ret_made,
                        struct err *err)
{
    struct stat st;
    unsigned flags = MOUNTS_READ_ONLY | MOUNTS_NO_DEV | MOUNTS_NO_SUID;
    autoclose int own = tree < 0 ? mounts_tree (path, flags, -1, err) : -1;
    int from = tree < 0 ? own : tree;
    if (from < 0 || fstat (from, &st) < 0)
        return -1;
    *ret_made = false;
    autoclose int at = mounts_inside (root, path, true, !S_ISDIR (st.st_mode), err);
    if (at < 0)
        return -1;
    if (is_mounted (at))
        return 0;
    if (mounts_attach_fd (from, at, err) < 0)
        return err_wrap (err, "%s", path);
    *ret_made = true;
    return 0;
}

static int take_library (int root, const char *path, struct err *err)
{
    struct err why = { 0 };
    char link[16];
    autoclose int at = mounts_inside (root, path, false, false, &why);
    if (at < 0 || !is_mounted (at))
        return 0;
    (void)snprintf (link, sizeof link, "%d",
                    at); /* the working directory is /proc/self/fd */
    if (umount2 (link, MNT_DETACH) < 0)
        return err_sys (err, errno, "take away %s", path);
    return 0;
}

/* ---- sets ---- */

int putnode_all (int root, const struct device_set *set, const int *trees, struct err *err)
{
    bool made_node[DEVICES_MAX] = { 0 }, made_library[DEVICES_LIBRARIES_MAX] = { 0 };
    size_t libraries = set->libraries ? set->libraries->n : 0;
    if (putnode_check (set, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < libraries; i++)
        rc = put_library (root, set->libraries->v[i], trees ? trees[i] : -1,
                          &made_library[i], err);
    for (size_t i = 0; rc == 0 && i < set->n_nodes; i++)
        rc = put_node (root, &set->nodes[i], &made_node[i], err);
    if (rc == 0)
        return 0;
    for (size_t i = 0; i < set->n_nodes; i++)
        if (made_node[i])
            (void)take_node (root, &set->nodes[i], NULL);
    for (size_t i = 0; i < libraries; i++)
        if (made_library[i])
            (void)take_library (root, set->libraries->v[i], NULL);
    return -1;
}

int putnode_take (int root, const struct device_set *set, struct err *err)
{
    size_t libraries = set->libraries ? set->libraries->n : 0;
    if (putnode_check (set, err) < 0)
        return -1;
    for (size_t i = 0; i < set->n_nodes; i++)
        if (take_node (root, &set->nodes[i], err) < 0)
            return -1;
    for (size_t i = 0; i < libraries; i++)
        if (take_library (root, set->libraries->v[i], err) < 0)
            return -1;
    return 0;
}
