/* contents_history.h - earlier versions of a notebook, for when a save replaces what it did not know
 *
 * A save cannot tell us which version its page began with.  So every version that a save replaces is kept,
 * beside the checkpoint, as ".ipynb_checkpoints/<stem>-<UTC time>.ipynb", whose time is also the id of a
 * checkpoint that can be restored.
 *
 * At most HISTORY_VERSIONS and HISTORY_BYTES are kept; the oldest go.  They follow a rename and go with the
 * notebook.  Nothing is copied: the backup of the save is renamed.  Blocking; any thread.
 */
#ifndef SERVER_CONTENTS_HISTORY_H
#define SERVER_CONTENTS_HISTORY_H

#include "server/contents_impl.h"

#define HISTORY_VERSIONS 16
#define HISTORY_BYTES ((off_t)64 << 20)

/* Where the version that N bytes at TEXT are about to replace goes, malloc'ed; NULL: nowhere, it is the same
 * or cannot be kept. */
char *history_place (const struct contents *c, const struct place *p, const char *text,
                     size_t n);
/* Before P is read or written: puts a killed save right (contents_rescue.h); what it replaced is kept. */
void history_rescue (const struct contents *c, const struct place *p);
void history_prune (const struct contents *c, const struct place *p);
void history_moved (const struct contents *c, const struct place *from,
                    const struct place *to);
void history_forget (const struct contents *c, const struct place *p);

#endif
