/* journal.h - everything an object said, numbered, on disk, within a budget
 *
 * A journal is a row of segment files in <dir>/journal-<object>/; only the last one grows.
 * A reader is a cursor: it costs a few bytes however far behind it is, because what it has
 * not yet got is in the page cache or on disk and nowhere else.
 *
 *     struct journals *all = journals_new (dir, total, pool, &err);
 *     struct journal *j = journal_new (all, object, budget, &err);
 *     journal_append (j, seq, channel, target, pieces, n);
 *     struct journal_cursor c;  journal_seek (j, &c, after);
 *     while (journal_next (j, &c, &record) > 0) ... record.data, or its bytes by
 * journal_read journal_free (j);  journals_free (all);
 *
 * Above the budget of a journal, or of all, the oldest segments go; a cursor that stood in
 * one hears of it (JOURNAL_GAP).  What journal_reserve reserves goes only above the budget of
 * all, and last.  When the disk is full or broken, records go to a bounded
 * tail in memory instead, and back to disk when it works again: a live message is never
 * lost, only history is shorter.
 *
 * Loop thread only.  Appends are writes into the page cache, batched per turn: short,
 * unless the host is throttling writers, and then the kernel in front of us is what has to
 * wait.
 */
#ifndef KEEPER_JOURNAL_H
#define KEEPER_JOURNAL_H

#include "base/blk.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/pool.h"
#include <stdint.h>
#include <sys/types.h>

#define JOURNAL_SEGMENT (8u << 20) /* bytes of a segment of a large journal */
#define JOURNAL_MEMORY (4u << 20)  /* of one journal, while the disk fails */
#define JOURNAL_INLINE (64u << 10) /* records up to this come with their data */
#define JOURNAL_RETRY_US                                                                   \
    (5 * 1000000LL) /* after a failure, before the disk is tried again */

struct journals;
/* Removes what an earlier keeper left in DIR (the caller holds the lock).  POOL removes the
 * files of ended journals; NULL: at once. */
struct journals *journals_new (const char *dir, uint64_t total_budget, struct pool *pool,
                               struct err *err);
void journals_free (struct journals *js);
DEFINE_AUTO (struct journals *, journals_free)
uint64_t journals_bytes (const struct journals *js);

struct journal;
struct journal *journal_new (struct journals *js, uint32_t object, uint64_t budget);
void journal_free (
    struct journal *j); /* and its files; segments still referenced stay readable */
DEFINE_AUTO (struct journal *, journal_free)
/* Somebody still reads: what has a number above READ (ARG) is reserved.  READ is asked when a
 * budget is exceeded, for each segment that would go. */
typedef uint64_t (*journal_read_fn) (void *arg);
void journal_reserve (struct journal *j, journal_read_fn read, void *arg);

/* SEQ is above every earlier one.  PIECES are joined. */
void journal_append (struct journal *j, uint64_t seq, unsigned channel, uint32_t target,
                     const struct slice *pieces, size_t n);
uint64_t journal_first (const struct journal *j); /* lowest number still there; 0: empty */
uint64_t journal_last (const struct journal *j);  /* 0: nothing was ever appended */
uint64_t journal_bytes (const struct journal *j);
uint64_t
journal_dropped (const struct journal *j); /* highest number the budget took; 0: none */

struct journal_segment;
struct journal_cursor {
    uint64_t segment, offset; /* private */
};
/* The next record is the first with a number above AFTER; what is older than the journal is
 * no gap here: compare with journal_first. */
void journal_seek (struct journal *j, struct journal_cursor *c, uint64_t after);

enum { JOURNAL_END = 0, JOURNAL_RECORD = 1, JOURNAL_GAP = 2 };
struct journal_record {
    uint64_t seq;
    unsigned channel;
    uint32_t target;
    size_t len;
    const uint8_t *
        data; /* borrowed until the next call for any journal; NULL: above JOURNAL_INLINE */
    struct journal_segment *segment; /* borrowed; ref it to read or send the range later */
    uint64_t offset;                 /* of the data in the segment */
};
/* JOURNAL_RECORD and the cursor moves on; JOURNAL_END; JOURNAL_GAP: what was under the
 * cursor is gone, ret->seq is the first number still there and the cursor stands before it.
 */
int journal_next (struct journal *j, struct journal_cursor *c, struct journal_record *ret);

struct journal_segment *journal_segment_ref (struct journal_segment *s);
void journal_segment_unref (struct journal_segment *s);
/* A descriptor for sendfile (borrowed, valid while referenced), or -1: the segment is in
 * memory. */
int journal_segment_fd (struct journal_segment *s);
/* Up to N bytes at OFFSET; 0 or -1 with errno: unreadable. */
ssize_t journal_segment_read (struct journal_segment *s, uint64_t offset, void *into,
                              size_t n);

#endif
