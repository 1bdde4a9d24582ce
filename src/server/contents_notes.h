/* contents_notes.h - what the server has to remember about a person's file
 *
 * A note is a short text with a name.  It is an extended attribute of the file, user.labwright.NAME, and so
 * goes where the file goes.  On a file system without such attributes (NFS before 4.2, vfat) it is kept in the
 * person's data directory as DIR/INODE.NAME.  There it follows a rename as well, but one day another file may
 * have that number: a note must say for which content it holds, and whoever reads it must check that.
 *
 *     struct contents_notes *notes = contents_notes_new (dir);
 *     (void)contents_notes_put (notes, path, "base", text);
 *     if (contents_notes_get (notes, path, -1, "base", text) > 0)  ...
 *     contents_notes_drop (notes, path, -1, "base");
 *     contents_notes_free (notes);
 *
 * A file is meant by its PATH, or by the descriptor FD if that is not negative.  Notes may get lost; the
 * oldest go when there are more than CONTENTS_NOTES_FILES in DIR.  NULL for the notes: attributes only.
 * Blocking; any thread.
 */
#ifndef SERVER_CONTENTS_NOTES_H
#define SERVER_CONTENTS_NOTES_H

#include "base/cleanup.h"
#include <sys/types.h>

#define CONTENTS_NOTE 1024 /* room for any note and its NUL */
#define CONTENTS_NOTES_FILES 1000

struct contents_notes;

/* DIR is made when it is needed. */
struct contents_notes *contents_notes_new (const char *dir);
void contents_notes_free (struct contents_notes *n);
DEFINE_AUTO (struct contents_notes *, contents_notes_free)
/* Replaces the note.  On the disk before what the caller writes next, as far as that can be. */
int contents_notes_put (const struct contents_notes *n, const char *path, const char *name,
                        const char *text);
/* Its length, -1: there is none. */
ssize_t contents_notes_get (const struct contents_notes *n, const char *path, int fd,
                            const char *name, char ret[CONTENTS_NOTE]);
void contents_notes_drop (const struct contents_notes *n, const char *path, int fd,
                          const char *name);

#endif
