/* confine.h - give up the file system, for what handles bytes of strangers
 *
 *     if (confine_to (dir, &err) == 0) ...       from here on, also for children: no other file can be written
 *
 * With Landlock: programs and libraries can be read and executed (/usr, /bin, /lib*), of /etc only what names and
 * certificates need, and DIR can be written.  All else cannot be opened: not the database of the hub beside it,
 * which has the same owner.  No new privileges, also without Landlock.  For good.
 */
#ifndef WORKER_CONFINE_H
#define WORKER_CONFINE_H

#include "base/err.h"
#include <stdbool.h>

/* -1 and UNAVAILABLE if this kernel cannot. */
int confine_to (const char *dir, struct err *err);

#endif
