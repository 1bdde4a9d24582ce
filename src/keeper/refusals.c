/* refusals.c - what the limits of this sandbox refused, in words with numbers
 *
 * The counters' descriptors stay open, so that a look is nothing but reads.  A controller that is not there, that
 * has no such counter (that of the whole host) or no limit is left out.
 */

#include "keeper/refusals.h"
#include "base/buf.h"
#include "base/fd.h"
#include "keeper/memcg.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROC_MAX (1u << 20)
#define SMALL_FILE 4096

struct refusals {
    struct memcg_mount memory;
    char *memory_dir, *pids_dir, *cpu_dir;
    bool cpu_v2;
    int pids_fd, memory_fd, cpu_fd; /* counters, or -1 */
    long long refused, killed, periods, throttled;
    long long held; /* periods in a row that were cut short */
};

/* ---- counters ---- */

static long long counter (int fd, const char *key)
{
    char text[SMALL_FILE];
    ssize_t n = fd < 0 ? -1 : pread (fd, text, sizeof (text) - 1, 0);
    size_t len = strlen (key);

    if (n <= 0)
        return 0;
    text[n] = '\0';
    for (const char *p = text; *p; p += strcspn (p, "\n"), p += *p == '\n')
        if (!strncmp (p, key, len) && p[len] == ' ')
            return strtoll (p + len + 1, NULL, 10);
    return 0;
}

/* By how much it rose since *LAST, which is brought up to date. */
static long long risen (int fd, const char *key, long long *last)
{
    long long now = counter (fd, key), by = now - *last;

    *last = now;
    return by > 0 ? by : 0;
}

/* The number that a file of DIR begins with; -1: it says "max", or is not there. */
static long long number_in (const char *dir, const char *name, const char **rest,
                            char text[SMALL_FILE])
{
    autofree char *path = xasprintf ("%s/%s", dir, name);
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read (fd, text, SMALL_FILE - 1);
    char *end = text;

    text[n > 0 ? n : 0] = '\0';
    long long ret = strtoll (text, &end, 10);
    *rest = end;
    return end > text ? ret : -1;
}

struct cpu_limit {
    double cpus, period_s;
};

static struct cpu_limit cpu_limit (const struct refusals *r)
{
    char text[SMALL_FILE];
    const char *rest;
    long long quota =
        number_in (r->cpu_dir, r->cpu_v2 ? "cpu.max" : "cpu.cfs_quota_us", &rest, text);
    long long period = r->cpu_v2 ? strtoll (rest, NULL, 10)
                                 : number_in (r->cpu_dir, "cpu.cfs_period_us", &rest, text);

    if (quota <= 0 || period <= 0)
        return (struct cpu_limit){ 0, 0 };
    return (struct cpu_limit){ (double)quota / (double)period,
                               (double)period / (double)CLOCK_S };
}

/* ---- words ---- */

static bool told_of_processes (struct refusals *r, char ret[REFUSALS_TEXT])
{
    char text[SMALL_FILE];
    const char *rest;
    long long n = risen (r->pids_fd, "max", &r->refused);

    if (!n || !ret)
        return false;
    (void)snprintf (ret, REFUSALS_TEXT,
                    "Labwright: the limit of %lld processes and threads at once was "
                    "reached; %lld more %s refused.\n",
                    number_in (r->pids_dir, "pids.max", &rest, text), n,
                    n == 1 ? "was" : "were");
    return true;
}

static bool told_of_memory (struct refusals *r, char ret[REFUSALS_TEXT])
{
    long long n = risen (r->memory_fd, "oom_kill", &r->killed);

    if (!n || !ret)
        return false;
    (void)snprintf (ret, REFUSALS_TEXT,
                    "Labwright: %lld process%s killed because the memory limit of %lld MB "
                    "was reached (out of memory).\n",
                    n, n == 1 ? " was" : "es were",
                    (long long)(memcg_limit (&r->memory, r->memory_dir) >> 20));
    return true;
}

/* Who does not know why it is slow waits; who computes alone on one of two cores is not meant. */
static bool told_of_cpu (struct refusals *r, char ret[REFUSALS_TEXT])
{
    long long throttled = risen (r->cpu_fd, "nr_throttled", &r->throttled);
    long long periods = risen (r->cpu_fd, "nr_periods", &r->periods);

    r->held = !ret || (periods && !throttled) ? 0 : r->held + throttled;
    if (r->held < REFUSALS_PERIODS)
        return false;
    struct cpu_limit limit = cpu_limit (r);
    (void)snprintf (ret, REFUSALS_TEXT,
                    "Labwright: all of the %.3g CPUs of this machine are in use; what runs "
                    "was held back in each period of the last %.1f s.\n",
                    limit.cpus, (double)r->held * limit.period_s);
    r->held = 0;
    return true;
}

unsigned refusals_look (struct refusals *r, struct refusals_words *ret)
{
    static bool (*const kinds[REFUSAL_KINDS]) (struct refusals * r,
                                               char ret[REFUSALS_TEXT]) = {
        [REFUSAL_PROCESSES] = told_of_processes,
        [REFUSAL_MEMORY] = told_of_memory,
        [REFUSAL_CPU] = told_of_cpu,
    };
    unsigned what = 0;

    for (int i = 0; i < REFUSAL_KINDS; i++)
        what |= kinds[i](r, ret ? ret->text[i] : NULL) ? 1u << i : 0;
    return what;
}

/* ---- where they are ---- */

static char *read_proc (const char *path)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, PROC_MAX);
    if (fd_read_file (path, &b, NULL) < 0 || !b.len)
        return NULL;
    return buf_take (&b, NULL);
}

/* Open the counter NAME of the group that we are in; its directory into *DIR. */
static int open_counter (const struct memcg_mount *m, const char *cgroup, const char *name,
                         char **dir)
{
    *dir = m->point ? memcg_dir (m, cgroup) : NULL;
    if (!*dir)
        return -1;
    autofree char *path = xasprintf ("%s/%s", *dir, name);
    return open (path, O_RDONLY | O_CLOEXEC);
}

static int open_of (const char *mounts, const char *cgroup, const char *controller,
                    const char *name, char **dir, bool *v2)
{
    autodone (memcg_mount_done) struct memcg_mount m;

    (void)memcg_find_controller (mounts, controller, &m);
    *v2 = m.v2;
    return open_counter (&m, cgroup, name, dir);
}

struct refusals *refusals_new_of (const char *mounts, const char *cgroup)
{
    struct refusals *r = xnew (struct refusals);
    bool v2;

    r->pids_fd = open_of (mounts, cgroup, "pids", "pids.events", &r->pids_dir, &v2);
    r->cpu_fd = open_of (mounts, cgroup, "cpu", "cpu.stat", &r->cpu_dir, &r->cpu_v2);
    (void)memcg_find (mounts, &r->memory);
    r->memory_fd = open_counter (&r->memory, cgroup,
                                 r->memory.v2 ? "memory.events" : "memory.oom_control",
                                 &r->memory_dir);
    if (r->memory_dir && memcg_limit (&r->memory, r->memory_dir) == MEMCG_UNKNOWN) {
        auto_closep (&r->memory_fd);
        r->memory_fd = -1;
    }
    (void)refusals_look (r, NULL);
    if (r->pids_fd >= 0 || r->cpu_fd >= 0 || r->memory_fd >= 0)
        return r;
    refusals_free (r);
    return NULL;
}

struct refusals *refusals_new (void)
{
    autofree char *mounts = read_proc ("/proc/self/mountinfo");
    autofree char *cgroup = read_proc ("/proc/self/cgroup");

    return mounts && cgroup ? refusals_new_of (mounts, cgroup) : NULL;
}

void refusals_free (struct refusals *r)
{
    if (!r)
        return;
    auto_closep (&r->pids_fd);
    auto_closep (&r->memory_fd);
    auto_closep (&r->cpu_fd);
    free (r->pids_dir);
    free (r->memory_dir);
    free (r->cpu_dir);
    memcg_mount_done (&r->memory);
    free (r);
}
