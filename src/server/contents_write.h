/* contents_write.h - overwriting people's documents without losing them (contract 3.4.4)
 *
 * An existing file is overwritten in place, so that inode, hard links, owner and mode stay;
 * while that goes on its old content is in ".~<name>" beside it, and comes back if anything
 * fails, even if we are killed (contents_rescue.h).  A new file appears when it is whole.
 * Blocking; any thread.  Errors keep errno in err->sys.
 */
#ifndef SERVER_CONTENTS_WRITE_H
#define SERVER_CONTENTS_WRITE_H

#include "base/err.h"
#include "server/contents_notes.h"
#include <stdbool.h>
#include <stddef.h>

/* What to write: N bytes at DATA, or if DATA is NULL all that can be read from FD.  KEEP: where the old
 * content goes, a path in a directory that exists; NULL: nowhere. */
struct contents_source {
    const void *data;
    size_t n;
    int fd;
    const char *keep;
};

/* Make PATH hold SOURCE.  A symbolic link is followed one level and stays.  ATOMIC false:
 * truncate and write, without a backup.  A killed save of PATH must have been put right before. */
int contents_write (const struct contents_notes *notes, const char *path,
                    const struct contents_source *source, bool atomic, struct err *err);
/* Append; what was appended in part is cut off again on failure. */
int contents_append (const char *path, const void *data, size_t n, struct err *err);
/* What PATH means, malloc'ed: itself, or where it leads if it is a symbolic link (one level). */
char *contents_target (const char *path);
char *contents_backup_path (const char *path); /* malloc'ed "<dir>/.~<name>" */

#endif
