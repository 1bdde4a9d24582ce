/* gateway.h - the way into workspaces: what is relayed to their servers, and for whom
 *
 * A door is one workspace for one pass (pass.h).  It keeps the relay to the workspace's server, which listens at
 * RUN/ws/<id>/lab.sock, and looks again, every second while it is used and every two seconds while something is
 * open, whether the pass still stands: if not, what is open is ended, websockets with 1012.
 *
 *     struct door *d = gateway_door (h->gateway, id, &pass);       NULL: the pass does not stand
 *     gateway_relay (d, req);                                      REQ is answered by it
 *
 * What passes: everything but the hub's own cookies, Authorization, and headers of answers that reach beyond
 * the workspace's path; cookies of the server are confined to it.  While the server is not there, a page is
 * answered with the waiting page (waiting.h), everything else with 503 and Retry-After.
 *
 * Loop thread only.
 */
#ifndef HUB_GATEWAY_H
#define HUB_GATEWAY_H

#include "hub/pass.h"

struct gateway;
struct door;

struct gateway *gateway_new (struct hub *h);
/* Ends what is open: before the requests that wait go away. */
void gateway_free (struct gateway *g);

/* Valid until control returns to the loop. */
struct door *gateway_door (struct gateway *g, const char *workspace,
                           const struct pass *pass);
const struct pass *door_pass (const struct door *d);
/* REQ's row is ROUTE_STREAM. */
void gateway_relay (struct door *d, struct http_req *req);

/* Websockets that browsers have open to that workspace, now. */
size_t gateway_browsers (struct hub *h, const char *workspace);
/* End what is open to that workspace, which is being deleted, or to all (NULL), as the hub stops. */
void gateway_forget (struct hub *h, const char *workspace);

#endif
