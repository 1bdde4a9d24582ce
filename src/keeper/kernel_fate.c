/* kernel_fate.c - how a process ended, in plain words */

#include "keeper/kernel_fate.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define FILE_MAX (64 << 10)

/* The whole of a small file, NUL-terminated; false: there is none. */
static bool read_small (const char *path, char *into, size_t room)
{
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = 1;

    if (fd < 0)
        return false;
    while (n > 0 && len < room - 1) {
        n = read (fd, into + len, room - 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    into[len] = '\0';
    return true;
}

/* The number after "KEY " at the start of a line of a file, or KERNEL_FATE_UNKNOWN. */
static int64_t counter (const char *path, const char *key)
{
    autofree char *text = xcalloc (1, FILE_MAX);
    size_t n = strlen (key);

    if (!read_small (path, text, FILE_MAX))
        return KERNEL_FATE_UNKNOWN;
    for (const char *p = text; p && *p; p = strchr (p, '\n') ? strchr (p, '\n') + 1 : NULL)
        if (!strncmp (p, key, n) && p[n] == ' ')
            return strtoll (p + n + 1, NULL, 10);
    return KERNEL_FATE_UNKNOWN;
}

/* Our own cgroup's count: "0::/path" is version 2, "N:memory:/path" version 1. */
static int64_t cgroup_kills (void)
{
    char text[8192], path[4096 + 64];

    if (!read_small ("/proc/self/cgroup", text, sizeof (text)))
        return KERNEL_FATE_UNKNOWN;
    for (char *save = NULL, *p = strtok_r (text, "\n", &save); p;
         p = strtok_r (NULL, "\n", &save)) {
        const char *group = strstr (p, ":memory:");
        const char *form = "/sys/fs/cgroup/memory%.4000s/memory.oom_control";
        int64_t n;

        if (!strncmp (p, "0::", 3))
            form = "/sys/fs/cgroup%.4000s/memory.events";
        else if (!group)
            continue;
        (void)snprintf (path, sizeof (path), form, group ? group + 8 : p + 3);
        n = counter (path, "oom_kill");
        if (n != KERNEL_FATE_UNKNOWN)
            return n;
    }
    return KERNEL_FATE_UNKNOWN;
}

void kernel_fate_begin (struct kernel_fate *f)
{
    f->cgroup_kills = cgroup_kills ();
    f->host_kills = counter ("/proc/vmstat", "oom_kill");
}

static bool out_of_memory (const struct kernel_fate *f, int status)
{
    struct kernel_fate now;

    if (!WIFSIGNALED (status) || WTERMSIG (status) != SIGKILL)
        return false;
    kernel_fate_begin (&now);
    if (f->cgroup_kills != KERNEL_FATE_UNKNOWN && now.cgroup_kills != KERNEL_FATE_UNKNOWN)
        return now.cgroup_kills > f->cgroup_kills;
    return f->host_kills != KERNEL_FATE_UNKNOWN && now.host_kills > f->host_kills;
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
        (void)snprintf (
            ret, KERNEL_FATE_TEXT,
            "it was killed because the memory limit was reached (out of memory)");
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
