/* trash.h - the FreeDesktop trash (contract 3.4.6)
 *
 * What lies on the file system of the home trash goes to $XDG_DATA_HOME/Trash; else to
 * .Trash/<uid> or .Trash-<uid> at the top of its own file system.  Blocking; any thread.
 */
#ifndef SERVER_TRASH_H
#define SERVER_TRASH_H

#include "base/err.h"

/* Move the file, directory or link at PATH (absolute, not followed) away.  HOME may be
 * NULL. */
int trash_put (const char *path, const char *home, struct err *err);

#endif
