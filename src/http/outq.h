/* outq.h - bytes that wait for a socket: slices of shared blocks, in order
 *
 * Nothing is copied but a few bytes of framing, so ten viewers of one message cost ten
 * references.  The queue itself has no ceiling: whoever fills it looks at `bytes` and stops
 * at the high mark.  Value type; loop thread.
 */
#ifndef HTTP_OUTQ_H
#define HTTP_OUTQ_H

#include "base/blk.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define OUTQ_INLINE 22

struct outq_item {
    struct blk *blk; /* NULL: the bytes are inline */
    const uint8_t *data;
    size_t len;
    uint8_t done; /* of the inline bytes */
    bool payload;
    uint8_t small[OUTQ_INLINE];
};

struct outq {
    struct outq_item *items; /* ring */
    size_t head, n, cap;     /* cap is a power of two */
    size_t bytes;
    uint64_t payload_done; /* bytes of payload items ever taken away */
};

void outq_done (struct outq *q); /* a zeroed struct is an empty queue */
/* References B. */
void outq_add (struct outq *q, struct blk *b, const void *data, size_t n, bool payload);
/* Copies: for heads and framing. */
void outq_copy (struct outq *q, const void *data, size_t n);
/* The first bytes, at most MAX pieces: the number of pieces. */
size_t outq_peek (const struct outq *q, struct iovec *iov, size_t max);
/* N bytes went out. */
void outq_take (struct outq *q, size_t n);

#endif
