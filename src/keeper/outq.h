/* outq.h - what waits to be written to the server: bytes, and ranges of journals
 *
 *     outq_add (q, header, n);  outq_add_range (q, record.segment, record.offset, record.len);
 *     switch (outq_flush (q, fd)) { 1: all gone; 0: the socket is full; -1: it is broken (errno) }
 *
 * A range is sent from the page cache with sendfile: a megabyte costs no copy of ours and no memory while
 * it waits.  Loop thread only.
 */
#ifndef KEEPER_OUTQ_H
#define KEEPER_OUTQ_H

#include "keeper/journal.h"
#include <stdbool.h>

struct outq;
struct outq *outq_new (size_t max); /* ceiling of bytes held in memory */
void outq_free (struct outq *q);
DEFINE_AUTO (struct outq *, outq_free)
/* -1: above the ceiling; nothing was added and outq_overflowed stays true. */
int outq_add (struct outq *q, const void *data, size_t n);
void outq_add_range (struct outq *q, struct journal_segment *s, uint64_t offset, size_t n);
uint64_t outq_bytes (const struct outq *q); /* waiting, ranges included */
bool outq_overflowed (const struct outq *q);
/* Writes at most BUDGET bytes, so that one reader does not hold the loop. */
int outq_flush (struct outq *q, int fd, size_t budget);

#endif
