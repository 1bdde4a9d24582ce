/* subscription.h - one viewer of an object: a cursor in its journal and a window
 *
 *     struct subscription *s = subscription_new (name, target);
 *     subscription_start (s, journal, from, window);
 *     while (subscription_ready (s) && journal_next (journal, &s->cursor, &r) ==
 * JOURNAL_RECORD) if (subscription_wants (s, &r)) ... send it ..., subscription_sent (s,
 * r.seq, r.len); subscription_ack (s, seq); subscription_detach (s);      the name goes on
 * after the last acked number
 *
 * At most `window` bytes are ahead of the last ack, or one record if it is larger.  Loop
 * thread only.
 */
#ifndef KEEPER_SUBSCRIPTION_H
#define KEEPER_SUBSCRIPTION_H

#include "base/list.h"
#include "keeper/journal.h"
#include <stdbool.h>

#define SUBSCRIPTION_FLIGHTS 64
#define SUBSCRIPTION_ALL 0                /* target of what is for everyone */
#define SUBSCRIPTION_RECORDERS UINT32_MAX /* of what only those with `records` get */

struct subscription {
    struct list link;
    char *name;
    uint32_t target; /* number of the name within the object, never 0 */
    bool attached;
    bool records; /* gets what is for any target */
    bool screen;  /* gets repaints instead of what is long past */
    bool repaint; /* is due one */
    bool drained; /* at the end of the journal when last looked at */
    struct journal_cursor cursor;
    uint64_t window;
    uint64_t sent, acked; /* bytes since the start */
    uint64_t sent_seq, acked_seq;
    int64_t moved_us; /* monotonic: when something was last sent or acked */
    struct {
        uint64_t seq, sent;
    } flight[SUBSCRIPTION_FLIGHTS]; /* what is not acked, coarsely; a ring */
    unsigned first, count;
};

struct subscription *subscription_new (const char *name, uint32_t target);
void subscription_free (struct subscription *s);
/* FROM as in KEEP_SUBSCRIBE: 0 the retained cursor, or live from now if KNOWN is false; 1
 * the beginning; otherwise after that number.  True: numbers that it should have got are
 * gone. */
bool subscription_start (struct subscription *s, struct journal *j, uint64_t from,
                         uint64_t window, bool known);
void subscription_detach (struct subscription *s);
bool subscription_ready (const struct subscription *s);
bool subscription_wants (const struct subscription *s, const struct journal_record *r);
void subscription_sent (struct subscription *s, uint64_t seq, size_t n);
void subscription_ack (struct subscription *s, uint64_t seq);

#endif
