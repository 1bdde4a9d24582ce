/* kernel_ws.h - a browser's connection to the channels of a kernel (contract 6.2 - 6.9)
 *
 * Life: handshake (the kernel must exist; waits while the server attaches to the keeper) -> subscription
 * under the session id, which goes on where that session left off -> frames both ways -> closed, leaving the
 * cursor with the keeper.
 *
 * For clients of v1.kernel.websocket.jupyter.org the bytes of the journal are the bytes of the message: they
 * are forwarded, not encoded.  The keeper is told what was delivered when wsconn has handed it to the
 * socket, so that what waits here is bounded by the window and a killed server loses nothing.
 *
 * Loop thread only.
 */
#ifndef SERVER_KERNEL_WS_H
#define SERVER_KERNEL_WS_H

#include "base/blk.h"
#include "base/list.h"
#include <stdbool.h>
#include <stdint.h>

struct http_req;
struct kernel;
struct kernel_ws;
struct server;

#define KERNEL_WS_WINDOW (1u << 20) /* bytes ahead of what the client has taken */
#define KERNEL_WS_MAX_SESSION 200   /* bytes of a session id */

/* Handler of /api/kernels/{kernel_id}/channels. */
void kernel_ws_open (struct http_req *req);
/* Called by kernels.c: the kernel is gone (UNEXPECTED: nobody asked for it and nobody could say so); its
 * sockets stay open and silent until the clients leave. */
void kernel_ws_kernel_gone (struct kernel *k, bool unexpected);
/* The keeper takes (no) more for this kernel. */
void kernel_ws_pause (struct kernel *k, bool on);
/* Is the page with that session connected?  *RET: the first number that its connection gets, 0 if that is not
 * known yet.  K may be NULL. */
bool kernel_ws_begins (const struct kernel *k, const char *session, uint64_t *ret);
/* A record that is for another session goes to that page as well. */
void kernel_ws_deliver (const struct kernel *k, const char *session, struct blk *b,
                        struct slice s);
/* All sockets are forgotten without touching their connections; for the end of the server. */
void kernel_ws_drop_all (struct kernel *k);

#endif
