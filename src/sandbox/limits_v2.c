/* limits_v2.c - control groups of version 2: plain files, and BPF for devices
 *
 * libcgroup knows neither the devices nor the freezer of version 2, and its delete reports an error after it
 * has deleted; so mkdir, write and rmdir it is.
 *
 * Traps: a group to which cgroup.kill was written kills what is cloned into it later (some kernels), so a
 * group is never used again after it; controllers must be switched on in every group above, and a group
 * that has processes cannot switch on any, so nobody is ever put into LIMITS_GROUP itself.
 */

#include "base/clock.h"
#include "base/fd.h"
#include "sandbox/limits_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

static const char *const controllers[] = { "cpu", "cpuset", "memory", "pids", "io" };

struct limits_v2 {
    struct limits base;
    char *root; /* the mount */
    char
        *enabled; /* cgroup.controllers of LIMITS_GROUP's parent, with blanks around each */
};

static struct limits_v2 *v2_of (struct limits *l)
{
    return (struct limits_v2 *)l;
}

static char *group_dir (struct limits *l, const char *id)
{
    return xasprintf ("%s/" LIMITS_GROUP "%s%s", v2_of (l)->root, *id ? "/" : "", id);
}

static bool has (struct limits *l, const char *controller)
{
    autofree char *word = xasprintf (" %s ", controller);

    return strstr (v2_of (l)->enabled, word);
}

/* ---- make ---- */

static int make (const char *dir, struct err *err)
{
    if (mkdir (dir, 0755) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make control group %s", dir);
    return 0;
}

/* One word a write: one that is refused does not keep the others out. */
static void switch_on (struct limits *l, const char *dir)
{
    for (size_t i = 0; i < ARRAY_SIZE (controllers); i++) {
        autofree char *word = xasprintf ("+%s", controllers[i]);

        if (has (l, controllers[i]))
            (void)limits_write (dir, "cgroup.subtree_control", word, NULL);
    }
}

static int v2_create (struct limits *l, const char *id, const struct limits_set *set,
                      struct err *err)
{
    autofree char *all = group_dir (l, ""), *dir = group_dir (l, id);

    switch_on (l, v2_of (l)->root);
    if (make (all, err) < 0)
        return -1;
    switch_on (l, all);
    if (make (dir, err) < 0)
        return -1;
    for (int part = 0; part < LIMITS_PART_COUNT; part++)
        if (l->ops->apply (l, id, (enum limits_part)part, set, err) < 0) {
            (void)l->ops->remove (l, id);
            return -1;
        }
    if (has (l, "memory")) /* no way around memory.max through swap */
        (void)limits_write (dir, "memory.swap.max", "0", NULL);
    return 0;
}

static int v2_join (struct limits *l, const char *id, struct err *err)
{
    autofree char *dir = group_dir (l, id);

    return limits_write (dir, "cgroup.procs", "0", err);
}

/* ---- limits ---- */

static const char *const part_controller[LIMITS_PART_COUNT] = {
    [LIMITS_MEMORY] = "memory",
    [LIMITS_CPUSET_PART] = "cpuset",
    [LIMITS_CPU] = "cpu",
    [LIMITS_PIDS] = "pids",
};

static int v2_apply (struct limits *l, const char *id, enum limits_part part,
                     const struct limits_set *set, struct err *err)
{
    autofree char *dir = group_dir (l, id);
    char text[64] = "max";

    if (!has (l, part_controller[part]))
        return 0;
    switch (part) {
    case LIMITS_MEMORY:
        if (set->memory)
            (void)snprintf (text, sizeof text, "%llu", (unsigned long long)set->memory);
        return limits_write (dir, "memory.max", text, err);
    case LIMITS_CPUSET_PART: /* an empty line: as the group above */
        return limits_write (dir, "cpuset.cpus", *set->cpuset ? set->cpuset : "\n", err);
    case LIMITS_CPU:
        if (set->cpus > 0) {
            long long us = (long long)(set->cpus * LIMITS_PERIOD_US);
            (void)snprintf (text, sizeof text, "%lld %d", us < 1000 ? 1000 : us,
                            LIMITS_PERIOD_US);
        }
        return limits_write (dir, "cpu.max", text, err);
    default:
        if (set->pids)
            (void)snprintf (text, sizeof text, "%u", set->pids);
        return limits_write (dir, "pids.max", text, err);
    }
}

static int v2_rules (struct limits *l, const char *id, const struct limits_rule *rules,
                     size_t n, struct err *err)
{
    autofree char *dir = group_dir (l, id);

    return l->ops->closes_devices (l) ? limits_bpf_attach (dir, rules, n, err) : 0;
}

/* ---- freeze, kill ---- */

static bool v2_frozen (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, id);

    return limits_number (dir, "cgroup.freeze") == 1;
}

static bool is_frozen (const char *dir)
{
    autofree char *events = limits_read (dir, "cgroup.events");

    return limits_field (events, "frozen") == 1;
}

static int v2_freeze (struct limits *l, const char *id, bool freeze, struct err *err)
{
    autofree char *dir = group_dir (l, id);

    if (limits_write (dir, "cgroup.freeze", freeze ? "1" : "0", err) < 0)
        return -1;
    for (int64_t until = clock_mono_us () + 200 * CLOCK_MS;
         freeze && clock_mono_us () < until;) {
        if (is_frozen (dir))
            return 0;
        (void)usleep (1000);
    }
    if (!freeze)
        return 0;
    (void)limits_write (dir, "cgroup.freeze", "0", NULL);
    return err_set (err, PROBLEM_BUSY, "a process of %s cannot be frozen now", id);
}

static pid_t *v2_pids (struct limits *l, const char *id, pid_t first, size_t *ret_n)
{
    autofree char *dir = group_dir (l, id);
    autofree char *text = limits_read (dir, "cgroup.procs");

    return text ? limits_parse_pids (text, ret_n) : NULL;
}

/* cgroup.kill is of Linux 5.14. */
static void v2_kill (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, id);
    size_t n = 0;

    if (limits_write (dir, "cgroup.kill", "1", NULL) == 0)
        return;
    (void)limits_write (dir, "cgroup.freeze", "1", NULL);
    autofree pid_t *pids = v2_pids (l, id, 0, &n);
    for (size_t i = 0; i < n; i++)
        (void)kill (pids[i], SIGKILL);
    (void)limits_write (dir, "cgroup.freeze", "0", NULL);
}

/* ---- what is told ---- */

static void v2_usage (struct limits *l, const char *id, pid_t first,
                      struct limits_usage *ret)
{
    autofree char *dir = group_dir (l, id);
    autofree char *memory = limits_read (dir, "memory.stat");
    autofree char *events = limits_read (dir, "memory.events");
    autofree char *cpu = limits_read (dir, "cpu.stat");
    uint64_t cache = limits_field (memory, "inactive_file");

    ret->mem_all = limits_number (dir, "memory.current");
    ret->mem = ret->mem_all > cache ? ret->mem_all - cache : 0;
    ret->mem_peak = limits_number (dir, "memory.peak"); /* Linux 5.19 */
    if (ret->mem_peak < ret->mem_all)
        ret->mem_peak = ret->mem_all;
    ret->mem_limit = limits_number (dir, "memory.max");
    ret->oom_kills = limits_field (events, "oom_kill");
    ret->cpu_us = limits_field (cpu, "usage_usec");
    ret->throttled_us = limits_field (cpu, "throttled_usec");
    ret->pids = (uint32_t)limits_number (dir, "pids.current");
}

/* The kernel tells of a change of memory.events as of a written file. */
static int v2_oom_fd (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, id), *path = xasprintf ("%s/memory.events", dir);
    autoclose int fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

    if (fd < 0 || inotify_add_watch (fd, path, IN_MODIFY) < 0)
        return -1;
    return take_fd (fd);
}

static void v2_dirs (struct limits *l, const char *id, struct strv *names,
                     struct strv *paths)
{
    autofree char *dir = group_dir (l, id);

    strv_add (names, "");
    strv_add (paths, dir);
}

static int v2_remove (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, id);

    return rmdir (dir) == 0 || errno == ENOENT ? 0 : -1;
}

static void v2_list (struct limits *l, struct strv *ids)
{
    autofree char *all = group_dir (l, "");

    limits_list_dir (all, ids);
}

static bool v2_enforces (struct limits *l, enum limits_part part)
{
    return has (l, part_controller[part]);
}

/* Every hierarchy of version 2 takes such programs, if we may load them. */
static bool v2_closes_devices (struct limits *l)
{
    return geteuid () == 0;
}

static void v2_free (struct limits *l)
{
    free (v2_of (l)->root);
    free (v2_of (l)->enabled);
    free (l);
}

static const struct limits_ops v2_ops = {
    .kind = LIMITS_V2,
    .create = v2_create,
    .join = v2_join,
    .apply = v2_apply,
    .rules = v2_rules,
    .freeze = v2_freeze,
    .frozen = v2_frozen,
    .kill = v2_kill,
    .pids = v2_pids,
    .usage = v2_usage,
    .oom_fd = v2_oom_fd,
    .dirs = v2_dirs,
    .remove = v2_remove,
    .list = v2_list,
    .enforces = v2_enforces,
    .closes_devices = v2_closes_devices,
    .free = v2_free,
};

/* The mount of cgroup2: "id parent device root POINT options - TYPE ...". */
static char *find_mount (void)
{
    autofree char *text = limits_read ("/proc/self", "mountinfo");

    for (char *p = text, *end; p && *p; p = end) {
        char *save = NULL, *point = NULL;

        end = p + strcspn (p, "\n");
        if (*end)
            *end++ = '\0';
        if (!strstr (p, " - cgroup2 "))
            continue;
        for (int i = 0; i < 5; i++)
            point = strtok_r (i ? NULL : p, " ", &save);
        return point ? xstrdup (point) : NULL;
    }
    return NULL;
}

struct limits *limits_v2_new (const char *root, struct err *err)
{
    autofree char *mount = root ? xstrdup (root) : find_mount ();
    autofree char *enabled = mount ? limits_read (mount, "cgroup.controllers") : NULL;

    if (!enabled || access (mount, W_OK) < 0) {
        (void)err_set (err, PROBLEM_UNSUPPORTED,
                       "no tree of control groups of version 2 that may be written");
        return NULL;
    }
    struct limits_v2 *v = xnew (struct limits_v2);
    v->base.ops = &v2_ops;
    v->root = xstrdup (mount);
    enabled[strcspn (enabled, "\n")] = '\0';
    v->enabled = xasprintf (" %s ", enabled);
    return &v->base;
}
