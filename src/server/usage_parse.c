/* usage_parse.c - the texts of /proc and of cgroups (usage.h)
 *
 * A process chooses its own name and may end in the middle of a read: nothing here trusts
 * that a field is there, or that a number fits.
 */

#include "server/usage.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number at *P, which moves behind it.  False: there is none, or it is too large. */
static bool number (const char **p, uint64_t *ret)
{
    char *end;
    while (**p == ' ' || **p == '\t')
        ++*p;
    if (!isdigit ((unsigned char)**p))
        return false;
    errno = 0;
    unsigned long long n = strtoull (*p, &end, 10);
    *p = end;
    *ret = n;
    return !errno;
}

/* Behind N more fields, or NULL. */
static const char *skip (const char *p, int n)
{
    for (; p && n > 0; n--) {
        p = strchr (p, ' ');
        p = p ? p + 1 : NULL;
    }
    return p;
}

/* "12 (name) ": the number, and the name as far as there is room.  NULL: it is no such text; else what comes
 * behind. */
static const char *name_of (const char *text, uint64_t *ret_pid, struct usage_proc *ret)
{
    const char *p = text, *end = strrchr (text, ')');
    if (!number (&p, ret_pid) || !end || end < p || end[1] != ' ')
        return NULL;
    const char *begin = memchr (p, '(', (size_t)(end - p));
    size_t n = begin ? (size_t)(end - begin - 1) : 0;
    if (n >= sizeof (ret->name))
        n = sizeof (ret->name) - 1;
    memcpy (ret->name, begin ? begin + 1 : p, n);
    ret->name[n] = '\0';
    return end + 2;
}

/* Fields of proc(5): 1 pid, 2 (name), 3 state, 4 ppid, 5 pgrp, 8 tpgid, 14 utime, 15 stime, 22 starttime,
 * 24 rss in pages. */
bool usage_parse_stat (const char *text, struct usage_proc *ret)
{
    uint64_t pid, parent, group, foreground, user, system, started, size, pages;
    const char *p = skip (name_of (text, &pid, ret), 1);
    if (!p || !number (&p, &parent) || !number (&p, &group) || !(p = skip (p, 3)))
        return false;
    bool has_terminal = number (&p, &foreground) && foreground <= INT32_MAX;
    p = skip (p, 6); /* from the end of field 8, or from the sign that begins it */
    if (!p || !number (&p, &user) || !number (&p, &system))
        return false;
    p = skip (p, 7);
    if (!p || !number (&p, &started) || pid > INT32_MAX || parent > INT32_MAX ||
        group > INT32_MAX)
        return false;
    bool has_pages = number (&p, &size) && number (&p, &pages);
    ret->pid = (pid_t)pid;
    ret->parent = (pid_t)parent;
    ret->group = (pid_t)group;
    ret->foreground = has_terminal ? (pid_t)foreground : -1;
    ret->ticks = user + system;
    ret->started = started;
    ret->rss = has_pages ? pages * (uint64_t)sysconf (_SC_PAGESIZE) : 0;
    return true;
}

/* The line that begins with KEY and a colon: what comes behind it, or NULL. */
static const char *line_of (const char *text, const char *key)
{
    size_t n = strlen (key);
    for (const char *p = text; p; p = strchr (p, '\n'), p = p ? p + 1 : NULL)
        if (!strncmp (p, key, n) && p[n] == ':')
            return p + n + 1;
    return NULL;
}

bool usage_parse_kb (const char *text, const char *key, uint64_t *ret)
{
    uint64_t n;
    const char *p = line_of (text, key);
    if (!p || !number (&p, &n) || strncmp (p, " kB", 3) || n > UINT64_MAX / 1024)
        return false;
    *ret = n * 1024;
    return true;
}

uint64_t usage_parse_memory_limit (const char *text)
{
    uint64_t n;
    /* v1 says "none" with the largest multiple of a page */
    return number (&text, &n) && n < INT64_MAX - (1 << 20) ? n : USAGE_NO_LIMIT;
}

double usage_parse_cpu_limit (const char *text)
{
    uint64_t quota, period;
    if (!number (&text, &quota) || !number (&text, &period) || !period)
        return 0;
    return (double)quota / (double)period;
}

/* Is WANTED one of the comma-separated names in LIST (N bytes)?  "" is in the empty list
 * only. */
static bool listed (const char *list, size_t n, const char *wanted)
{
    size_t w = strlen (wanted);
    for (const char *end = list + n;;) {
        const char *comma = memchr (list, ',', (size_t)(end - list));
        size_t len = (size_t)((comma ? comma : end) - list);
        if (len == w && !memcmp (list, wanted, w))
            return true;
        if (!comma)
            return false;
        list = comma + 1;
    }
}

/* Lines "ID:CONTROLLERS:PATH"; the path may hold colons. */
bool usage_parse_cgroup (const char *text, const char *controller, char *ret, size_t size)
{
    for (const char *line = text; line && *line;) {
        size_t n = strcspn (line, "\n");
        const char *names = memchr (line, ':', n);
        size_t left = names ? n - (size_t)(names + 1 - line) : 0;
        const char *path = names ? memchr (names + 1, ':', left) : NULL;
        if (path && listed (names + 1, (size_t)(path - names - 1), controller)) {
            size_t len = n - (size_t)(path + 1 - line);
            if (!len || len >= size || path[1] != '/' || memmem (path, len + 1, "..", 2))
                return false;
            memcpy (ret, path + 1, len);
            ret[len] = '\0';
            return true;
        }
        line += n + (line[n] == '\n');
    }
    return false;
}

/* "cpu  user nice system idle iowait irq softirq steal"; guests are in user already. */
void usage_parse_cpu_total (const char *text, struct usage_host *ret)
{
    uint64_t n;
    ret->busy = ret->all = 0;
    if (strncmp (text, "cpu ", 4))
        return;
    text += 4;
    for (int i = 0; i < 8 && number (&text, &n); i++) {
        ret->all += n;
        if (i != 3 && i != 4)
            ret->busy += n;
    }
}
