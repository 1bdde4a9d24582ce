/* writeq.h - what waits to be written to the server: bytes, and ranges of journals
 *
 *     writeq_add (q, header, n);  writeq_add_range (q, record.segment, record.offset,
 * record.len); switch (writeq_flush (q, fd)) { 1: all gone; 0: the socket is full; -1: it
 * is broken (errno) }
 *
 * A range is sent from the page cache with sendfile: a megabyte costs no copy of ours and
 * no memory while it waits.  Loop thread only.
 */
#ifndef KEEPER_WRITEQ_H
#define KEEPER_WRITEQ_H

#include "keeper/journal.h"
#include <stdbool.h>

struct writeq;
struct writeq *writeq_new (size_t max); /* ceiling of bytes held in memory */
void writeq_free (struct writeq *q);
DEFINE_AUTO (struct writeq *, writeq_free)
/* -1: above the ceiling; nothing was added and writeq_overflowed stays true. */
int writeq_add (struct writeq *q, const void *data, size_t n);
void writeq_add_range (struct writeq *q, struct journal_segment *s, uint64_t offset,
                       size_t n);
uint64_t writeq_bytes (const struct writeq *q); /* waiting, ranges included */
bool writeq_overflowed (const struct writeq *q);
/* Writes at most BUDGET bytes, so that one reader does not hold the loop. */
int writeq_flush (struct writeq *q, int fd, size_t budget);

#endif
