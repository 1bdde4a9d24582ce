/* limits_none.c - no control groups: without root, or on a host that has none
 *
 * Nothing is limited.  Who belongs to a sandbox is who shares the pid namespace of its first process, which
 * also ends them all when it is killed; what they use is added up from /proc.  Freezing is SIGSTOP, which a
 * process can see.
 */

#include "sandbox/limits_ops.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_PIDS 65536

/* The inode of a process's pid namespace; 0: it ended, or is not ours to look at. */
static ino_t namespace_of (pid_t pid)
{
    char path[64];
    struct stat st;

    (void)snprintf (path, sizeof path, "/proc/%d/ns/pid", (int)pid);
    return stat (path, &st) < 0 ? 0 : st.st_ino;
}

static pid_t *none_pids (struct limits *l, const char *id, pid_t first, size_t *ret_n)
{
    ino_t ours = first ? namespace_of (first) : 0;
    DIR *d = ours && ours != namespace_of (getpid ()) ? opendir ("/proc") : NULL;
    pid_t *ret = NULL;
    size_t room = 0;

    for (struct dirent *e; d && (e = readdir (d)) && *ret_n < MAX_PIDS;) {
        pid_t pid =
            isdigit ((unsigned char)e->d_name[0]) ? (pid_t)strtol (e->d_name, NULL, 10) : 0;

        if (!pid || namespace_of (pid) != ours)
            continue;
        if (*ret_n == room)
            ret = xrealloc (ret, room = room ? 2 * room : 32, sizeof *ret);
        ret[(*ret_n)++] = pid;
    }
    if (d)
        (void)closedir (d);
    return ret;
}

/* CPU time in ticks and resident pages of one process. */
static void add_process (pid_t pid, struct limits_usage *ret)
{
    static const char ticks[] = "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu";
    unsigned long long user = 0, system_time = 0, pages = 0;
    char dir[32];

    (void)snprintf (dir, sizeof dir, "/proc/%d", (int)pid);
    autofree char *stat_text = limits_read (dir, "stat"),
                  *statm = limits_read (dir, "statm");
    const char *after = stat_text ? strrchr (stat_text, ')') : NULL;
    if (!after || !statm || sscanf (after + 1, ticks, &user, &system_time) != 2 ||
        sscanf (statm, "%*u %llu", &pages) != 1)
        return;
    ret->pids++;
    ret->cpu_us += (user + system_time) * 1000000 / (unsigned long)sysconf (_SC_CLK_TCK);
    ret->mem += pages * (unsigned long)sysconf (_SC_PAGESIZE);
}

static void none_usage (struct limits *l, const char *id, pid_t first,
                        struct limits_usage *ret)
{
    size_t n = 0;
    autofree pid_t *pids = none_pids (l, id, first, &n);

    for (size_t i = 0; i < n; i++)
        add_process (pids[i], ret);
    ret->mem_all = ret->mem;
}

static int none_create (struct limits *l, const char *id, const struct limits_set *set,
                        struct err *err)
{
    return 0;
}

static int none_join (struct limits *l, const char *id, struct err *err)
{
    return 0;
}

static int none_apply (struct limits *l, const char *id, enum limits_part part,
                       const struct limits_set *set, struct err *err)
{
    return 0;
}

static int none_rules (struct limits *l, const char *id, const struct limits_rule *rules,
                       size_t n, struct err *err)
{
    return 0;
}

static int none_freeze (struct limits *l, const char *id, bool freeze, struct err *err)
{
    return err_set (err, PROBLEM_UNSUPPORTED, "without control groups nothing is frozen");
}

static bool none_frozen (struct limits *l, const char *id)
{
    return false;
}

static void none_kill (struct limits *l, const char *id) {}

static int none_oom_fd (struct limits *l, const char *id)
{
    return -1;
}

static void none_dirs (struct limits *l, const char *id, struct strv *names,
                       struct strv *paths)
{
}

static int none_remove (struct limits *l, const char *id)
{
    return 0;
}

static void none_list (struct limits *l, struct strv *ids) {}

static bool none_enforces (struct limits *l, enum limits_part part)
{
    return false;
}

static bool none_closes_devices (struct limits *l)
{
    return false;
}

static void none_free (struct limits *l)
{
    free (l);
}

static const struct limits_ops none_ops = {
    .kind = LIMITS_NONE,
    .create = none_create,
    .join = none_join,
    .apply = none_apply,
    .rules = none_rules,
    .freeze = none_freeze,
    .frozen = none_frozen,
    .kill = none_kill,
    .pids = none_pids,
    .usage = none_usage,
    .oom_fd = none_oom_fd,
    .dirs = none_dirs,
    .remove = none_remove,
    .list = none_list,
    .enforces = none_enforces,
    .closes_devices = none_closes_devices,
    .free = none_free,
};

struct limits *limits_none_new (void)
{
    struct limits *l = xnew (struct limits);

    l->ops = &none_ops;
    return l;
}
