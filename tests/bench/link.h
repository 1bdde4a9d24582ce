/* link.h - one TCP connection to the server: HTTP requests, and a websocket after an upgrade
 *
 *     struct link l;
 *     link_open (&l, target);
 *     link_request (&l, "GET", "api/status", NULL, 0);
 *     status = link_reply (&l, &body);                 any number of times, in turns
 *
 *     link_websocket (&l, "api/kernels/ID/channels", WSV1_SUBPROTOCOL);
 *     link_send (&l, true, data, n);
 *     struct slice m = link_recv (&l);                 valid until the next call
 *     link_close (&l);
 *
 * Blocking.  Pings are answered.  Whatever is not as it should be ends the program.
 */
#ifndef TESTS_BENCH_LINK_H
#define TESTS_BENCH_LINK_H

#include "base/blk.h"
#include "client.h"
#include <stdbool.h>

#define LINK_MAX ((size_t)64 << 20) /* of one message, or one body that is wanted */

struct link {
    const struct target *target;
    int fd;
    struct buf in;     /* received */
    size_t used;       /* of `in`, by what was given out */
    struct buf joined; /* a message of several frames */
};

/* False only if nobody listens. */
bool link_try (struct link *l, const struct target *t);
void link_open (struct link *l, const struct target *t);
void link_close (struct link *l);

void link_request (struct link *l, const char *method, const char *path, const void *body,
                   size_t n);
/* Read a whole answer; its status.  BODY may be NULL; RET_BYTES, the size of the body, too. */
int link_reply (struct link *l, struct buf *body, uint64_t *ret_bytes);
/* Both, on a connection of its own; ends the program unless the status is 2xx. */
void link_call (const struct target *t, const char *method, const char *path,
                const char *body, struct buf *ret);

/* PROTOCOL may be NULL. */
void link_websocket (struct link *l, const char *path, const char *protocol);
void link_send (struct link *l, bool binary, const void *data, size_t n);
struct slice link_recv (struct link *l);

#endif
