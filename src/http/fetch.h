/* fetch.h - one GET from an HTTP server behind a unix socket, its JSON answer
 *
 *     struct fetch *f = fetch_json (loop, "/run/x/lab.sock", "/api/status", 5 * CLOCK_S, on_answer, me);
 *     fetch_cancel (f);                                    ON_ANSWER is not called then
 *
 * A connection of its own each time, for questions that are asked now and then; what goes on all the time
 * is proxy.h's.  The server is not trusted: it has AFTER_US for everything, and FETCH_MAX bytes for its
 * answer.
 *
 * Loop thread only.
 */
#ifndef HTTP_FETCH_H
#define HTTP_FETCH_H

#include "base/err.h"
#include "base/jsonx.h"
#include "loop/loop.h"

#define FETCH_MAX (1024 * 1024)

struct fetch;

/* Once, never from within fetch_json: what it answered with status 200, borrowed; or NULL and why.  UNAVAILABLE:
 * nobody listens there, or went away; TIMEOUT; INTERNAL: another status, or what is no JSON.  F is gone then. */
typedef void (*fetch_fn) (void *arg, const json_t *answer, const struct err *err);

/* SOCKET and TARGET are copied; TARGET is a path that needs no escaping. */
struct fetch *fetch_json (struct loop *l, const char *socket, const char *target,
                          int64_t after_us, fetch_fn cb, void *arg);
void fetch_cancel (struct fetch *f); /* NULL is fine */

#endif
