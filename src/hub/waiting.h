/* waiting.h - what is answered while the server of a workspace is not there
 *
 * A person in front of a window gets the waiting page, which shows how far the workspace is, resumes it when it
 * was stopped, and goes on to what was asked for as soon as the server answers.  It lives on the labs origin,
 * comes with a 503, and uses nothing but the workspace's own calls (gateway_api.c); data/static/hub/waiting.js
 * is all of it.  Anything else gets 503 with Retry-After.
 *
 * Loop thread only.
 */
#ifndef HUB_WAITING_H
#define HUB_WAITING_H

#include "http/http.h"

/* REQ asks for a page of a workspace that is not running.  One statement by key, for pages only. */
bool waiting_wanted (struct http_req *req, const char *workspace);
void waiting_page (struct http_req *req, const char *workspace);
/* The server did not answer, because of WHY. */
void waiting_answer (struct http_req *req, const char *workspace, const struct err *why);

#endif
