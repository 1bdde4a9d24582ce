/* waiting.c - does a program wait for somebody to type? */

#include "bash/waiting.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#define POLL_MAX 64

struct search {
    pid_t group;
    dev_t terminal;
    int left;
};

static size_t read_text (const char *path, char *text, size_t size)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read (fd, text, size - 1);

    if (fd >= 0)
        (void)close (fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* Is descriptor FD of PID the terminal, by its own name or as /dev/tty? */
static bool is_terminal (const struct search *s, pid_t pid, unsigned long fd)
{
    char path[64];
    struct stat st;

    (void)snprintf (path, sizeof (path), "/proc/%d/fd/%lu", (int)pid, fd);
    return stat (path, &st) == 0 && S_ISCHR (st.st_mode) &&
           (st.st_rdev == s->terminal || st.st_rdev == makedev (5, 0));
}

static bool peek (pid_t pid, unsigned long address, void *ret, size_t n)
{
    struct iovec here = { ret, n };
    struct iovec there = { (void *)address, n }; /* NOLINT: an address of another process */

    return process_vm_readv (pid, &here, 1, &there, 1, 0) == (ssize_t)n;
}

static bool polls (const struct search *s, pid_t pid, unsigned long address,
                   unsigned long n)
{
    struct pollfd fds[POLL_MAX];

    n = n > POLL_MAX ? POLL_MAX : n;
    if (!n || !peek (pid, address, fds, n * sizeof (fds[0])))
        return false;
    for (unsigned long i = 0; i < n; i++)
        if (fds[i].fd >= 0 && (fds[i].events & POLLIN) &&
            is_terminal (s, pid, (unsigned long)fds[i].fd))
            return true;
    return false;
}

static bool selects (const struct search *s, pid_t pid, unsigned long n,
                     unsigned long address)
{
    unsigned long bits;

    if (!address || !n || !peek (pid, address, &bits, sizeof (bits)))
        return false;
    for (unsigned long fd = 0; fd < n && fd < 8 * sizeof (bits); fd++)
        if ((bits >> fd & 1) && is_terminal (s, pid, fd))
            return true;
    return false;
}

static bool waits (const struct search *s, pid_t pid)
{
    char path[64], text[256];
    unsigned long a[3];
    long call;

    (void)snprintf (path, sizeof (path), "/proc/%d/syscall", (int)pid);
    if (!read_text (path, text, sizeof (text)) ||
        sscanf (text, "%ld %lx %lx %lx", &call, &a[0], &a[1], &a[2]) != 4)
        return false;
    if (call == SYS_read)
        return is_terminal (s, pid, a[0]);
#ifdef SYS_select
    if (call == SYS_select)
        return selects (s, pid, a[0], a[1]);
#endif
#ifdef SYS_poll
    if (call == SYS_poll)
        return polls (s, pid, a[0], a[1]);
#endif
    if (call == SYS_pselect6)
        return selects (s, pid, a[0], a[1]);
    return call == SYS_ppoll && polls (s, pid, a[0], a[1]);
}

static bool search (struct search *s, pid_t pid)
{
    char path[64], text[4096], *p, *end;

    if (s->left-- <= 0)
        return false;
    if (getpgid (pid) == s->group && waits (s, pid))
        return true;
    (void)snprintf (path, sizeof (path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    (void)read_text (path, text, sizeof (text));
    for (p = text;; p = end) {
        pid_t child = (pid_t)strtol (p, &end, 10);
        if (end == p)
            return false;
        if (search (s, child))
            return true;
    }
}

bool waiting_for_terminal (pid_t shell, pid_t group, dev_t terminal)
{
    struct search s = { .group = group, .terminal = terminal, .left = WAITING_MAX };

    return group > 0 && search (&s, shell);
}
