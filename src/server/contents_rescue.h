/* contents_rescue.h - a save that was killed half-way: the whole old version comes back
 *
 * contents_write overwrites in place, with the old content beside it in ".~<name>".  That backup is locked
 * while the save goes on and says in its extended attribute user.labwright.saving what the file will be.  A
 * lock goes with its process; so a backup that says something and is not locked is what a killed process
 * left, and whoever looks at the file next puts things right: if the file became what it was to be, the save
 * was complete, else the old content is written back, in place, and what there was of the new one stays as
 * "<name>.invalid".
 *
 *     int lock = rescue_begin (backup, &st, &source);            before the file is touched
 *     ... overwrite, remove the backup ...
 *     rescue_end (lock);
 *     contents_rescue (path, keep);                              before it is read or written
 *
 * A backup made elsewhere says nothing and is left alone.  On a file system without such attributes only
 * notebooks come back, because one that was cut off cannot be read (contents_read.c).  Blocking; any thread.
 */
#ifndef SERVER_CONTENTS_RESCUE_H
#define SERVER_CONTENTS_RESCUE_H

#include "server/contents_write.h"
#include <sys/stat.h>

/* Lock BACKUP, the whole copy of the file with status ST, and note what SOURCE is.  -1: cannot be. */
int rescue_begin (const char *backup, const struct stat *st,
                  const struct contents_source *source);
/* The file is not that any more, so the backup is only a file. */
void rescue_forget (int lock);
void rescue_end (int lock); /* -1 is fine */
/* KEEP: where the old version goes if the save was complete; NULL: nowhere. */
void contents_rescue (const char *path, const char *keep);

#endif
