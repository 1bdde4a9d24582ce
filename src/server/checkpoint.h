/* checkpoint.h - the saved copy of one file (contract 3.4.10)
 *
 * There is one, "<stem>-checkpoint<ext>" in .ipynb_checkpoints beside the file, or below
 * the system's temporary directory if the file's own directory cannot be written to.  It
 * carries the file's mtime. Blocking, called in the pool; paths and errors as in
 * contents.h.
 */
#ifndef SERVER_CHECKPOINT_H
#define SERVER_CHECKPOINT_H

#include "server/contents.h"

#define CHECKPOINT_ID "checkpoint"

struct place;

/* The JSON list of checkpoints. */
int checkpoint_list (const struct contents *c, const struct contents_request *r,
                     struct buf *b, struct err *err);
/* Make one, replacing the old; B gets its JSON. */
int checkpoint_create (const struct contents *c, const struct contents_request *r,
                       struct buf *b, struct err *err);
/* ID: [\w-]+ */
int checkpoint_restore (const struct contents *c, const struct contents_request *r,
                        const char *id, struct err *err);
int checkpoint_remove (const struct contents *c, const struct contents_request *r,
                       const char *id, struct err *err);

/* For contents: make one if there is none; follow a rename; forget the file's. */
int checkpoint_ensure (const struct contents *c, const struct place *p, struct err *err);
void checkpoint_moved (const struct contents *c, const struct place *from,
                       const struct place *to);
void checkpoint_forget (const struct contents *c, const struct place *p);

/* The file of a checkpoint with that id, malloc'ed, and its directory. */
char *checkpoint_path (const struct contents *c, const struct place *p, const char *id);
int checkpoint_make_dir (const struct contents *c, const struct place *p, struct err *err);

#endif
