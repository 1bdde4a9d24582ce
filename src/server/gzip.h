/* gzip.h - compress an answer.  Takes milliseconds: in the pool, not on the loop. */
#ifndef SERVER_GZIP_H
#define SERVER_GZIP_H

#include "base/buf.h"

/* B's content becomes its gzip form.  -1: B is as before (out of memory, or it would not
 * get smaller). */
int gzip_buf (struct buf *b);

#endif
