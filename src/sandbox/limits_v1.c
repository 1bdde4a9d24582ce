/* limits_v1.c - control groups of version 1, and hybrid, through libcgroup
 *
 * libcgroup finds the mounts, and makes and removes the group in all hierarchies at once.  What
 * changes while a sandbox lives is written to the files by ourselves: the library keeps one value of a name
 * for a controller (a second devices.allow is refused), and the order of the writes matters.
 *
 * Traps: cpuset.cpus and cpuset.mems of every ancestor come first; with swap accounting the limit with swap
 * must never be below the one without, so it is raised first and lowered last; cgroup_init fills globals of
 * the library and is called once.
 */

#include "base/clock.h"
#include "sandbox/limits_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <libcgroup.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

/* Exported by the library, but missing in its headers: 1 or 2. */
int cgroup_get_controller_version (const char *controller, unsigned int *version);

enum { CPU, CPUACCT, CPUSET, MEMORY, PIDS, DEVICES, FREEZER, BLKIO, CONTROLLERS };
static const char *const names[CONTROLLERS] = { "cpu",  "cpuacct", "cpuset",  "memory",
                                                "pids", "devices", "freezer", "blkio" };

struct limits_v1 {
    struct limits base;
    char *mount[CONTROLLERS]; /* NULL: not there */
};

static struct limits_v1 *v1_of (struct limits *l)
{
    return (struct limits_v1 *)l;
}

static char *group_dir (struct limits *l, int controller, const char *id)
{
    const char *mount = v1_of (l)->mount[controller];

    return mount ? xasprintf ("%s/" LIMITS_GROUP "/%s", mount, id) : NULL;
}

static int fail (struct err *err, int code, const char *what, const char *id)
{
    int sys = code == ECGOTHER ? cgroup_get_last_errno () : 0;

    if (sys)
        return err_sys (err, sys, "%s control group " LIMITS_GROUP "/%s", what, id);
    return err_set (err, PROBLEM_INTERNAL, "%s control group " LIMITS_GROUP "/%s: %s", what,
                    id, cgroup_strerror (code));
}

/* ---- make ---- */

/* The library's picture of LIMITS_GROUP[/ID] in every hierarchy that is there. */
static struct cgroup *group_new (struct limits *l, const char *id)
{
    autofree char *name = *id ? xasprintf (LIMITS_GROUP "/%s", id) : xstrdup (LIMITS_GROUP);
    struct cgroup *g = cgroup_new_cgroup (name);

    for (int i = 0; g && i < CONTROLLERS; i++)
        if (v1_of (l)->mount[i] && !cgroup_add_controller (g, names[i]))
            cgroup_free (&g);
    return g;
}

static char *first_line (char *text)
{
    if (text)
        text[strcspn (text, "\n")] = '\0';
    return text;
}

/* A new group of cpuset has no cpus and no memory nodes, and takes nobody: as its parent has. */
static void give_cpus (struct limits *l, struct cgroup *g, const char *parent,
                       const char *cpuset)
{
    struct cgroup_controller *c = cgroup_get_controller (g, "cpuset");
    autofree char *dir = NULL, *cpus = NULL, *mems = NULL;

    if (!c)
        return;
    dir = xasprintf ("%s/%s", v1_of (l)->mount[CPUSET], parent);
    cpus = first_line (limits_read (dir, "cpuset.cpus"));
    mems = first_line (limits_read (dir, "cpuset.mems"));
    if (cpus && mems) {
        (void)cgroup_add_value_string (c, "cpuset.mems", mems);
        (void)cgroup_add_value_string (c, "cpuset.cpus", *cpuset ? cpuset : cpus);
    }
}

static int make (struct limits *l, const char *id, const char *parent, const char *cpuset,
                 struct err *err)
{
    struct cgroup *g = group_new (l, id);
    int code;

    if (!g)
        return err_set (err, PROBLEM_INTERNAL, "libcgroup: no memory");
    give_cpus (l, g, parent, cpuset);
    code = cgroup_create_cgroup (g, 1);
    cgroup_free (&g);
    return code ? fail (err, code, "make", id) : 0;
}

static int v1_create (struct limits *l, const char *id, const struct limits_set *set,
                      struct err *err)
{
    if (make (l, "", "", "", err) < 0 || make (l, id, LIMITS_GROUP, set->cpuset, err) < 0)
        return -1;
    for (int part = 0; part < LIMITS_PART_COUNT; part++)
        if (l->ops->apply (l, id, (enum limits_part)part, set, err) < 0) {
            (void)l->ops->remove (l, id);
            return -1;
        }
    return 0;
}

/* A thread that moves itself, "0", moves at once; for a number, as the library writes it, the kernel holds all forks
 * and waits for a grace period, 5 to 15 ms (cgroup_procs_write_start, since Linux 5.17). */
static int v1_join (struct limits *l, const char *id, struct err *err)
{
    int rc = 0;

    for (int i = 0; i < CONTROLLERS && rc == 0; i++) {
        autofree char *dir = group_dir (l, i, id);

        if (dir)
            rc = limits_write (dir, "tasks", "0", err);
    }
    return rc;
}

/* ---- limits ---- */

static int apply_memory (const char *dir, uint64_t bytes, struct err *err)
{
    char text[32];
    autofree char *swap = limits_read (dir, "memory.memsw.limit_in_bytes");
    bool raise = bytes == 0 || bytes > limits_number (dir, "memory.limit_in_bytes");

    (void)snprintf (text, sizeof text, "%lld", bytes ? (long long)bytes : -1ll);
    if (swap && raise)
        (void)limits_write (dir, "memory.memsw.limit_in_bytes", text, NULL);
    if (limits_write (dir, "memory.limit_in_bytes", text, err) < 0)
        return -1;
    if (swap && !raise)
        (void)limits_write (dir, "memory.memsw.limit_in_bytes", text, NULL);
    return 0;
}

static int apply_cpu (const char *dir, double cpus, struct err *err)
{
    char quota[32];
    long long us = cpus > 0 ? (long long)(cpus * LIMITS_PERIOD_US) : -1;

    (void)snprintf (quota, sizeof quota, "%lld", us > 0 && us < 1000 ? 1000 : us);
    if (limits_write (dir, "cpu.cfs_period_us", "100000", err) < 0)
        return -1;
    return limits_write (dir, "cpu.cfs_quota_us", quota, err);
}

static int apply_cpuset (struct limits *l, const char *dir, const char *cpuset,
                         struct err *err)
{
    autofree char *parent = NULL, *cpus = NULL;

    if (*cpuset)
        return limits_write (dir, "cpuset.cpus", cpuset, err);
    parent = xasprintf ("%s/" LIMITS_GROUP, v1_of (l)->mount[CPUSET]);
    cpus = first_line (limits_read (parent, "cpuset.cpus"));
    return limits_write (dir, "cpuset.cpus", cpus ? cpus : "", err);
}

static int apply_pids (const char *dir, uint32_t pids, struct err *err)
{
    char text[16];

    (void)snprintf (text, sizeof text, "%u", pids);
    return limits_write (dir, "pids.max", pids ? text : "max", err);
}

static const int part_controller[LIMITS_PART_COUNT] = {
    [LIMITS_MEMORY] = MEMORY,
    [LIMITS_CPUSET_PART] = CPUSET,
    [LIMITS_CPU] = CPU,
    [LIMITS_PIDS] = PIDS,
};

static int v1_apply (struct limits *l, const char *id, enum limits_part part,
                     const struct limits_set *set, struct err *err)
{
    autofree char *dir = group_dir (l, part_controller[part], id);

    if (!dir)
        return 0;
    switch (part) {
    case LIMITS_MEMORY: return apply_memory (dir, set->memory, err);
    case LIMITS_CPUSET_PART: return apply_cpuset (l, dir, set->cpuset, err);
    case LIMITS_CPU: return apply_cpu (dir, set->cpus, err);
    default: return apply_pids (dir, set->pids, err);
    }
}

/* ---- devices ---- */

static void rule_text (char ret[40], const struct limits_rule *r)
{
    if (r->minor == LIMITS_ANY)
        (void)snprintf (ret, 40, "c %u:* rwm", r->major);
    else
        (void)snprintf (ret, 40, "c %u:%u rwm", r->major, r->minor);
}

static bool has_rule (const struct limits_rule *rules, size_t n, const char *line)
{
    char text[40];

    for (size_t i = 0; i < n; i++) {
        rule_text (text, &rules[i]);
        if (!strncmp (line, text, strlen (text)))
            return true;
    }
    return false;
}

/* Allows come first, so that nothing which stays is closed for a moment; "a" as the first word means that
 * everything is open, as in a new group. */
static int v1_rules (struct limits *l, const char *id, const struct limits_rule *rules,
                     size_t n, struct err *err)
{
    autofree char *dir = group_dir (l, DEVICES, id);
    autofree char *now = dir ? limits_read (dir, "devices.list") : NULL;
    char text[40];

    if (!dir)
        return 0;
    if (now && now[0] == 'a' && limits_write (dir, "devices.deny", "a", err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        rule_text (text, &rules[i]);
        if (limits_write (dir, "devices.allow", text, err) < 0)
            return -1;
    }
    for (char *p = now, *end; p && *p && *p != 'a'; p = end) {
        end = p + strcspn (p, "\n");
        if (*end)
            *end++ = '\0';
        if (!has_rule (rules, n, p) && limits_write (dir, "devices.deny", p, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- freeze, kill ---- */

static bool is_state (const char *dir, const char *state)
{
    autofree char *now = limits_read (dir, "freezer.state");

    return now && !strncmp (now, state, strlen (state));
}

static bool v1_frozen (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, FREEZER, id);

    return dir && !is_state (dir, "THAWED");
}

static int v1_freeze (struct limits *l, const char *id, bool freeze, struct err *err)
{
    autofree char *dir = group_dir (l, FREEZER, id);

    if (!dir)
        return err_set (err, PROBLEM_UNSUPPORTED, "this host has no freezer");
    if (!freeze)
        return limits_write (dir, "freezer.state", "THAWED", err);
    if (limits_write (dir, "freezer.state", "FROZEN", err) < 0)
        return -1;
    for (int64_t until = clock_mono_us () + 200 * CLOCK_MS; clock_mono_us () < until;) {
        if (is_state (dir, "FROZEN"))
            return 0;
        (void)usleep (1000);
    }
    (void)limits_write (dir, "freezer.state", "THAWED", NULL);
    return err_set (err, PROBLEM_BUSY, "a process of %s cannot be frozen now", id);
}

static pid_t *v1_pids (struct limits *l, const char *id, pid_t first, size_t *ret_n)
{
    autofree char *dir = group_dir (l, MEMORY, id);
    autofree char *text = dir ? limits_read (dir, "cgroup.procs") : NULL;

    return text ? limits_parse_pids (text, ret_n) : NULL;
}

/* Who forks faster than we signal is held by the freezer meanwhile; the signals work when it lets go. */
static void v1_kill (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, FREEZER, id);
    size_t n = 0;

    if (dir)
        (void)limits_write (dir, "freezer.state", "FROZEN", NULL);
    autofree pid_t *pids = v1_pids (l, id, 0, &n);
    for (size_t i = 0; i < n; i++)
        (void)kill (pids[i], SIGKILL);
    if (dir)
        (void)limits_write (dir, "freezer.state", "THAWED", NULL);
}

/* ---- what is told ---- */

/* The kernel's page counter counts in pages up to this; above it is no limit. */
#define NO_LIMIT (1ull << 60)

static void memory_usage (const char *dir, struct limits_usage *ret)
{
    autofree char *stat = limits_read (dir, "memory.stat");
    autofree char *oom = limits_read (dir, "memory.oom_control");
    uint64_t cache = limits_field (stat, "total_inactive_file");
    uint64_t limit = limits_number (dir, "memory.limit_in_bytes");

    ret->mem_all = limits_number (dir, "memory.usage_in_bytes");
    ret->mem = ret->mem_all > cache ? ret->mem_all - cache : 0;
    ret->mem_peak = limits_number (dir, "memory.max_usage_in_bytes");
    ret->mem_limit = limit < NO_LIMIT ? limit : 0;
    ret->oom_kills = limits_field (oom, "oom_kill");
}

static void v1_usage (struct limits *l, const char *id, pid_t first,
                      struct limits_usage *ret)
{
    autofree char *memory = group_dir (l, MEMORY, id), *cpu = group_dir (l, CPU, id);
    autofree char *acct = group_dir (l, CPUACCT, id), *pids = group_dir (l, PIDS, id);

    if (memory)
        memory_usage (memory, ret);
    if (acct)
        ret->cpu_us = limits_number (acct, "cpuacct.usage") / 1000;
    if (cpu) {
        autofree char *stat = limits_read (cpu, "cpu.stat");
        ret->throttled_us = limits_field (stat, "throttled_time") / 1000;
    }
    if (pids)
        ret->pids = (uint32_t)limits_number (pids, "pids.current");
}

static int v1_oom_fd (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, MEMORY, id);
    autofree char *path = dir ? xasprintf ("%s/memory.oom_control", dir) : NULL;
    autoclose int control = path ? open (path, O_RDONLY | O_CLOEXEC) : -1;
    autoclose int fd = control < 0 ? -1 : eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    char text[32];

    if (fd < 0)
        return -1;
    (void)snprintf (text, sizeof text, "%d %d", fd, control);
    if (limits_write (dir, "cgroup.event_control", text, NULL) < 0)
        return -1;
    return take_fd (fd);
}

static void v1_dirs (struct limits *l, const char *id, struct strv *ret_names,
                     struct strv *paths)
{
    for (int i = 0; i < CONTROLLERS; i++) {
        autofree char *dir = group_dir (l, i, id);

        if (dir) {
            strv_add (ret_names, names[i]);
            strv_add (paths, dir);
        }
    }
}

static int v1_remove (struct limits *l, const char *id)
{
    autofree char *dir = group_dir (l, MEMORY, id);
    size_t n = 0;
    autofree pid_t *pids = v1_pids (l, id, 0, &n);
    struct cgroup *g;

    if (n || !(g = group_new (l, id)))
        return -1;
    (void)cgroup_delete_cgroup_ext (g, CGFLAG_DELETE_EMPTY_ONLY);
    cgroup_free (&g);
    return dir && access (dir, F_OK) == 0 ? -1 : 0;
}

static void v1_list (struct limits *l, struct strv *ids)
{
    autofree char *dir = group_dir (l, MEMORY, "");

    if (dir)
        limits_list_dir (dir, ids);
}

static bool v1_enforces (struct limits *l, enum limits_part part)
{
    return v1_of (l)->mount[part_controller[part]];
}

static bool v1_closes_devices (struct limits *l)
{
    return v1_of (l)->mount[DEVICES];
}

static void v1_free (struct limits *l)
{
    for (int i = 0; i < CONTROLLERS; i++)
        free (v1_of (l)->mount[i]);
    free (l);
}

static const struct limits_ops v1_ops = {
    .kind = LIMITS_V1,
    .create = v1_create,
    .join = v1_join,
    .apply = v1_apply,
    .rules = v1_rules,
    .freeze = v1_freeze,
    .frozen = v1_frozen,
    .kill = v1_kill,
    .pids = v1_pids,
    .usage = v1_usage,
    .oom_fd = v1_oom_fd,
    .dirs = v1_dirs,
    .remove = v1_remove,
    .list = v1_list,
    .enforces = v1_enforces,
    .closes_devices = v1_closes_devices,
    .free = v1_free,
};

/* Version 1 and ours to write. */
static char *find_mount (const char *controller)
{
    unsigned version = 0;
    char *mount = NULL;

    if (cgroup_get_controller_version (controller, &version) != 0 || version != 1 ||
        cgroup_get_subsys_mount_point (controller, &mount) != 0)
        return NULL;
    if (access (mount, W_OK) == 0)
        return mount;
    free (mount);
    return NULL;
}

struct limits *limits_v1_new (struct err *err)
{
    struct limits_v1 *v = xnew (struct limits_v1);
    int code = cgroup_init ();

    v->base.ops = &v1_ops;
    for (int i = 0; code == 0 && i < CONTROLLERS; i++)
        v->mount[i] = find_mount (names[i]);
    if (v->mount[MEMORY])
        return &v->base;
    (void)err_set (err, PROBLEM_UNSUPPORTED,
                   "no memory controller of version 1 that may be written: %s",
                   code ? cgroup_strerror (code) : "not mounted");
    v1_free (&v->base);
    return NULL;
}
