/* contents_rescue.h - a save that was killed half-way: the whole old version comes back
 *
 * contents_write overwrites in place, with the old content beside it in ".~<name>".  That backup is locked
 * while the save goes on, and a note on it (contents_notes.h) says what the file will be.  A lock goes with its
 * process; so a backup with a note that is not locked is what a killed process left, and whoever looks at the
 * file next puts things right: if the file became what it was to be, the save was complete, else the old
 * content is written back, in place, and what there was of the new one stays as "<name>.invalid".
 *
 *     int lock = rescue_begin (notes, path, backup, &source);    before the file is touched
 *     ... overwrite, remove the backup ...
 *     rescue_end (notes, lock);
 *     if (contents_rescue_needed (path))                         before it is read or written
 *         contents_rescue (notes, path, keep);
 *
 * A backup made elsewhere has no note and is left alone.  Blocking; any thread.
 */
#ifndef SERVER_CONTENTS_RESCUE_H
#define SERVER_CONTENTS_RESCUE_H

#include "server/contents_write.h"
#include <sys/stat.h>

/* Lock BACKUP, the whole copy of the file at PATH, and note what SOURCE is.  -1: cannot be. */
int rescue_begin (const struct contents_notes *notes, const char *path, const char *backup,
                  const struct contents_source *source);
/* The backup has gone where it goes.  Not before: what is left with a note will be found.  -1 is fine. */
void rescue_end (const struct contents_notes *notes, int lock);
/* Is there a backup, of whatever kind?  Cheap. */
bool contents_rescue_needed (const char *path);
/* KEEP: where the old version goes if the save was complete; NULL: nowhere. */
void contents_rescue (const struct contents_notes *notes, const char *path,
                      const char *keep);

#endif
