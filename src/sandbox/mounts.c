/* mounts.c - the kernel's mount calls with errors for people
 *
 * Debian 12's C library declares mount_setattr, open_tree and move_mount; statx and openat2 are not needed:
 * a path inside a sandbox is walked one component at a time with O_NOFOLLOW, which is the same on every kernel.
 * Overlay gets its directories as /proc/self/fd/N: no character needs escaping, no length matters, and the
 * sandbox does not read the host's paths in /proc/mounts.
 */
#include "sandbox/mounts.h"

#include "base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t attr_of (unsigned flags)
{
    uint64_t a = 0;
    if (flags & MOUNTS_READ_ONLY)
        a |= MOUNT_ATTR_RDONLY;
    if (flags & MOUNTS_NO_EXEC)
        a |= MOUNT_ATTR_NOEXEC;
    if (flags & MOUNTS_NO_DEV)
        a |= MOUNT_ATTR_NODEV;
    if (flags & MOUNTS_NO_SUID)
        a |= MOUNT_ATTR_NOSUID;
    return a;
}

static bool is_missing_feature (int e)
{
    return e == EINVAL || e == ENOSYS || e == EOPNOTSUPP || e == ENODEV;
}

int mounts_tree (const char *path, unsigned flags, int userns, struct err *err)
{
    bool all = flags & MOUNTS_RECURSIVE;
    autoclose int fd = open_tree (
        AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (all ? AT_RECURSIVE : 0));
    if (fd < 0)
        return err_sys (err, errno, "copy the mount of %s", path);
    struct mount_attr a = { .attr_set = attr_of (flags), .propagation = MS_PRIVATE };
    if (userns >= 0) {
        a.attr_set |= MOUNT_ATTR_IDMAP;
        a.userns_fd = (uint64_t)userns;
    }
    if (mount_setattr (fd, "", AT_EMPTY_PATH | (all ? AT_RECURSIVE : 0), &a, sizeof a) <
        0) {
        if (userns >= 0 && is_missing_feature (errno))
            return err_set (err, PROBLEM_UNSUPPORTED,
                            "the file system of %s cannot map ids (%s)", path,
                            strerror (errno));
        return err_sys (err, errno, "set flags of the mount of %s", path);
    }
    return take_fd (fd);
}

int mounts_attach (int tree, const char *target, struct err *err)
{
    if (move_mount (tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return err_sys (err, errno, "mount at %s", target);
    return 0;
}

int mounts_attach_fd (int tree, int target, struct err *err)
{
    if (move_mount (tree, "", target, "",
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return err_sys (err, errno, "mount");
    return 0;
}

int mounts_bind (const char *path, const char *target, unsigned flags, struct err *err)
{
    autoclose int tree = mounts_tree (path, flags, -1, err);
    return tree < 0 ? -1 : mounts_attach (tree, target, err);
}

static int open_dir (const char *path, struct err *err)
{
    int fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? err_sys (err, errno, "open %s", path) : fd;
}

int mounts_overlay (const char *lower, const char *upper, const char *work,
                    const char *target, bool private, struct err *err)
{
    autoclose int l = open_dir (lower, err);
    autoclose int u = l < 0 ? -1 : open_dir (upper, err);
    autoclose int w = u < 0 ? -1 : open_dir (work, err);
    if (w < 0)
        return -1;
    char options[200];
    (void)snprintf (options, sizeof options,
                    "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,"
                    "workdir=/proc/self/fd/%d%s",
                    l, u, w, private ? ",userxattr" : "");
    if (mount ("overlay", target, "overlay", MS_NODEV | MS_NOSUID, options) == 0)
        return 0;
    if (is_missing_feature (errno))
        return err_set (err, PROBLEM_UNSUPPORTED, "overlay over %s: %s", lower,
                        strerror (errno));
    return err_sys (err, errno, "overlay over %s", lower);
}

int mounts_new (const char *type, const char *target, unsigned flags, const char *options,
                struct err *err)
{
    unsigned long f = 0;
    if (flags & MOUNTS_READ_ONLY)
        f |= MS_RDONLY;
    if (flags & MOUNTS_NO_EXEC)
        f |= MS_NOEXEC;
    if (flags & MOUNTS_NO_DEV)
        f |= MS_NODEV;
    if (flags & MOUNTS_NO_SUID)
        f |= MS_NOSUID;
    if (mount (type, target, type, f, options) < 0)
        return err_sys (err, errno, "mount %s at %s", type, target);
    return 0;
}

int mounts_flags (const char *target, unsigned flags, struct err *err)
{
    struct mount_attr a = { .attr_set = attr_of (flags) };
    if (mount_setattr (AT_FDCWD, target, 0, &a, sizeof a) < 0)
        return err_sys (err, errno, "set flags of the mount at %s", target);
    return 0;
}

/* One step down.  Directories are made where they are missing, the last component as WANT_FILE says. */
static int step_down (int at, const char *name, bool make, bool want_file, struct err *err)
{
    if (make && want_file) {
        int made =
            openat (at, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (made >= 0)
            (void)close (made);
        else if (errno != EEXIST && errno != EROFS)
            return err_sys (err, errno, "make the file %s", name);
    } else if (make && mkdirat (at, name, 0755) < 0 && errno != EEXIST && errno != EROFS) {
        return err_sys (err, errno, "make the directory %s", name);
    }
    autoclose int fd = openat (at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat (fd, &st) < 0)
        return err_sys (err, errno, "open %s", name);
    if (S_ISLNK (st.st_mode))
        return err_set (err, PROBLEM_CONFLICT, "%s is a symbolic link", name);
    return take_fd (fd);
}

int mounts_inside (int root, const char *path, bool make, bool is_file, struct err *err)
{
    autoclose int at = openat (root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return err_sys (err, errno, "open the root of the sandbox");
    char name[NAME_MAX + 1];
    for (const char *p = path + strspn (path, "/"); *p;) {
        size_t n = strcspn (p, "/");
        const char *next = p + n + strspn (p + n, "/");
        if (n > NAME_MAX || (n == 2 && memcmp (p, "..", 2) == 0))
            return err_set (err, PROBLEM_INVALID, "%s is no path inside a sandbox", path);
        memcpy (name, p, n);
        name[n] = '\0';
        int down = step_down (at, name, make, is_file && !*next, err);
        if (down < 0)
            return err_wrap (err, "%s", path);
        (void)close (at);
        at = down;
        p = next;
    }
    return take_fd (at);
}
