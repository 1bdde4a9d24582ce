/* kernel_fate.c - how a process ended, in plain words */

#include "keeper/kernel_fate.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PROC_MAX (1u << 20)

static char *read_proc (const char *path)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, PROC_MAX);
    if (fd_read_file (path, &b, NULL) < 0 || !b.len)
        return NULL;
    return buf_take (&b, NULL);
}

void kernel_fate_init (struct kernel_fate *f)
{
    autofree char *mounts = read_proc ("/proc/self/mountinfo");

    *f = (struct kernel_fate){ .group_kills = MEMCG_UNKNOWN, .host_kills = MEMCG_UNKNOWN };
    if (mounts)
        (void)memcg_find (mounts, &f->mount);
}

void kernel_fate_done (struct kernel_fate *f)
{
    free (f->group);
    memcg_mount_done (&f->mount);
}

static int64_t kills_on_host (void)
{
    return memcg_counter ("/proc/vmstat", "oom_kill");
}

void kernel_fate_look (struct kernel_fate *f, pid_t pid)
{
    char path[64];

    (void)snprintf (path, sizeof (path), "/proc/%ld/cgroup", (long)pid);
    autofree char *text = read_proc (path);

    if (!text)
        return;
    free (f->group);
    f->group = memcg_dir (&f->mount, text);
    f->group_kills = f->group ? memcg_kills (&f->mount, f->group) : MEMCG_UNKNOWN;
    f->host_kills = f->group_kills == MEMCG_UNKNOWN ? kills_on_host () : MEMCG_UNKNOWN;
}

/* Still a zombie: its limits can be asked for.  The limit is enforced by counting clock ticks,
 * which was seen to be a tenth off what the process really used. */
void kernel_fate_ended (struct kernel_fate *f, pid_t pid, int64_t cpu_us)
{
    struct rlimit cpu;

    f->cpu_limit_s = 0;
    if (prlimit (pid, RLIMIT_CPU, NULL, &cpu) == 0 && cpu.rlim_max != RLIM_INFINITY &&
        (double)cpu_us >= 0.75 * (double)cpu.rlim_max * CLOCK_S)
        f->cpu_limit_s = (int64_t)cpu.rlim_max;
}

static bool out_of_memory (const struct kernel_fate *f, int status)
{
    if (!WIFSIGNALED (status) || WTERMSIG (status) != SIGKILL)
        return false;
    if (f->group_kills != MEMCG_UNKNOWN)
        return memcg_kills (&f->mount, f->group) > f->group_kills;
    return f->host_kills != MEMCG_UNKNOWN && kills_on_host () > f->host_kills;
}

static void tell_out_of_memory (const struct kernel_fate *f, char ret[KERNEL_FATE_TEXT])
{
    int64_t limit = f->group ? memcg_limit (&f->mount, f->group) : MEMCG_UNKNOWN;

    if (limit == MEMCG_UNKNOWN)
        (void)snprintf (
            ret, KERNEL_FATE_TEXT,
            "it was killed because the machine had no memory left (out of memory)");
    else
        (void)snprintf (
            ret, KERNEL_FATE_TEXT,
            "it was killed because its memory limit of %lld MB was reached (out of memory)",
            (long long)(limit >> 20));
}

/* What a signal means to somebody who did not send it. */
static const char *meaning (int signo)
{
    switch (signo) {
    case SIGSEGV:
    case SIGILL:
    case SIGFPE: return ": a crash in compiled code";
    case SIGBUS: return ": memory that it had mapped was not there, as on a full disk";
    case SIGABRT: return ": it gave up by itself";
    case SIGXCPU: return ": its limit of CPU time was reached";
    case SIGXFSZ: return ": its limit of file size was reached";
    default: return "";
    }
}

bool kernel_fate_tell (const struct kernel_fate *f, int status, char ret[KERNEL_FATE_TEXT])
{
    bool oom = out_of_memory (f, status);

    if (oom)
        tell_out_of_memory (f, ret);
    else if (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL && f->cpu_limit_s)
        (void)snprintf (ret, KERNEL_FATE_TEXT,
                        "it was killed by signal 9 (Killed): its limit of %lld s of CPU "
                        "time was reached",
                        (long long)f->cpu_limit_s);
    else if (WIFSIGNALED (status))
        (void)snprintf (ret, KERNEL_FATE_TEXT, "it was killed by signal %d (%s)%s",
                        WTERMSIG (status), strsignal (WTERMSIG (status)),
                        meaning (WTERMSIG (status)));
    else
        (void)snprintf (ret, KERNEL_FATE_TEXT, "it exited with status %d",
                        WEXITSTATUS (status));
    return oom;
}

void kernel_fate_words (const char *tail, char ret[KERNEL_FATE_TEXT])
{
    static const char *const signs[] = { "rror", "Fatal", "terminate called", "No space" };

    *ret = '\0';
    for (const char *p = tail; *p; p += strcspn (p, "\n"), p += *p == '\n') {
        char line[KERNEL_FATE_TEXT];

        (void)snprintf (line, sizeof (line), "%.*s", (int)strcspn (p, "\n"), p);
        for (size_t i = 0; i < ARRAY_SIZE (signs); i++)
            if (strstr (line, signs[i]))
                memcpy (ret, line, sizeof (line));
    }
}
