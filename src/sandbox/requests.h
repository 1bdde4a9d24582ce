/* requests.h - the closed table of what a hub may ask (spawn_wire.h), and the socket at which it asks
 *
 *     struct requests *rq = requests_new (state, turn, limits, root, &err);      listens at STATE/run/spawner.sock
 *     requests_free (rq);
 *
 * A peer is root or the uid that the hub runs as (SO_PEERCRED, once, at accept); anybody else is hung up on. A
 * packet that is no request is answered with why, and one that is not in the table with a refusal.  A peer that
 * does not read what it is told is hung up on as well: it connects anew, and list tells it what it missed.
 *
 * Spawner process only.
 */
#ifndef SANDBOX_REQUESTS_H
#define SANDBOX_REQUESTS_H

#include "sandbox/box.h"

#define REQUESTS_PEERS 16

struct requests;

struct requests *requests_new (const char *state, struct turn *t, struct limits *l,
                               bool root, struct err *err);
void requests_free (struct requests *rq); /* sandboxes go on */
/* Asks every sandbox to end; DONE when none is left. */
void requests_stop_all (struct requests *rq, void (*done) (void *arg), void *arg);

#endif
