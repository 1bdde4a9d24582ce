/* signals.c - what is done about a signal: sigaction, because signal() means different things in
 * different libraries */

#include "base/signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SUPERVISOR "LABWRIGHT_SUPERVISOR"

void signals_ignore (int signo)
{
    struct sigaction sa = { .sa_handler = SIG_IGN };

    (void)sigemptyset (&sa.sa_mask);
    (void)sigaction (signo, &sa, NULL);
}

void signals_name_supervisor (void)
{
    char pid[16];

    (void)snprintf (pid, sizeof (pid), "%ld", (long)getpid ());
    (void)setenv (SUPERVISOR, pid, 1);
}

void signals_end_with_supervisor (void)
{
    const char *text = getenv (SUPERVISOR);
    long pid = text ? strtol (text, NULL, 10) : 0;

    (void)unsetenv (SUPERVISOR);
    if (pid <= 0)
        return;
    (void)prctl (PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid () != pid) /* it died before we asked */
        (void)raise (SIGTERM);
}
