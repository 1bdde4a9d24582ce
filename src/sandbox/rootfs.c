/* rootfs.c - the root of a sandbox, put together below DIR/root
 *
 * The root itself is a small tmpfs of which the host owns every directory, so that no path on it can be a link
 * that a person left there; what persons may change are overlays and binds hung into it.  Never is the host's
 * / the lower layer: with mapped ids the root of a sandbox reads whatever the host's root can read there.  /usr
 * holds no secrets on a distribution that keeps its rules; /etc is a filtered copy (base.c); /opt, /root, /home,
 * /srv are empty.
 *
 * An overlay needs its lower directory mounted in this namespace.  It is hung up at DIR/lower with the ids of
 * the person's range, and taken away again when the overlay holds its own reference.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sum.h"
#include "sandbox/mounts.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHARED (MOUNTS_READ_ONLY | MOUNTS_NO_DEV | MOUNTS_NO_SUID)

/* TOP followed by PATH, in a buffer that the next call reuses no more than the caller does. */
static int in_top (const struct room *r, const char *path, char ret[PATH_MAX],
                   struct err *err)
{
    if (snprintf (ret, PATH_MAX, "%s%s", r->top, path) >= PATH_MAX)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", path);
    return 0;
}

static int in_dir (const struct room *r, const char *path, char ret[PATH_MAX],
                   struct err *err)
{
    if (snprintf (ret, PATH_MAX, "%s/%s", r->what->dir, path) >= PATH_MAX)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", r->what->dir);
    return 0;
}

int room_dir (const struct room *r, const char *name, bool owned, char ret[PATH_MAX],
              struct err *err)
{
    if (in_dir (r, name, ret, err) < 0)
        return -1;
    if (mkdir (ret, owned ? 0755 : 0700) < 0)
        return errno == EEXIST ? 0 : err_sys (err, errno, "make %s", ret);
    if (owned && r->root && lchown (ret, r->what->uid_base, r->what->uid_base) < 0)
        return err_sys (err, errno, "give %s to the person", ret);
    return 0;
}

static int make_top_dir (const struct room *r, const char *path, mode_t mode,
                         struct err *err)
{
    char full[PATH_MAX];
    if (in_top (r, path, full, err) < 0)
        return -1;
    if (mkdir (full, 0755) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make %s", path);
    return chmod (full, mode) < 0 ? err_sys (err, errno, "set the mode of %s", path) : 0;
}

static int make_link (const struct room *r, const char *to, const char *path,
                      struct err *err)
{
    char full[PATH_MAX];
    if (in_top (r, path, full, err) < 0)
        return -1;
    return symlink (to, full) < 0 ? err_sys (err, errno, "link %s", path) : 0;
}

/* ---- the empty root ---- */

static int empty_root (struct room *r, struct err *err)
{
    static const char *const dirs[] = { "/usr",  "/etc",   "/opt", "/var",  "/dev",
                                        "/proc", "/sys",   "/tmp", "/run",  "/home",
                                        "/mnt",  "/media", "/srv", "/floyd" };
    for (size_t i = 0; i < ARRAY_SIZE (dirs); i++)
        if (make_top_dir (r, dirs[i], 0755, err) < 0)
            return -1;
    static const char *const merged[] = {
        "bin", "sbin", "lib", "lib32", "lib64", "libx32"
    };
    for (size_t i = 0; i < ARRAY_SIZE (merged); i++) {
        char host[32], to[32];
        struct stat st;
        (void)snprintf (host, sizeof host, "/%s", merged[i]);
        (void)snprintf (to, sizeof to, "usr/%s", merged[i]);
        if (lstat (host, &st) == 0 && make_link (r, to, host, err) < 0)
            return -1;
    }
    return make_link (r, "floyd/home", "/root", err);
}

int room_root (struct room *r, struct err *err)
{
    if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return err_sys (err, errno, "make the mounts private");
    char dir[PATH_MAX];
    if (mkdir (r->what->dir, 0700) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make %s", r->what->dir);
    if (room_dir (r, "root", false, r->top, err) < 0 ||
        room_dir (r, "lower", false, dir, err) < 0 ||
        room_dir (r, "upper", false, dir, err) < 0 ||
        room_dir (r, "work", false, dir, err) < 0 ||
        mounts_new ("tmpfs", r->top, MOUNTS_NO_DEV | MOUNTS_NO_SUID,
                    "mode=755,size=1m,nr_inodes=1024", err) < 0)
        return -1;
    return r->what->root ? 0 : empty_root (r, err);
}

/* ---- overlays ---- */

static int read_only_at (const char *source, const char *target, struct err *err)
{
    return mounts_bind (source, target, SHARED | MOUNTS_RECURSIVE, err);
}

static int overlay_at (struct room *r, const char *source, const char *name,
                       const char *target, struct err *err)
{
    char upper[PATH_MAX], work[PATH_MAX], lower[PATH_MAX], sub[80];
    (void)snprintf (sub, sizeof sub, "upper/%s", name);
    if (room_dir (r, sub, true, upper, err) < 0)
        return -1;
    (void)snprintf (sub, sizeof sub, "work/%s", name);
    if (room_dir (r, sub, false, work, err) < 0)
        return -1;
    if (!r->root)
        return mounts_overlay (source, upper, work, target, true, err);
    autoclose int tree =
        mounts_tree (source, MOUNTS_NO_DEV | MOUNTS_NO_SUID, r->userns, err);
    if (tree < 0 || in_dir (r, "lower", lower, err) < 0 ||
        mounts_attach (tree, lower, err) < 0)
        return -1;
    int rc = mounts_overlay (lower, upper, work, target, false, err);
    if (umount2 (lower, MNT_DETACH) < 0 && rc == 0)
        rc = err_sys (err, errno, "take away the lower layer of %s", source);
    return rc;
}

/* SOURCE at TARGET (a path of this namespace) with DIR/upper/NAME over it, or read-only where that cannot be. */
static int layered (struct room *r, const char *source, const char *name,
                    const char *target, struct err *err)
{
    struct err why = { 0 };
    if (overlay_at (r, source, name, target, &why) == 0)
        return 0;
    if (why.problem == PROBLEM_UNSUPPORTED || !r->root)
        return read_only_at (source, target, err);
    if (err)
        *err = why;
    return -1;
}

static int layered_top (struct room *r, const char *source, const char *name,
                        const char *path, struct err *err)
{
    char target[PATH_MAX];
    return in_top (r, path, target, err) < 0 ? -1 : layered (r, source, name, target, err);
}

/* ---- the system ---- */

static int host_system (struct room *r, struct err *err)
{
    char etc[PATH_MAX], var[PATH_MAX], opt[PATH_MAX];
    struct stat st;
    if (base_etc (r->what->state, etc, err) < 0 || base_var (r->what->state, var, err) < 0)
        return -1;
    if (snprintf (opt, sizeof opt, "%s/opt", var) >= (int)sizeof opt)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", var);
    if (layered_top (r, "/usr", "usr", "/usr", err) < 0 ||
        layered_top (r, etc, "etc", "/etc", err) < 0 ||
        layered_top (r, opt, "opt", "/opt", err) < 0 ||
        layered_top (r, var, "var", "/var", err) < 0)
        return -1;
    if (stat ("/var/lib/dpkg/status", &st) < 0)
        return 0;
    return layered_top (r, "/var/lib/dpkg", "dpkg", "/var/lib/dpkg", err);
}

/* A root file system of its own.  The overlay covers the tmpfs, so its mount points are made anew: inside the
 * overlay, where the administrator's image and the person's changes may hold links. */
static int own_system (struct room *r, struct err *err)
{
    static const char *const dirs[] = {
        "/dev", "/proc", "/sys", "/tmp", "/run", ROOM_HOME
    };
    if (layered (r, r->what->root, "image", r->top, err) < 0)
        return -1;
    autoclose int top = open (r->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return err_sys (err, errno, "open %s", r->top);
    for (size_t i = 0; i < ARRAY_SIZE (dirs); i++) {
        autoclose int made = mounts_inside (top, dirs[i], true, false, err);
        if (made < 0)
            return -1;
    }
    return 0;
}

int room_system (struct room *r, struct err *err)
{
    return r->what->root ? own_system (r, err) : host_system (r, err);
}

/* ---- programs and the environment ---- */

static bool is_below (const char *path, const char *dir)
{
    size_t n = strlen (dir);
    return strncmp (path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* "/proc/self/fd/N" of a path inside, so that calls which take paths need no second walk. */
static int target_of (const struct room *r, const char *path, bool is_file, char ret[32],
                      struct err *err)
{
    autoclose int top = open (r->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return err_sys (err, errno, "open %s", r->top);
    int at = mounts_inside (top, path, true, is_file, err);
    if (at >= 0)
        (void)snprintf (ret, 32, "/proc/self/fd/%d", at);
    return at;
}

static int is_file (const char *path, bool *ret, struct err *err)
{
    struct stat st;
    if (stat (path, &st) < 0)
        return err_sys (err, errno, "%s", path);
    *ret = !S_ISDIR (st.st_mode);
    return 0;
}

static int bind_inside (struct room *r, const char *source, const char *path,
                        unsigned flags, struct err *err)
{
    bool file = false;
    char target[32];
    if (is_file (source, &file, err) < 0)
        return -1;
    autoclose int at = target_of (r, path, file, target, err);
    autoclose int tree = at < 0 ? -1 : mounts_tree (source, flags, -1, err);
    if (tree < 0 || mounts_attach_fd (tree, at, err) < 0)
        return err_wrap (err, "%s", path);
    return 0;
}

static int environment (struct room *r, struct err *err)
{
    const char *prefix = r->what->env_prefix;
    if (!prefix || !*prefix || (!r->what->root && is_below (prefix, "/usr")))
        return 0;
    char name[64], target[32];
    (void)snprintf (name, sizeof name, "env-%016" PRIx64, sum_of (prefix, strlen (prefix)));
    autoclose int at = target_of (r, prefix, false, target, err);
    if (at < 0 || layered (r, prefix, name, target, err) < 0)
        return err_wrap (err, "environment %s", prefix);
    return 0;
}

int room_programs (struct room *r, struct err *err)
{
    struct strv sorted = { 0 }; /* parents before what is below them */
    int rc = 0;
    if (r->what->programs)
        strv_copy (&sorted, r->what->programs);
    strv_sort (&sorted);
    for (size_t i = 0; rc == 0 && i < sorted.n; i++)
        if (r->what->root || !is_below (sorted.v[i], "/usr"))
            rc = bind_inside (r, sorted.v[i], sorted.v[i], SHARED, err);
    strv_done (&sorted);
    return rc < 0 ? rc : environment (r, err);
}

/* ---- what is the person's own ---- */

static int memory_at (struct room *r, const char *path, const char *mode, struct err *err)
{
    char target[PATH_MAX], options[96];
    uint32_t owner = r->root ? r->what->uid_base : 0;
    int n = snprintf (options, sizeof options, "mode=%s,uid=%u,gid=%u", mode, owner, owner);
    if (r->what->tmp_bytes)
        (void)snprintf (options + n, sizeof options - (size_t)n, ",size=%" PRIu64,
                        r->what->tmp_bytes);
    if (in_top (r, path, target, err) < 0)
        return -1;
    return mounts_new ("tmpfs", target, MOUNTS_NO_DEV | MOUNTS_NO_SUID, options, err);
}

int room_memory (struct room *r, struct err *err)
{
    return memory_at (r, "/tmp", "1777", err) < 0 || memory_at (r, "/run", "755", err) < 0
               ? -1
               : 0;
}

int room_private (struct room *r, struct err *err)
{
    char home[PATH_MAX];
    if (room_dir (r, "home", true, home, err) < 0 ||
        bind_inside (r, home, ROOM_HOME, MOUNTS_NO_DEV | MOUNTS_NO_SUID, err) < 0)
        return -1;
    for (size_t i = 0; i < r->what->n_binds; i++) {
        const struct launch_bind *b = &r->what->binds[i];
        unsigned flags =
            MOUNTS_NO_DEV | MOUNTS_NO_SUID | (b->read_only ? MOUNTS_READ_ONLY : 0);
        if (bind_inside (r, b->source, b->target, flags, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- entering it ---- */

int room_enter (struct room *r, struct err *err)
{
    if (!r->what->root &&
        mounts_flags (r->top, MOUNTS_READ_ONLY | MOUNTS_NO_DEV | MOUNTS_NO_SUID, err) < 0)
        return -1;
    if (chdir (r->top) < 0 || syscall (SYS_pivot_root, ".", ".") < 0 ||
        umount2 (".", MNT_DETACH) < 0 || chdir ("/") < 0)
        return err_sys (err, errno, "enter the root at %s", r->top);
    r->entered = true;
    return 0;
}
