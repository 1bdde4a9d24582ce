/* gate_labs.h - what happens to every request of the labs origin before its handler
 *
 * Everything there belongs to one workspace, /notebooks/{id}/..., and the pages are the user's: any script.
 * In this order: the id, and the host that is that workspace's; what sent it; the pass.
 *
 * | | row of the hub | relayed (ROUTE_STREAM) | ROUTE_PUBLIC (the way in) |
 * |---|---|---|---|
 * | no such form of an id, host of another workspace | 404 | 404 | 404 |
 * | Sec-Fetch-Site cross-site, same-site | 403 | navigation only: GET of a document | as relayed |
 * | Origin that is not the workspace's own | 403 | 403 | 403 |
 * | upgrade to a websocket | 400 | relayed | 400 |
 * | unsafe without `X-Labwright: 1` | 403 | the server's affair | 403 |
 * | no pass that stands | 401 | page: 302 to the hub, which knows who it is; else 401 | - |
 *
 * A program may say a key or token of the owner in Authorization instead of the cookie.
 *
 * Loop thread only.
 */
#ifndef HUB_GATE_LABS_H
#define HUB_GATE_LABS_H

#include "http/http.h"

/* Called by the gate of the hub for rows with ROUTE_LABS.  Afterwards a relayed row has its struct door as
 * http_req_user; one of the hub's its caller. */
int gate_labs_check (struct http_req *req, const struct route *route);

/* Does a person wait for REQ in front of a window? */
bool gate_labs_is_page (const struct http_req *req);
/* Where the hub lets one into workspace ID, who then goes to NEXT (a path, or NULL); malloc'ed. */
char *gate_labs_way_in (const struct http_req *req, const char *id, const char *next);

#endif
