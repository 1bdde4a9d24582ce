/* session.h - the processes of the shell's session: signal all of them
 *
 * Reads /proc once; blocking, short.  Programs that left the session (setsid) are not found, on purpose.
 */
#ifndef BASH_SESSION_H
#define BASH_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

/* SIGNO to every process of session SID.  0: only count.  Returns how many there were. */
unsigned session_signal (pid_t sid, int signo);

#endif
