/* dir.h - the kernel's private directory: $XDG_RUNTIME_DIR or /tmp, lw-bash-XXXXXX
 *
 *     struct dir d = DIR_NONE;
 *     dir_make (&d, &err);      d.path, 0700, with bin/ in it
 *     dir_remove (&d);
 *
 * A kernel holds a lock on its directory; those that nobody holds were left by kernels that were killed, and are
 * removed on the way.  Before the loop runs, and after it.
 */
#ifndef BASH_DIR_H
#define BASH_DIR_H

#include "base/err.h"

struct dir {
    char *path; /* NULL: none */
    int lock;
};
#define DIR_NONE ((struct dir){ NULL, -1 })

int dir_make (struct dir *d, struct err *err);
void dir_remove (struct dir *d); /* nothing if there is none */

#endif
