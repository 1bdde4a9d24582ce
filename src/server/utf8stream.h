/* utf8stream.h - bytes of a terminal as valid UTF-8, whatever their boundaries
 *
 *     struct utf8stream u = { 0 };
 *     utf8stream_feed (&u, data, n, &text);      a sequence that is cut at the end is held back
 *     utf8stream_end (&u, &text);
 *
 * What is no UTF-8 becomes U+FFFD, one for each maximal part, as browsers and Python decode.  Text grows to
 * at most 3 times the bytes.  Plain value.
 */
#ifndef SERVER_UTF8STREAM_H
#define SERVER_UTF8STREAM_H

#include "base/buf.h"
#include <stdint.h>

struct utf8stream {
    uint8_t held[4];
    uint8_t n;         /* bytes held */
    uint8_t needed;    /* bytes of the sequence in all; 0: between sequences */
    uint8_t low, high; /* what the next byte must be in */
};

/* How much of DATA comes out as it is: usually all of it. */
size_t utf8stream_run (const struct utf8stream *u, const void *data, size_t n);
void utf8stream_feed (struct utf8stream *u, const void *data, size_t n, struct buf *out);
void utf8stream_end (struct utf8stream *u, struct buf *out);

#endif
