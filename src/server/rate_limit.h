/* rate_limit.h - how much a kernel may say to one client (contract 6.8)
 *
 *     struct rate_limit *r = rate_limit_new (1000, 1e6, 3 * CLOCK_S);
 *     switch (rate_limit_message (r, now, bytes_of_stream)) ...
 *     rate_limit_reset (r);           the kernel is idle
 *
 * A sliding window, kept in RATE_SLOTS slots of time.  Pure but for the memory.
 */
#ifndef SERVER_RATE_LIMIT_H
#define SERVER_RATE_LIMIT_H

#include "base/cleanup.h"
#include <stddef.h>
#include <stdint.h>

#define RATE_SLOTS 60

enum rate_verdict {
    RATE_PASS,
    RATE_DROP,          /* suspended */
    RATE_DROP_MESSAGES, /* suspended from this one on: too many messages.  Tell the client */
    RATE_DROP_BYTES,    /* the same: too many bytes */
};

struct rate_limit;
/* Limits in messages and bytes a second; 0: none. */
struct rate_limit *rate_limit_new (double messages, double bytes, int64_t window_us);
void rate_limit_free (struct rate_limit *r);
DEFINE_AUTO (struct rate_limit *, rate_limit_free)
/* A message that is not exempt; BYTES 0 unless it is a stream. */
enum rate_verdict rate_limit_message (struct rate_limit *r, int64_t now_us, size_t bytes);
void rate_limit_reset (struct rate_limit *r);

#endif
