/* attach.h - a connection of a server to the keeper
 *
 *     attach_accept (keeper, fd);           a guest until it said HELLO; then
 * keeper->attach, if that is free attach_frame (a, KEEP_STATE, 0, object, 0, payload, n);
 *     if (attach_room (a)) attach_data (a, kept, subscription, &record);
 *     attach_flush (a);                     at the end of a turn
 *
 * Everything that comes in is untrusted until parsed, even though the peer's uid is ours: a
 * frame that is malformed, or a request that is not allowed, ends the connection or is
 * answered with an error and nothing more.  A connection that stops reading is cut when
 * ATTACH_MAX_OUT bytes of answers wait for it; data of journals never waits in memory. Loop
 * thread only.
 */
#ifndef KEEPER_ATTACH_H
#define KEEPER_ATTACH_H

#include "keeper/keeper.h"

#define ATTACH_MAX_OUT (64u << 20)
#define ATTACH_HIGH (256u << 10) /* data is added below this */
#define ATTACH_MAX_GUESTS 8      /* connections that have not said HELLO */
#define ATTACH_MAX_DEFERRED 1024 /* requests to be answered later */

struct attach;
/* Takes FD, which is connected; checks the peer's uid. */
void attach_accept (struct keeper *k, int fd);
void attach_free (struct attach *a);

void attach_frame (struct attach *a, enum keep_kind kind, unsigned channel, uint32_t object,
                   uint64_t number, const void *payload, size_t n);
void attach_data (struct attach *a, const struct kept *k, const struct subscription *s,
                  const struct journal_record *r);
bool attach_room (const struct attach *a);
void attach_flush (struct attach *a);
/* The request being handled is answered later with attach_answer (token); 0: too many of
 * them. */
uint64_t attach_defer (struct attach *a, uint64_t number);
/* It is answered at once after all. */
void attach_undefer (struct attach *a, uint64_t token);
/* ERR with a problem, or PAYLOAD (NULL: empty).  A token of an earlier connection is
 * ignored. */
void attach_answer (struct attach *a, uint64_t token, const struct err *err,
                    const struct buf *payload);
/* Close in the next turn, after what waits was tried once. */
void attach_close (struct attach *a);

#endif
