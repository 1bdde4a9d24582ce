/* keep_in.h - frames that come from the keeper
 *
 * Small frames are handed over where they were read; a large one is read into a block of its own, so that
 * its payload can be passed on without a copy.  Loop thread only.
 */
#ifndef SERVER_KEEP_IN_H
#define SERVER_KEEP_IN_H

#include "base/blk.h"
#include "base/err.h"
#include "keeper/keep_wire.h"

struct keep_in;
/* B holds F's payload, or is NULL: then the payload is borrowed for the call.  Not 0: stop. */
typedef int (*keep_in_fn) (void *arg, const struct keep_frame *f, struct blk *b);

struct keep_in *keep_in_new (void);
void keep_in_free (struct keep_in *in);
void keep_in_clear (struct keep_in *in);
/* Read a bounded amount.  0, or -1: the connection is over (ERR says why), or FN asked to stop (ERR has
 * no problem then). */
int keep_in_read (struct keep_in *in, int fd, keep_in_fn fn, void *arg, struct err *err);

#endif
