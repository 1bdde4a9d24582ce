/* rootfs_kernel.c - /dev, /proc and /sys of a sandbox
 *
 * /dev is a tmpfs that belongs to the host: nothing inside may add a name to it, so devices_put and devices_take
 * find what they left.  As a plain user no node can be made; the host's are bound instead.
 *
 * /proc is of the sandbox's own pid namespace.  The files in it that tell of the machine as a whole belong to
 * the host's root, which no process inside is; /proc/sys is read-only for the same reason.
 *
 * /sys is empty but for the topology of processors and memory, which numerical libraries read, and the
 * sandbox's own control group, from which the keeper and other programs read limits.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "sandbox/mounts.h"
#include "sandbox/putnode.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int make (const char *path, mode_t mode, struct err *err)
{
    if (mkdir (path, mode) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make %s", path);
    return 0;
}

/* ---- /dev ---- */

static int standard_nodes (struct room *r, const char *dev, struct err *err)
{
    static const struct {
        const char *name;
        unsigned major, minor;
    } nodes[] = { { "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
                  { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };
    for (size_t i = 0; i < ARRAY_SIZE (nodes); i++) {
        char path[PATH_MAX], host[32];
        if (snprintf (path, sizeof path, "%s/%s", dev, nodes[i].name) >= PATH_MAX)
            return err_set (err, PROBLEM_INVALID, "%s: the path is too long", dev);
        (void)snprintf (host, sizeof host, "/dev/%s", nodes[i].name);
        if (r->root) {
            dev_t number = makedev (nodes[i].major, nodes[i].minor);
            if (mknod (path, S_IFCHR | 0666, number) < 0 || chmod (path, 0666) < 0)
                return err_sys (err, errno, "make %s", host);
            continue;
        }
        int fd = open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
        if (fd < 0)
            return err_sys (err, errno, "make %s", host);
        (void)close (fd);
        if (mounts_bind (host, path, 0, err) < 0)
            return -1;
    }
    return 0;
}

static int standard_links (const char *dev, struct err *err)
{
    static const char *const links[][2] = {
        { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
        { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
        { "ptmx", "pts/ptmx" },
    };
    autoclose int at = open (dev, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return err_sys (err, errno, "open /dev");
    for (size_t i = 0; i < ARRAY_SIZE (links); i++)
        if (symlinkat (links[i][1], at, links[i][0]) < 0)
            return err_sys (err, errno, "link /dev/%s", links[i][0]);
    return 0;
}

int room_dev (struct room *r, struct err *err)
{
    char dev[PATH_MAX], sub[PATH_MAX + 8], options[96];
    uint32_t owner = r->root ? r->what->uid_base : 0;
    if (snprintf (dev, sizeof dev, "%s/dev", r->top) >= (int)sizeof dev)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", r->top);
    if (mounts_new ("tmpfs", dev, MOUNTS_NO_SUID | MOUNTS_NO_EXEC,
                    "mode=755,size=256k,nr_inodes=1024", err) < 0 ||
        standard_nodes (r, dev, err) < 0 || standard_links (dev, err) < 0)
        return -1;
    (void)snprintf (sub, sizeof sub, "%s/pts", dev);
    (void)snprintf (options, sizeof options, "newinstance,ptmxmode=0666,mode=0620,gid=%u",
                    r->root ? owner + 5 : 0);
    if (make (sub, 0755, err) < 0 ||
        mounts_new ("devpts", sub, MOUNTS_NO_SUID | MOUNTS_NO_EXEC, options, err) < 0)
        return -1;
    (void)snprintf (sub, sizeof sub, "%s/shm", dev);
    int n = snprintf (options, sizeof options, "mode=1777,uid=%u,gid=%u", owner, owner);
    if (r->what->tmp_bytes)
        (void)snprintf (options + n, sizeof options - (size_t)n, ",size=%" PRIu64,
                        r->what->tmp_bytes);
    if (make (sub, 0755, err) < 0 ||
        mounts_new ("tmpfs", sub, MOUNTS_NO_SUID | MOUNTS_NO_DEV | MOUNTS_NO_EXEC, options,
                    err) < 0)
        return -1;
    return 0;
}

int room_devices (struct room *r, struct err *err)
{
    if (!r->what->devices)
        return 0;
    if (!r->root)
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "devices need the spawner to run as root");
    autoclose int top = open (r->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return err_sys (err, errno, "open %s", r->top);
    return putnode_all (top, r->what->devices, NULL, err);
}

/* ---- /proc and /sys ---- */

int room_proc (struct room *r, struct err *err)
{
    char proc[PATH_MAX];
    unsigned flags = MOUNTS_NO_DEV | MOUNTS_NO_SUID | MOUNTS_NO_EXEC;
    if (snprintf (proc, sizeof proc, "%s/proc", r->top) >= (int)sizeof proc)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", r->top);
    return mounts_new ("proc", proc, flags, "hidepid=2", err);
}

static int bind_topology (const char *sys, struct err *err)
{
    static const char *const parts[] = { "devices/system/cpu", "devices/system/node" };
    for (size_t i = 0; i < ARRAY_SIZE (parts); i++) {
        char host[64], at[PATH_MAX + 64];
        (void)snprintf (host, sizeof host, "/sys/%s", parts[i]);
        (void)snprintf (at, sizeof at, "%s/%s", sys, parts[i]);
        if (access (host, F_OK) < 0)
            continue; /* a kernel without NUMA has no nodes */
        if (make (at, 0755, err) < 0 ||
            mounts_bind (host, at,
                         MOUNTS_READ_ONLY | MOUNTS_NO_DEV | MOUNTS_NO_SUID |
                             MOUNTS_NO_EXEC | MOUNTS_RECURSIVE,
                         err) < 0)
            return -1;
    }
    return 0;
}

static int bind_cgroups (struct room *r, const char *sys, struct err *err)
{
    for (size_t i = 0; i < r->what->n_cgroups; i++) {
        const struct launch_cgroup *g = &r->what->cgroups[i];
        char at[PATH_MAX + 64];
        if (strchr (g->name, '/') || g->name[0] == '.' ||
            snprintf (at, sizeof at, "%s/fs/cgroup/%s", sys, g->name) >= (int)sizeof at)
            return err_set (err, PROBLEM_INVALID, "%s is no controller", g->name);
        if (make (at, 0755, err) < 0 ||
            mounts_bind (g->path, at,
                         MOUNTS_READ_ONLY | MOUNTS_NO_DEV | MOUNTS_NO_SUID | MOUNTS_NO_EXEC,
                         err) < 0)
            return -1;
    }
    return 0;
}

int room_sys (struct room *r, struct err *err)
{
    static const char *const dirs[] = { "", "/devices", "/devices/system", "/fs",
                                        "/fs/cgroup" };
    char sys[PATH_MAX], sub[PATH_MAX + 64];
    unsigned flags = MOUNTS_NO_DEV | MOUNTS_NO_SUID | MOUNTS_NO_EXEC;
    if (snprintf (sys, sizeof sys, "%s/sys", r->top) >= (int)sizeof sys)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", r->top);
    if (mounts_new ("tmpfs", sys, flags, "mode=755,size=16k,nr_inodes=64", err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE (dirs); i++) {
        (void)snprintf (sub, sizeof sub, "%s%s", sys, dirs[i]);
        if (make (sub, 0755, err) < 0)
            return -1;
    }
    if (bind_topology (sys, err) < 0 || bind_cgroups (r, sys, err) < 0)
        return -1;
    return mounts_flags (sys, flags | MOUNTS_READ_ONLY, err);
}
