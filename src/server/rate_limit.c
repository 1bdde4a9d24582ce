/* rate_limit.c - how much a kernel may say to one client
 *
 * What is dropped is not counted, so the rate falls while output is suspended and it resumes below RESUME of
 * the limit.
 */

#include "server/rate_limit.h"

#include <stdbool.h>
#include <string.h>

#define RESUME 0.8

struct slot {
    int64_t tick; /* number of the slot since the epoch of the clock */
    uint64_t messages, bytes;
};

struct rate_limit {
    double max_messages, max_bytes, window_s;
    int64_t slot_us;
    struct slot slots[RATE_SLOTS];
    bool messages_exceeded, bytes_exceeded;
};

struct rate_limit *rate_limit_new (double messages, double bytes, int64_t window_us)
{
    struct rate_limit *r = xnew (struct rate_limit);
    if (window_us < RATE_SLOTS)
        window_us = RATE_SLOTS;
    r->max_messages = messages;
    r->max_bytes = bytes;
    r->window_s = (double)window_us / 1e6;
    r->slot_us = window_us / RATE_SLOTS;
    rate_limit_reset (r);
    return r;
}

void rate_limit_free (struct rate_limit *r)
{
    free (r);
}

void rate_limit_reset (struct rate_limit *r)
{
    memset (r->slots, 0, sizeof (r->slots));
    r->messages_exceeded = r->bytes_exceeded = false;
}

static struct slot *slot_at (struct rate_limit *r, int64_t tick)
{
    struct slot *s = &r->slots[tick % RATE_SLOTS];
    if (s->tick != tick)
        *s = (struct slot){ .tick = tick };
    return s;
}

/* Whether a rate is above its limit now; true in *RET_FIRST if it was not before. */
static bool exceeds (double rate, double limit, bool *exceeded, bool *ret_first)
{
    *ret_first = false;
    if (limit > 0 && rate > limit) {
        *ret_first = !*exceeded;
        *exceeded = true;
    } else if (rate < RESUME * limit) {
        *exceeded = false;
    }
    return *exceeded;
}

enum rate_verdict rate_limit_message (struct rate_limit *r, int64_t now_us, size_t bytes)
{
    int64_t tick = now_us / r->slot_us;
    struct slot *now = slot_at (r, tick);
    uint64_t messages = 1, total = bytes;
    bool first_messages, first_bytes;
    for (size_t i = 0; i < RATE_SLOTS; i++) {
        if (r->slots[i].tick <= tick - RATE_SLOTS)
            continue;
        messages += r->slots[i].messages;
        total += r->slots[i].bytes;
    }
    bool drop = exceeds ((double)messages / r->window_s, r->max_messages,
                         &r->messages_exceeded, &first_messages);
    drop |= exceeds ((double)total / r->window_s, r->max_bytes, &r->bytes_exceeded,
                     &first_bytes);
    if (drop)
        return first_messages ? RATE_DROP_MESSAGES
               : first_bytes  ? RATE_DROP_BYTES
                              : RATE_DROP;
    now->messages++;
    now->bytes += bytes;
    return RATE_PASS;
}
