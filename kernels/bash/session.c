/* session.c - the processes of the shell's session */

#include "bash/session.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The session of a process: the sixth field of its stat, the second being a name in parentheses that may
 * hold anything.  -1: it is gone. */
static pid_t session_of (const char *pid)
{
    char path[64], text[1024], *p;
    int sid;

    (void)snprintf (path, sizeof (path), "/proc/%.20s/stat", pid);
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read (fd, text, sizeof (text) - 1);
    (void)close (fd);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    p = strrchr (text, ')');
    return p && sscanf (p + 1, " %*c %*d %*d %d", &sid) == 1 ? sid : -1;
}

unsigned session_signal (pid_t sid, int signo)
{
    DIR *d = opendir ("/proc");
    unsigned n = 0;

    for (struct dirent *e; d && (e = readdir (d));) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || session_of (e->d_name) != sid)
            continue;
        if (signo)
            (void)kill ((pid_t)strtol (e->d_name, NULL, 10), signo);
        n++;
    }
    if (d)
        (void)closedir (d);
    return n;
}
