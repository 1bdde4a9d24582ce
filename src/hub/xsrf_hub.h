/* xsrf_hub.h - the token that a page of ours must send back when it changes something
 *
 * Double submit: the cookie `_xsrf` (readable by our pages) and the header X-XSRFToken must be equal.
 * Whoever can set a cookie for us (a page on a sibling host) can make both equal, so the token is also
 * bound to the login that it was made for: "<nonce>.<HMAC of nonce and login>".
 *
 * Loop thread only.
 */
#ifndef HUB_XSRF_HUB_H
#define HUB_XSRF_HUB_H

#include "http/http.h"

/* Sets the cookie if the request's is not right for LOGIN (NULL: nobody is logged in). */
void xsrf_hub_issue (struct http_req *req, const char *login);
/* NULL if the request may change things as LOGIN; else why not: a static sentence. */
const char *xsrf_hub_problem (struct http_req *req, const char *login);

/* Has COOKIE ("name=value", N bytes) the form of ours?  A workspace's server has one of the same name. */
bool xsrf_hub_is_cookie (const char *cookie, size_t n);

#endif
