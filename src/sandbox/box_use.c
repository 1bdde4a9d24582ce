/* box_use.c - what a sandbox uses, and when it ran out of memory */
#include "sandbox/box.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_BYTES (4 << 20)
#define DISK_US (60 * CLOCK_S)
#define OOM_LOOK_US (10 * CLOCK_MS)
#define OOM_LOOKS 100

/* ---- samples -------------------------------------------------------------------------------- */

static void on_counted (void *arg, int64_t number)
{
    struct box *b = arg;
    b->counting = NULL;
    if (number >= 0)
        b->disk = (uint64_t)number;
}

static void count_disk (struct box *b)
{
    int64_t now = clock_mono_us ();
    if (b->counting || (b->disk_us && now - b->disk_us < DISK_US))
        return;
    b->disk_us = now;
    autofree char *home = xasprintf ("%s/ws/%s/home", b->all->config.state, b->r.spec.home);
    autofree char *upper =
        xasprintf ("%s/ws/%s/upper", b->all->config.state, b->r.spec.home);
    const char *const dirs[] = { home, upper };
    b->counting = helper_start (b->all->config.turn, "count", dirs, 2, on_counted, b);
}

static double cores (struct box *b, uint64_t cpu_us)
{
    uint64_t now = (uint64_t)clock_mono_us ();
    double used = b->cpu_at_us && now > b->cpu_at_us && cpu_us >= b->cpu_us
                      ? (double)(cpu_us - b->cpu_us) / (double)(now - b->cpu_at_us)
                      : 0;
    b->cpu_us = cpu_us;
    b->cpu_at_us = now;
    return used;
}

json_t *box_sample (struct box *b)
{
    struct limits_usage u;
    limits_usage (b->all->config.limits, b->r.spec.id, b->r.pid, &u);
    struct spawn_sample s = {
        .generation = b->r.spec.generation,
        .t_us = clock_wall_us (),
        .cpu = cores (b, u.cpu_us),
        .cpu_limit = b->g.set.cpus,
        .cpu_us = u.cpu_us,
        .throttled_us = u.throttled_us,
        .mem = u.mem,
        .mem_limit = u.mem_limit,
        .disk = b->disk,
        .disk_limit = b->g.disk,
        .pids = u.pids,
        .pids_limit = b->g.set.pids,
        .oom_kills = u.oom_kills,
    };
    memcpy (s.sandbox, b->r.spec.id, sizeof s.sandbox);
    count_disk (b);
    return spawn_sample_json (&s);
}

/* What runs inside can get at the log, which counts to no limit of its disk. */
static void trim_log (struct box *b)
{
    autofree char *path = xasprintf ("%s/ws/%s/log", b->all->config.state, b->r.spec.home);
    struct stat st;
    if (lstat (path, &st) == 0 && S_ISREG (st.st_mode) && st.st_size > LOG_BYTES)
        (void)!truncate (path, 0);
}

static void on_pace (void *arg)
{
    struct box *b = arg;
    trim_log (b);
    b->pace = turn_after (b->all->config.turn, b->every_us, on_pace, b);
    b->all->config.tell (b->all->config.arg, SPAWN_SAMPLE, box_sample (b));
}

void box_pace (struct box *b, int64_t every_ms)
{
    if (every_ms <= 0)
        every_ms = SPAWN_STATS_MS;
    b->every_us =
        (every_ms < SPAWN_STATS_MIN_MS ? SPAWN_STATS_MIN_MS : every_ms) * CLOCK_MS;
    turn_cancel (b->pace);
    b->pace = turn_after (b->all->config.turn, b->every_us, on_pace, b);
}

/* ---- out of memory ----------------------------------------------------------------------------- */

static void tell_oom (struct box *b, const struct limits_usage *u)
{
    struct spawn_oom o = { .generation = b->r.spec.generation,
                           .kills = u->oom_kills,
                           .kills_before = b->kills_told,
                           .mem = u->mem_all,
                           .mem_limit = u->mem_limit,
                           .mem_peak = u->mem_peak };
    memcpy (o.sandbox, b->r.spec.id, sizeof o.sandbox);
    b->kills_told = u->oom_kills;
    b->all->config.tell (b->all->config.arg, SPAWN_OOM, spawn_oom_json (&o));
}

static void look_for_kills (void *arg)
{
    struct box *b = arg;
    struct limits_usage u;
    b->oom_look = NULL;
    limits_usage (b->all->config.limits, b->r.spec.id, b->r.pid, &u);
    if (u.oom_kills != b->kills_told)
        tell_oom (b, &u);
    else if (++b->oom_looks < OOM_LOOKS)
        b->oom_look = turn_after (b->all->config.turn, OOM_LOOK_US, look_for_kills, b);
}

/* Version 1 tells before the kernel has chosen whom to end. */
static void on_oom (void *arg, unsigned events)
{
    struct box *b = arg;
    char drained[4096];
    (void)events;
    (void)!read (b->oom_fd, drained, sizeof drained);
    b->oom_looks = 0;
    turn_cancel (b->oom_look);
    look_for_kills (b);
}

/* ---- begin and end ------------------------------------------------------------------------------- */

void box_use_begin (struct box *b)
{
    struct limits_usage u;
    limits_usage (b->all->config.limits, b->r.spec.id, b->r.pid, &u);
    b->kills_told = u.oom_kills;
    (void)cores (b, u.cpu_us);
    b->oom_fd = limits_oom_fd (b->all->config.limits, b->r.spec.id);
    if (b->oom_fd >= 0)
        b->oom_watch =
            turn_watch (b->all->config.turn, b->oom_fd, POLLIN | POLLPRI, on_oom, b);
    box_pace (b, 0);
}

void box_use_end (struct box *b)
{
    turn_cancel (b->pace);
    turn_cancel (b->oom_look);
    turn_unwatch (b->oom_watch);
    auto_closep (&b->oom_fd);
    if (b->counting)
        helper_cancel (b->counting);
    b->pace = b->oom_look = NULL;
    b->oom_watch = NULL;
    b->oom_fd = -1;
    b->counting = NULL;
}
