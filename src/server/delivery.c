/* delivery.c - which numbers of a journal have left through a websocket, and which have arrived */

#include "server/delivery.h"

#include "base/cleanup.h"

#include <string.h>

#define FIRST_CAP 32

void delivery_done (struct delivery *d)
{
    free (d->ring);
    memset (d, 0, sizeof (*d));
}

/* Entry I, counted from the oldest. */
static struct delivery_entry *entry (const struct delivery *d, size_t i)
{
    return &d->ring[(d->first + i) % d->cap];
}

static void grow (struct delivery *d)
{
    size_t cap = d->cap ? 2 * d->cap : FIRST_CAP;
    struct delivery_entry *ring = xcalloc (cap, sizeof (*ring));
    for (size_t i = 0; i < d->told + d->waiting; i++)
        ring[i] = *entry (d, i);
    free (d->ring);
    d->ring = ring;
    d->cap = cap;
    d->first = 0;
}

/* Room for one more.  False: all entries wait. */
static bool make_room (struct delivery *d)
{
    if (d->told + d->waiting < d->cap)
        return true;
    if (d->cap < DELIVERY_ENTRIES) {
        grow (d);
        return true;
    }
    if (d->told == 0)
        return false;
    d->forgotten = entry (d, 0)->number;
    d->first = (d->first + 1) % d->cap;
    d->told--;
    return true;
}

void delivery_add (struct delivery *d, uint64_t total, uint64_t number)
{
    struct delivery_entry *last = d->waiting ? entry (d, d->told + d->waiting - 1) : NULL;
    bool absorb = last && last->total == total;
    if (!absorb && !make_room (d))
        absorb = true;
    if (!absorb)
        last = entry (d, d->told + d->waiting++);
    else
        last = entry (d, d->told + d->waiting - 1);
    last->total = total;
    last->number = number;
}

bool delivery_sent (struct delivery *d, uint64_t total, uint64_t *ret)
{
    bool any = false;
    if (total > d->sent)
        d->sent = total;
    while (d->waiting && entry (d, d->told)->total <= d->sent) {
        *ret = entry (d, d->told)->number;
        any = true;
        d->told++;
        d->waiting--;
    }
    return any;
}

bool delivery_rewind (const struct delivery *d, uint64_t unacknowledged, uint64_t *ret)
{
    uint64_t arrived = d->sent > unacknowledged ? d->sent - unacknowledged : 0;
    uint64_t number = d->forgotten;
    for (size_t i = 0; i < d->told; i++) {
        if (entry (d, i)->total > arrived) {
            *ret = number;
            return true;
        }
        number = entry (d, i)->number;
    }
    return false;
}
