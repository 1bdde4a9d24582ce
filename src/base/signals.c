/* signals.c - what is done about a signal: sigaction, because signal() means different things in
 * different libraries */

#include "base/signals.h"

#include <signal.h>
#include <stddef.h>

void signals_ignore (int signo)
{
    struct sigaction sa = { .sa_handler = SIG_IGN };

    (void)sigemptyset (&sa.sa_mask);
    (void)sigaction (signo, &sa, NULL);
}
