/* journal_private.h - what the two files of a journal share
 *
 * journal.c writes and drops, journal_read.c reads.  Nobody else includes this.
 */
#ifndef KEEPER_JOURNAL_PRIVATE_H
#define KEEPER_JOURNAL_PRIVATE_H

#include "keeper/journal.h"
#include "keeper/segment.h"

struct record_header {
    uint64_t seq;
    uint32_t len, channel, target, zero;
};
#define RECORD sizeof (struct record_header)

struct journals {
    char *dir;
    int dirfd;
    struct pool *pool;
    uint64_t bytes, budget;
    struct list segments;            /* of all journals, oldest first */
    bool complained;                 /* about the disk, until it works again */
    struct journal_segment *reading; /* referenced: whose bytes are in the cache */
    uint64_t cache_offset;
    size_t cache_len;
    uint8_t *cache;
};

struct journal {
    struct journals *js;
    uint32_t object;
    uint64_t bytes, memory_bytes, budget, last, dropped;
    journal_read_fn read; /* NULL: nothing is reserved */
    void *read_arg;
    struct journal_segment **seg; /* oldest first, ids without holes */
    size_t n, cap;
    uint64_t next_id;
    uint64_t dropped_id,
        dropped_size; /* the last one dropped: a cursor at its end misses nothing */
    bool has_dir;
    int64_t failed_us; /* when the disk last failed; 0: it works */
    /* the tail, always of the last segment */
    uint8_t *tail;
    uint64_t tail_offset; /* of tail[0] in the segment */
    size_t tail_len, tail_flushed;
    uint64_t flushed_seq; /* last number before the unwritten ones */
};

struct journal_segment *journal_last_segment (const struct journal *j); /* NULL: none */
/* Write what is only in the tail. */
void journal_flush (struct journal *j);

#endif
