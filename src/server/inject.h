/* inject.h - kernel messages that the server makes itself (contract 6.8, 6.9)
 *
 * Appends v1 frames on iopub with complete headers; the parent is always an object.  Pure; any thread.
 */
#ifndef SERVER_INJECT_H
#define SERVER_INJECT_H

#include "base/blk.h"
#include "base/buf.h"
#include "jupyter/wsv1.h"

/* SESSION: that of the kernel's latest message, as JSON has it, because JupyterLab drops what it has
 * not handled yet when another comes; empty: there was none.  PARENT: JSON of a parent header, or
 * empty for {}. */
void inject_stderr (struct buf *b, struct slice session, struct slice parent,
                    const char *text);
void inject_status (struct buf *b, struct slice session, const char *execution_state);
/* M, an `error` message, without its traceback. */
void inject_error_without_traceback (struct buf *b, const struct wsv1 *m, const char *text);

#endif
