/* kernel_say.h - messages that the keeper makes itself (jupyter-contract 6.9)
 *
 * Complete headers with fresh ids, always an object as parent.  Pure; any thread.
 */
#ifndef KEEPER_KERNEL_SAY_H
#define KEEPER_KERNEL_SAY_H

#include "base/blk.h"
#include "base/buf.h"

/* A header with an id of its own.  SESSION, as text inside a JSON string: that of the kernel's
 * latest message, or of who asks in the keeper's own name. */
void kernel_say_header (struct buf *b, const char *msg_type, const char *session);
/* Append a v1 frame on iopub.  PARENT: the JSON of a parent header, or "" for {}. */
void kernel_say_status (struct buf *b, const char *session, struct slice parent,
                        const char *state);
void kernel_say_stderr (struct buf *b, const char *session, struct slice parent,
                        const char *text);
/* What a cell hears that the kernel left: `error` on iopub; then execute_reply on shell.  AFTER:
 * a second line of the traceback, or "". */
struct kernel_say_failure {
    const char *ename, *evalue, *after;
};
void kernel_say_error (struct buf *b, const char *session, struct slice parent,
                       const struct kernel_say_failure *f);
void kernel_say_reply (struct buf *b, const char *session, struct slice parent,
                       const struct kernel_say_failure *f);

#endif
