/* gate.h - what happens to a request before and around its handler
 * (contract 1.3, 1.5, 2.2, 2.7 - 2.9)
 *
 * Order: Host, identity, CORS headers, XSRF (its Origin test first), login, Origin of API
 * calls.  The three functions below are the callbacks of struct http_config; its ARG is the
 * server.  Loop thread only.
 */
#ifndef SERVER_GATE_H
#define SERVER_GATE_H

#include "base/err.h"
#include "http/http.h"
#include "server/origin.h"

struct gate;
struct server;

/* INVALID: allow_origin_pat is no regular expression. */
struct gate *gate_new (struct server *s, struct err *err);
void gate_free (struct gate *g);

int gate_check (void *arg, struct http_req *req, const struct route *route);
void gate_fail (void *arg, struct http_req *req, const struct err *err);
void gate_headers (void *arg, struct http_req *req, int status);

/* For rows with ROUTE_PUBLIC that ask for themselves: 0, or -1 and it has answered 403 (or,
 * for a page that was asked for with GET, with the redirect to the login page). */
int gate_require_user (struct http_req *req);
/* For rows with ROUTE_NO_XSRF whose token may be in a form, which is there only now: 0, or
 * -1 and it has answered. */
int gate_require_xsrf (struct http_req *req);
/* The Origin header is none of a stranger (contract 2.8). */
bool gate_origin_ok (struct http_req *req);
/* The Referer's host is ours or allowed (contract 2.7). */
bool gate_referer_ok (struct http_req *req);
const struct origin_rules *gate_origins (const struct gate *g);

#endif
