/* keep_out.h - bytes that wait to be written to the keeper
 *
 * Small frames are gathered in blocks; large payloads are referenced.  Loop thread only.
 */
#ifndef SERVER_KEEP_OUT_H
#define SERVER_KEEP_OUT_H

#include "base/blk.h"

struct keep_out;
struct keep_out *keep_out_new (size_t max);
void keep_out_free (struct keep_out *o);
void keep_out_clear (struct keep_out *o);
/* -1: above the ceiling, nothing was added. */
int keep_out_add (struct keep_out *o, const void *data, size_t n);
int keep_out_add_blk (struct keep_out *o, struct blk *b, struct slice s); /* references B */
size_t keep_out_bytes (const struct keep_out *o);
/* 1: all is written, 0: the socket takes no more, -1: errno. */
int keep_out_flush (struct keep_out *o, int fd);

#endif
