/* signals.h - what is done about a signal, for the process.  Early in main, before threads. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/* From now on SIGNO does nothing.  Programs that are executed would inherit it: loop/proc.c sets
 * everything back for its children. */
void signals_ignore (int signo);

#endif
