/* usage.c - one sample of the machine and of our process trees (usage.h)
 *
 * All of /proc/PID/stat is read once to know who is below whom; the costlier smaps_rollup
 * only of what is ours.
 */

#include "server/usage.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define HEAD 8192 /* what is wanted stands in the first bytes of these files */

/* The beginning of a file as text; "" if it cannot be read. */
static const char *read_head (const char *path, char text[HEAD])
{
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t n = 0;
    while (fd >= 0 && n < HEAD - 1) {
        ssize_t got = read (fd, text + n, HEAD - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    text[n] = '\0';
    return text;
}

static const char *read_proc (pid_t pid, const char *name, char text[HEAD])
{
    char path[64];
    (void)snprintf (path, sizeof (path), "/proc/%d/%s", (int)pid, name);
    return read_head (path, text);
}

/* ---- processes ------------------------------------------------------------------------
 */

/* Every process of the machine; malloc'ed. */
static struct usage_proc *scan (size_t *ret_n)
{
    struct usage_proc *all = NULL;
    size_t n = 0, room = 0;
    char text[HEAD];
    DIR *d = opendir ("/proc");
    for (struct dirent *e; d && n < USAGE_SCANNED && (e = readdir (d));) {
        struct usage_proc p = { 0 };
        long pid = isdigit ((unsigned char)e->d_name[0]) ? strtol (e->d_name, NULL, 10) : 0;
        if (pid <= 0 || pid > INT32_MAX ||
            !usage_parse_stat (read_proc ((pid_t)pid, "stat", text), &p))
            continue;
        if (n == room) {
            room = room ? 2 * room : 256;
            all = xrealloc (all, room, sizeof (*all));
        }
        all[n++] = p;
    }
    if (d)
        (void)closedir (d);
    *ret_n = n;
    return all;
}

static bool has (const struct usage_proc *procs, size_t n, pid_t pid)
{
    for (size_t i = 0; i < n; i++)
        if (procs[i].pid == pid)
            return true;
    return false;
}

static void keep (struct usage_sample *u, const struct usage_proc *p)
{
    if (u->nprocs < USAGE_PROCS && !has (u->procs, u->nprocs, p->pid))
        u->procs[u->nprocs++] = *p;
}

/* The roots, and then the children of each that is kept, as far as they go. */
static void keep_trees (struct usage_sample *u, const struct usage_proc *all, size_t n,
                        const pid_t *roots, size_t nroots)
{
    u->procs = xcalloc (USAGE_PROCS < n ? USAGE_PROCS : n + 1, sizeof (*u->procs));
    for (size_t r = 0; r < nroots; r++)
        for (size_t i = 0; i < n; i++)
            if (all[i].pid == roots[r])
                keep (u, &all[i]);
    for (size_t k = 0; k < u->nprocs; k++)
        for (size_t i = 0; i < n; i++)
            if (all[i].parent == u->procs[k].pid)
                keep (u, &all[i]);
}

/* A process whose maps we may not read shares nothing as far as we know. */
static void measure (struct usage_proc *p)
{
    char text[HEAD];
    const char *t = read_proc (p->pid, "smaps_rollup", text);
    if (usage_parse_kb (t, "Rss", &p->rss) && usage_parse_kb (t, "Pss", &p->pss))
        return;
    if (!usage_parse_kb (read_proc (p->pid, "status", text), "VmRSS", &p->rss))
        p->rss = 0;
    p->pss = p->rss;
}

/* ---- the machine ----------------------------------------------------------------------
 */

static void read_host (struct usage_host *h)
{
    char text[HEAD];
    const struct {
        const char *key;
        uint64_t *to;
    } lines[] = {
        { "MemTotal", &h->total },    { "MemAvailable", &h->available },
        { "MemFree", &h->free },      { "Active", &h->active },
        { "Inactive", &h->inactive }, { "Buffers", &h->buffers },
        { "Cached", &h->cached },     { "Shmem", &h->shared },
        { "Slab", &h->slab },
    };
    usage_parse_cpu_total (read_head ("/proc/stat", text), h);
    (void)read_head ("/proc/meminfo", text);
    for (size_t i = 0; i < ARRAY_SIZE (lines); i++)
        (void)usage_parse_kb (text, lines[i].key, lines[i].to);
}

/* A limit above is a limit, too: look from PATH up to the root of MOUNT. */
static void read_limits (struct usage_sample *u, const char *mount, char *path, bool v2)
{
    char file[PATH_MAX], text[HEAD];
    for (char *slash = path + strlen (path); slash; slash = strrchr (path, '/')) {
        *slash = '\0';
        (void)snprintf (file, sizeof (file), "%s%s/%s", mount, path,
                        v2 ? "memory.max" : "memory.limit_in_bytes");
        uint64_t memory = usage_parse_memory_limit (read_head (file, text));
        if (memory < u->memory_limit)
            u->memory_limit = memory;
        if (!v2)
            continue;
        (void)snprintf (file, sizeof (file), "%s%s/cpu.max", mount, path);
        double cpu = usage_parse_cpu_limit (read_head (file, text));
        if (cpu > 0 && (u->cpu_limit <= 0 || cpu < u->cpu_limit))
            u->cpu_limit = cpu;
    }
}

static void find_limits (struct usage_sample *u)
{
    char text[HEAD], path[1024];
    u->memory_limit = USAGE_NO_LIMIT;
    (void)read_head ("/proc/self/cgroup", text);
    if (usage_parse_cgroup (text, "memory", path, sizeof (path)))
        read_limits (u, "/sys/fs/cgroup/memory", path, false);
    if (usage_parse_cgroup (text, "", path, sizeof (path)))
        read_limits (u, "/sys/fs/cgroup", path, true);
    if (u->memory_limit > u->host.total)
        u->memory_limit = USAGE_NO_LIMIT;
}

struct usage_sample *usage_take_processes (const pid_t *roots, size_t nroots)
{
    struct usage_sample *u = xnew (struct usage_sample);
    size_t n;
    autofree struct usage_proc *all = scan (&n);
    u->at_us = clock_mono_us ();
    keep_trees (u, all, n, roots, nroots);
    return u;
}

struct usage_sample *usage_take (const pid_t *roots, size_t nroots, const char *dir)
{
    struct usage_sample *u = usage_take_processes (roots, nroots);
    struct statvfs fs;
    for (size_t i = 0; i < u->nprocs; i++)
        measure (&u->procs[i]);
    read_host (&u->host);
    find_limits (u);
    if (!statvfs (dir, &fs)) {
        u->disk_total = (uint64_t)fs.f_blocks * fs.f_frsize;
        u->disk_used = (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
    }
    return u;
}

void usage_free (struct usage_sample *u)
{
    if (!u)
        return;
    free (u->procs);
    free (u);
}

/* ---- sums -----------------------------------------------------------------------------
 */

const struct usage_proc *usage_find (const struct usage_sample *u, pid_t pid)
{
    for (size_t i = 0; i < u->nprocs; i++)
        if (u->procs[i].pid == pid)
            return &u->procs[i];
    return NULL;
}

/* Is P the process PID or below it?  Bounded: a torn sample could hold a circle. */
static bool below (const struct usage_sample *u, const struct usage_proc *p, pid_t pid)
{
    for (size_t depth = 0; p && depth <= u->nprocs; depth++) {
        if (!pid || p->pid == pid)
            return true;
        p = usage_find (u, p->parent);
    }
    return false;
}

void usage_memory (const struct usage_sample *u, pid_t pid, uint64_t *ret_rss,
                   uint64_t *ret_pss)
{
    *ret_rss = *ret_pss = 0;
    for (size_t i = 0; i < u->nprocs; i++) {
        if (!below (u, &u->procs[i], pid))
            continue;
        *ret_rss += u->procs[i].rss;
        *ret_pss += u->procs[i].pss;
    }
}

/* A process that began in between used all its time in between. */
static uint64_t ticks_since (const struct usage_proc *p, const struct usage_sample *before)
{
    const struct usage_proc *old = usage_find (before, p->pid);
    uint64_t had = old && old->started == p->started ? old->ticks : 0;
    return p->ticks > had ? p->ticks - had : 0;
}

double usage_cpu_percent (const struct usage_sample *u, const struct usage_sample *before,
                          pid_t pid)
{
    uint64_t ticks = 0;
    if (!before || u->at_us <= before->at_us)
        return 0;
    for (size_t i = 0; i < u->nprocs; i++)
        if (below (u, &u->procs[i], pid))
            ticks += ticks_since (&u->procs[i], before);
    double seconds = (double)(u->at_us - before->at_us) / CLOCK_S;
    return 100.0 * (double)ticks / (double)sysconf (_SC_CLK_TCK) / seconds;
}

double usage_cpu_seconds (const struct usage_sample *u, pid_t pid)
{
    uint64_t ticks = 0;
    for (size_t i = 0; i < u->nprocs; i++)
        if (below (u, &u->procs[i], pid))
            ticks += u->procs[i].ticks;
    return (double)ticks / (double)sysconf (_SC_CLK_TCK);
}

double usage_host_percent (const struct usage_sample *u, const struct usage_sample *before)
{
    if (!before || u->host.all <= before->host.all || u->host.busy <= before->host.busy)
        return 0;
    return 100.0 * (double)(u->host.busy - before->host.busy) /
           (double)(u->host.all - before->host.all);
}
