/* wslegacy.h - the older websocket framing of kernel messages (jupyter-contract 6.5)
 *
 * Text frames hold one JSON object; with buffers, binary frames hold a big-endian table, the object and the
 * buffers.  Both directions go to and from the v1 layout (jupyter/wsv1.h), which is what the keeper speaks.
 * The JSON parts are spliced as bytes.  Pure codec; any thread.
 */
#ifndef JUPYTER_WSLEGACY_H
#define JUPYTER_WSLEGACY_H

#include "base/buf.h"
#include "base/err.h"
#include "jupyter/wsv1.h"
#include <stdbool.h>

#define WSLEGACY_MAX_BUFFERS 4000

/* Append the frame for a decoded kernel message; *ret_text tells its kind.  -1: B's ceiling, or a part that
 * is no JSON object; nothing is appended then. */
int wslegacy_from_v1 (const struct wsv1 *m, struct buf *b, bool *ret_text, struct err *err);

/* Append the v1 layout of a client's frame.  A missing channel is shell, a missing parent_header or
 * metadata `{}`.  INVALID: malformed, or an unknown channel (the frame is to be dropped). */
int wslegacy_to_v1 (const void *data, size_t n, bool text, struct buf *b, struct err *err);

#endif
