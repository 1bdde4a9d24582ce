/* wsconn.h - one websocket connection (jupyter-contract 6.1)
 *
 * Made by http_upgrade.  Inbound fragments are gathered into whole messages up to the configured
 * ceiling; outbound messages are queued as slices of shared blocks.  The queue never refuses, but tells
 * pressure: whoever feeds a connection whose wsconn_pressure is true must stop until ops->drained.
 *
 * Keep-alive: a PING every ping interval; if a ping was sent less than two intervals ago and no PONG came
 * for the time-out, the connection is closed without a code (suspended laptops are forgiven).
 *
 * After ops->closed the pointer is dead.  Loop thread only.
 */
#ifndef HTTP_WSCONN_H
#define HTTP_WSCONN_H

#include "base/blk.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WSCONN_HIGH (256 * 1024)
#define WSCONN_LOW (64 * 1024)

struct wsconn;

struct wsconn_ops {
    /* One whole message; MSG is borrowed (blk_ref to keep).  TEXT is valid UTF-8. */
    void (*message) (void *arg, struct blk *msg, bool text);
    /* The queue is below WSCONN_LOW again after pressure.  May be NULL. */
    void (*drained) (void *arg);
    /* Total payload bytes ever handed to the socket; for delivery cursors.  May be NULL. */
    void (*sent) (void *arg, uint64_t total_payload);
    /* CODE: peer's close code, 0 none.  Called exactly once, also after wsconn_close. */
    void (*closed) (void *arg, int code);
};

/* One message from N slices, each inside the block of the same index (blocks are referenced until
 * sent).  TEXT must be valid UTF-8: browsers close with 1007 otherwise. */
void wsconn_send (struct wsconn *ws, bool text, struct blk *const *blks,
                  const struct slice *slices, size_t n);
void wsconn_send_text (struct wsconn *ws, const char *s, size_t n); /* copies */
void wsconn_send_blk (struct wsconn *ws, bool text, struct blk *b); /* references B */
bool wsconn_pressure (const struct wsconn *ws);
size_t wsconn_queued (const struct wsconn *ws);
uint64_t wsconn_payload_queued_total (
    const struct wsconn *ws); /* payload bytes ever given to send */
/* Bytes that the socket took and the peer's system has not confirmed, frame headers and TLS included: what a
 * broken connection may have lost.  Also within ops->closed. */
size_t wsconn_unacknowledged (const struct wsconn *ws);
/* Stop reading from the client (back-pressure towards it) or go on. */
void wsconn_pause (struct wsconn *ws, bool on);
/* Defaults: 30 s and max (3 * interval, 30 s); interval 0: none. */
void wsconn_set_ping (struct wsconn *ws, int64_t interval_us, int64_t timeout_us);
/* CODE 0: close frame without a code.  What is queued is sent first, for at most 5 s. */
void wsconn_close (struct wsconn *ws, int code);
/* Drop the TCP connection now. */
void wsconn_abort (struct wsconn *ws);

#endif
