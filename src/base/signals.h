/* signals.h - what is done about a signal, for the process.  Early in main, before threads. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/* From now on SIGNO does nothing.  Programs that are executed would inherit it: loop/proc.c sets
 * everything back for its children. */
void signals_ignore (int signo);

/* For a process that starts others which shall not outlive it: our children learn from the environment
 * (LABWRIGHT_SUPERVISOR) who we are. */
void signals_name_supervisor (void);
/* In such a child, after it has changed its uid for the last time: SIGTERM when the supervisor dies, or at once
 * if it has.  Nothing where there is none. */
void signals_end_with_supervisor (void);

#endif
