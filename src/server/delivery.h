/* delivery.h - which numbers of a journal have left through a websocket, and which have arrived
 *
 *     delivery_add (&d, wsconn_payload_queued_total (ws), number);    after queueing a record's message
 *     if (delivery_sent (&d, total, &number)) keep_sub_ack (sub, number);
 *     ... the connection breaks with n bytes unacknowledged by the peer:
 *     if (delivery_rewind (&d, n, &number)) keep_sub_rewind (sub, number);
 *     delivery_done (&d);
 *
 * What the system has taken from us is told at once, because it goes on its way even if we are killed; a
 * connection that breaks takes back what the peer's system never confirmed.
 *
 * Remembers at most DELIVERY_ENTRIES.  If that many wait, the newest absorbs what follows, so that an ack
 * comes late and never early.
 */
#ifndef SERVER_DELIVERY_H
#define SERVER_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DELIVERY_ENTRIES 4096

struct delivery_entry {
    uint64_t total, number;
};
struct delivery {
    struct delivery_entry *ring; /* the oldest have been told */
    size_t cap, first, told, waiting;
    uint64_t sent;
    uint64_t forgotten; /* number of the newest entry that is not remembered any more */
};

void delivery_done (struct delivery *d); /* D begins as zeros */
/* The record NUMBER has left when TOTAL bytes have. */
void delivery_add (struct delivery *d, uint64_t total, uint64_t number);
/* TOTAL bytes have left.  True: *RET is the last number that went with them, and was not told before. */
bool delivery_sent (struct delivery *d, uint64_t total, uint64_t *ret);
/* The last UNACKNOWLEDGED bytes of what left did not arrive.  True: numbers were told that went with them;
 * *RET is the last one before (0: none). */
bool delivery_rewind (const struct delivery *d, uint64_t unacknowledged, uint64_t *ret);

#endif
