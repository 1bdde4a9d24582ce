/* gate_hub.h - what happens to every request before and around its handler
 *
 * In this order: which origin the Host names; whether the row belongs to it; no websocket upgrade but on
 * rows for it; Sec-Fetch-Site and Origin; who asks; whether the row is for him; the XSRF token.
 * A row allows by its flags only (http/route.h): one without any is for people who are logged in, at the
 * hub's origin, with the token for what changes something.
 *
 * | | API row | page row (ROUTE_PAGE) | labs row (ROUTE_LABS) |
 * |---|---|---|---|
 * | unknown Host | 403 | 403 | 403 |
 * | other origin's Host | 404 | 404 | 404 |
 * | upgrade without ROUTE_WEBSOCKET | 400 | 400 | the handler's affair |
 * | Sec-Fetch-Site cross-site, same-site | 403 | navigation only: GET of a document | the handler's |
 * | foreign Origin | 403 | 403 | the handler's |
 * | nobody, no ROUTE_PUBLIC | 401 | 302 to /login?next= | the handler's |
 * | unknown key or token | 401 | 401 | - |
 * | no admin, ROUTE_ADMIN | 403 | 403 | - |
 * | cookie, unsafe, no token | 403 | 403 | - |
 *
 * Errors of the API are {"message","slug"}.  Of the statuses, the original CLI shows the message of 400, 403
 * and 429 only (floyd-contract 2.1), so what a person must read is one of these.
 *
 * Loop thread only; http_config.arg is the hub.
 */
#ifndef HUB_GATE_HUB_H
#define HUB_GATE_HUB_H

#include "http/http.h"

int gate_hub_check (void *arg, struct http_req *req, const struct route *route);
void gate_hub_fail (void *arg, struct http_req *req, const struct err *err);
void gate_hub_headers (void *arg, struct http_req *req, int status);

/* For a handler that turns out to change something on behalf of a browser: 0, or -1 after it has
 * answered. */
int gate_hub_require_xsrf (struct http_req *req);
/* http_fail with the words; -1. */
int gate_hub_refuse (struct http_req *req, enum problem problem, const char *text);

#endif
