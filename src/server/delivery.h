/* delivery.h - which numbers of a journal have left through a websocket
 *
 *     delivery_add (&d, wsconn_payload_queued_total (ws), number);    after queueing a record's message
 *     if (delivery_sent (&d, total, &number)) keep_sub_ack (sub, number);
 *
 * Remembers at most DELIVERY_ENTRIES; beyond that the newest absorb what follows, so that an ack comes late
 * and never early.  Plain value.
 */
#ifndef SERVER_DELIVERY_H
#define SERVER_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#define DELIVERY_ENTRIES 256

struct delivery {
    struct {
        uint64_t total, number;
    } ring[DELIVERY_ENTRIES];
    unsigned first, count;
    uint64_t sent;
};

/* The record NUMBER has left when TOTAL bytes have. */
void delivery_add (struct delivery *d, uint64_t total, uint64_t number);
/* TOTAL bytes have left.  True: *RET is the last number that went with them, and was not told before. */
bool delivery_sent (struct delivery *d, uint64_t total, uint64_t *ret);

#endif
