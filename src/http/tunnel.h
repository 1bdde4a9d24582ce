/* tunnel.h - a client's connection after a 101, as bytes in both directions
 *
 * Made by http_tunnel for a relayed websocket: whoever holds it passes frames on without looking into them.
 *
 *     struct tunnel *t = http_tunnel (req, &ops, me);
 *     tunnel_write (t, blk);      then stop while tunnel_pressure (t), until ops->drained
 *     tunnel_pause (t, true);     the client is not read until it is taken back
 *     tunnel_finish (t);          what is queued goes out, then the connection ends; T is dead
 *
 * A client that takes nothing of what waits for it for two minutes is dropped.  Loop thread only.
 */
#ifndef HTTP_TUNNEL_H
#define HTTP_TUNNEL_H

#include "base/blk.h"
#include <stdbool.h>

struct tunnel;

struct tunnel_ops {
    void (*input) (void *arg, const void *data, size_t n); /* borrowed; at most 128 KiB */
    void (*drained) (void *arg);
    /* The client went away; T is dead.  Not after tunnel_finish. */
    void (*gone) (void *arg);
};

#define TUNNEL_HIGH (256 * 1024)
#define TUNNEL_LOW (64 * 1024)

void tunnel_write (struct tunnel *t, struct blk *b); /* references B */
bool tunnel_pressure (const struct tunnel *t);
void tunnel_pause (struct tunnel *t, bool on);
void tunnel_finish (struct tunnel *t);

#endif
