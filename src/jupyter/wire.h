/* wire.h - sign and check the ZeroMQ messages of one kernel (jupyter-contract 7.5)
 *
 *     [identity or topic...] "<IDS|MSG>" signature header parent_header metadata content
 * buffer*
 *
 *     struct wire *w = wire_new ("hmac-sha256", key, &err);
 *     size_t first;
 *     if (wire_accept (w, frames, n, &first, &err) < 0) ... drop it; wire_dropped counts
 *     frames[first .. n-1] are header, parent, metadata, content, buffers: the parts of
 * wsv1.h size_t len = wire_sign (w, parts, signature);
 *
 * An empty key signs with an empty signature and checks nothing.  A signature seen before
 * is a replay; the last WIRE_HISTORY to 2 * WIRE_HISTORY are remembered.  Knows no sockets.
 * Loop thread only.
 */
#ifndef JUPYTER_WIRE_H
#define JUPYTER_WIRE_H

#include "base/blk.h"
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

#define WIRE_DELIMITER "<IDS|MSG>"
#define WIRE_MAX_IDENTITIES 16 /* frames looked at for the delimiter */
#define WIRE_HISTORY 2048

struct wire;
/* SCHEME "hmac-<digest>".  PROBLEM_UNSUPPORTED for another. */
struct wire *wire_new (const char *scheme, const char *key, struct err *err);
void wire_free (struct wire *w);
DEFINE_AUTO (struct wire *, wire_free)

/* Check a received message.  *RET_FIRST is the frame of the header; at least four frames
 * follow from there, at most WSV1_MAX_PARTS. */
int wire_accept (struct wire *w, const struct slice *frames, size_t n, size_t *ret_first,
                 struct err *err);
/* Signature over PARTS[0..3], NUL-terminated; returns its length, which is 0 for an empty
 * key. */
size_t wire_sign (struct wire *w, const struct slice *parts, char ret[CRYPTO_HEX]);
/* Messages refused so far: malformed, badly signed or replayed. */
uint64_t wire_dropped (const struct wire *w);

#endif
