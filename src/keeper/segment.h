/* segment.h - one file of a journal, or its stand-in in memory (private to journal.c and
 * segment.c)
 *
 * Knows bytes and where records begin; knows neither budgets nor readers.  Its descriptor
 * is open while it is written or referenced, and on demand: a kernel with a gigabyte of
 * history must not hold a hundred descriptors.
 */
#ifndef KEEPER_SEGMENT_H
#define KEEPER_SEGMENT_H

#include "base/list.h"
#include "keeper/journal.h"
#include <stdbool.h>

#define SEGMENT_MARK (64u << 10) /* one mark for this many bytes */

struct segment_mark {
    uint64_t seq, offset;
};

struct journal_segment {
    int refs;
    struct list all;   /* of journals, oldest first */
    struct journal *j; /* NULL once it was dropped */
    int dirfd;         /* borrowed from journals */
    uint32_t object;
    uint64_t id;          /* counts up within the journal */
    uint64_t first, last; /* numbers of its records; 0: none yet */
    uint64_t size;        /* bytes of whole records, those not yet written included */
    bool sealed;
    int fd; /* -1: closed, or in memory */
    uint8_t *mem;
    size_t mem_cap;
    struct segment_mark *marks;
    size_t nmarks;
};

/* A new file; NULL with errno. */
struct journal_segment *segment_new_disk (int dirfd, uint32_t object, uint64_t id);
struct journal_segment *segment_new_memory (uint32_t object, uint64_t id);
/* Room for N more bytes of a memory segment; false: no memory. */
bool segment_grow (struct journal_segment *s, size_t n);
/* Write IOV at OFFSET; -1 with errno, and the bytes there are undefined. */
int segment_write (struct journal_segment *s, uint64_t offset, struct slice *pieces,
                   size_t n);
/* A record of N bytes was added at the end. */
void segment_added (struct journal_segment *s, uint64_t seq, uint64_t n);
/* Forget what is at and after SIZE; LAST is the number of the record before it. */
void segment_cut (struct journal_segment *s, uint64_t size, uint64_t last);
/* Where to begin looking for the first number above AFTER. */
uint64_t segment_mark_before (const struct journal_segment *s, uint64_t after);
/* Close the descriptor if nobody needs it: sealed, in a journal, and only that refers to
 * it.  (What was dropped cannot be opened again.) */
void segment_rest (struct journal_segment *s);
void segment_unlink (struct journal_segment *s);

#endif
