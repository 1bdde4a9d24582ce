/* kernel_say.h - messages that the keeper makes itself (jupyter-contract 6.9)
 *
 * Complete headers with fresh ids, always an object as parent.  Pure; any thread.
 */
#ifndef KEEPER_KERNEL_SAY_H
#define KEEPER_KERNEL_SAY_H

#include "base/blk.h"
#include "base/buf.h"

/* A header; SESSION is the keeper's own for this kernel. */
void kernel_say_header (struct buf *b, const char *msg_type, const char *session);
/* Append a v1 frame on iopub.  PARENT: the JSON of a parent header, or "" for {}. */
void kernel_say_status (struct buf *b, const char *session, struct slice parent,
                        const char *state);
void kernel_say_stderr (struct buf *b, const char *session, struct slice parent,
                        const char *text);

#endif
