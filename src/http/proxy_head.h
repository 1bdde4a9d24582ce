/* proxy_head.h - the heads that a relay passes on, for proxy.c
 *
 * What belongs to one hop stays on it (RFC 9110, 7.6.1), with whatever Connection names besides; the
 * framing is made anew by whoever sends.  Loop thread only.
 */
#ifndef HTTP_PROXY_HEAD_H
#define HTTP_PROXY_HEAD_H

#include "http/answer.h"
#include "http/proxy.h"

/* The head of REQ as the server is to see it. */
void proxy_head_request (const struct proxy_config *config, const struct http_req *req,
                         const struct proxy_from *from, struct buf *b);
/* May REQ be said again without harm?  Then it is said so that its connection stays. */
bool proxy_head_again (const struct http_req *req);
/* Is REQ a websocket's handshake? */
bool proxy_head_upgrades (const struct http_req *req);
/* Adds what the server answered to the answer of REQ. */
void proxy_head_answer (const struct proxy_config *config, struct http_req *req,
                        const struct answer *a);

#endif
