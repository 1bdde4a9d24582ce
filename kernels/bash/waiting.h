/* waiting.h - does a program wait for somebody to type?
 *
 * A terminal does not tell.  The system does: /proc/PID/syscall shows that a process is blocked in read, select
 * or poll, and on which descriptors.  Asked for the processes of the foreground group only, and for those that
 * wait for our terminal.  On a system that hides this, nobody ever waits.
 *
 * Blocking (/proc), at most WAITING_MAX processes; any thread.
 */
#ifndef BASH_WAITING_H
#define BASH_WAITING_H

#include <stdbool.h>
#include <sys/types.h>

#define WAITING_MAX 256

/* GROUP is the terminal's foreground group, SHELL the process whose descendants are looked at. */
bool waiting_for_terminal (pid_t shell, pid_t group, dev_t terminal);

#endif
