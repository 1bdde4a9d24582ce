/* delivery.c - which numbers of a journal have left through a websocket */

#include "server/delivery.h"

void delivery_add (struct delivery *d, uint64_t total, uint64_t number)
{
    unsigned last = (d->first + d->count - 1) % DELIVERY_ENTRIES;
    if (d->count == DELIVERY_ENTRIES || (d->count && d->ring[last].total == total)) {
        d->ring[last].total = total;
        d->ring[last].number = number;
        return;
    }
    last = (d->first + d->count++) % DELIVERY_ENTRIES;
    d->ring[last].total = total;
    d->ring[last].number = number;
}

bool delivery_sent (struct delivery *d, uint64_t total, uint64_t *ret)
{
    bool any = false;
    if (total > d->sent)
        d->sent = total;
    while (d->count && d->ring[d->first].total <= d->sent) {
        *ret = d->ring[d->first].number;
        any = true;
        d->first = (d->first + 1) % DELIVERY_ENTRIES;
        d->count--;
    }
    return any;
}
