/* last_rites.c - what is left in a sandbox when its first process ends */

#include "keeper/last_rites.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* False: nobody is left. */
static bool somebody_is_left (void)
{
    pid_t pid;

    while ((pid = waitpid (-1, NULL, WNOHANG)) > 0)
        ;
    return pid == 0 || errno != ECHILD;
}

void last_rites (void)
{
    int64_t until = clock_mono_us () + LAST_RITES_US, left;
    sigset_t child;

    if (getpid () != 1 || kill (-1, SIGTERM) < 0)
        return;
    (void)sigemptyset (&child);
    (void)sigaddset (&child, SIGCHLD);
    while (somebody_is_left () && (left = until - clock_mono_us ()) > 0) {
        struct timespec wait = { .tv_sec = left / CLOCK_S,
                                 .tv_nsec = left % CLOCK_S * 1000 };

        (void)sigtimedwait (&child, NULL, &wait);
    }
    if (somebody_is_left ())
        log_info ("keeper", "what does not end is killed with the sandbox");
}
