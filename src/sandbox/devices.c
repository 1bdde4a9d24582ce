/* devices.c - device nodes and driver libraries of a running sandbox
 *
 * Libraries are opened as detached mounts while the host's paths are seen, carried into the sandbox's mount
 * namespace by a child, and attached there.  The root of a sandbox is read-only to everybody in it; for the
 * child a private copy of the mount is writable again, since both show one file system.
 */
#include "sandbox/devices.h"

#include "base/cleanup.h"
#include "sandbox/child.h"
#include "sandbox/mounts.h"
#include "sandbox/putnode.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int device_node_read (const char *path, struct device_node *ret, struct err *err)
{
    struct stat st;
    if (lstat (path, &st) < 0)
        return err_sys (err, errno, "%s", path);
    if (!S_ISCHR (st.st_mode))
        return err_set (err, PROBLEM_INVALID, "%s is no character device", path);
    *ret = (struct device_node){ .path = xstrdup (path), .dev = st.st_rdev };
    return 0;
}

struct job {
    int pidfd;
    const struct device_set *set;
    bool take;
};

static int open_libraries (const struct device_set *set, int *trees, struct err *err)
{
    unsigned flags = MOUNTS_READ_ONLY | MOUNTS_NO_DEV | MOUNTS_NO_SUID;
    for (size_t i = 0; set->libraries && i < set->libraries->n; i++) {
        trees[i] = mounts_tree (set->libraries->v[i], flags, -1, err);
        if (trees[i] < 0)
            return -1;
    }
    return 0;
}

/* Mount points of libraries for which the sandbox has no name yet. */
static int make_places (int root, const struct device_set *set, const int *trees,
                        struct err *err)
{
    autoclose int copy = mounts_tree ("/", 0, -1, err);
    struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
    if (copy < 0)
        return -1;
    if (mount_setattr (copy, "", AT_EMPTY_PATH, &writable, sizeof writable) < 0)
        return err_sys (err, errno, "write to the root of the sandbox");
    for (size_t i = 0; set->libraries && i < set->libraries->n; i++) {
        struct stat st;
        autoclose int there =
            mounts_inside (root, set->libraries->v[i], false, false, NULL);
        if (there >= 0)
            continue;
        if (fstat (trees[i], &st) < 0)
            return err_sys (err, errno, "%s", set->libraries->v[i]);
        autoclose int made =
            mounts_inside (copy, set->libraries->v[i], true, !S_ISDIR (st.st_mode), NULL);
    }
    return 0;
}

static int in_child (void *arg, struct err *err)
{
    const struct job *j = arg;
    int trees[DEVICES_LIBRARIES_MAX];
    if (putnode_check (j->set, err) < 0 ||
        (!j->take && open_libraries (j->set, trees, err) < 0))
        return -1;
    autoclose int self = open ("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (self < 0 || setns (j->pidfd, CLONE_NEWNS) < 0)
        return err_sys (err, errno, "enter the sandbox");
    (void)umask (0);
    autoclose int root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || fchdir (self) < 0)
        return err_sys (err, errno, "open the root of the sandbox");
    if (j->take)
        return putnode_take (root, j->set, err);
    return make_places (root, j->set, trees, err) < 0
               ? -1
               : putnode_all (root, j->set, trees, err);
}

static int run_job (struct job j, struct err *err)
{
    if (geteuid () != 0)
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "devices need the spawner to run as root");
    return child_run (in_child, &j, err);
}

int devices_put (int pidfd, const struct device_set *set, struct err *err)
{
    if (run_job ((struct job){ pidfd, set, false }, err) < 0)
        return err_wrap (err, "put devices into the sandbox");
    return 0;
}

int devices_take (int pidfd, const struct device_set *set, struct err *err)
{
    if (run_job ((struct job){ pidfd, set, true }, err) < 0)
        return err_wrap (err, "take devices out of the sandbox");
    return 0;
}
