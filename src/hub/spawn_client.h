/* spawn_client.h - the hub's line to labwright-spawner (sandbox/spawn_wire.h)
 *
 * One SOCK_SEQPACKET connection, made anew with growing pauses (50 ms to 2 s) whenever it is lost.  After
 * every connection: hello with "subscribe", then list, and what that says is told (ops->up) before anything
 * else; so whoever keeps a picture of what runs can mend it each time.
 *
 *     struct spawn_client *c = spawn_client_new (loop, "/run/labwright/spawner.sock", &ops, me);
 *     spawn_client_ask (c, &request, on_answer, arg);        CB is called once, never from within the call
 *     spawn_client_free (c);                                 who waits is told UNAVAILABLE first
 *
 * Requests are sent when it is up; otherwise, and when the line breaks before the answer, CB gets
 * UNAVAILABLE: whether it was done is then for the next list to tell.
 *
 * Loop thread only.
 */
#ifndef HUB_SPAWN_CLIENT_H
#define HUB_SPAWN_CLIENT_H

#include "loop/loop.h"
#include "sandbox/spawn_wire.h"

#define SPAWN_CLIENT_TIMEOUT_US 60000000 /* for an answer: TIMEOUT */

struct spawn_client;

struct spawn_client_ops {
    /* LIST: an array of states (spawn_state_from_json), borrowed.  Whoever asked before has been answered. */
    void (*up) (void *arg, const json_t *list);
    /* It is gone, or still not there for another reason: spawn_client_trouble. */
    void (*down) (void *arg);
    void (*event) (void *arg, enum spawn_event event, const json_t *body);
};

/* OK: borrowed, or NULL and ERR says why. */
typedef void (*spawn_answer_fn) (void *arg, const json_t *ok, const struct err *err);

struct spawn_client *spawn_client_new (struct loop *l, const char *path,
                                       const struct spawn_client_ops *ops, void *arg);
void spawn_client_free (struct spawn_client *c); /* NULL is fine */
bool spawn_client_is_up (const struct spawn_client *c);
/* Why it is not up, a sentence for an administrator; "": it is. */
const char *spawn_client_trouble (const struct spawn_client *c);
/* Asks for the list again: ops->up once more, or nothing if the line is down (then that comes by itself). */
void spawn_client_list (struct spawn_client *c);
/* R is borrowed for the time of the call; its id is set here.  CB NULL: nobody minds. */
void spawn_client_ask (struct spawn_client *c, const struct spawn_request *r,
                       spawn_answer_fn cb, void *arg);

#endif
