/* xsrf.h - the _xsrf cookie and its check (contract 2.7)
 *
 * The cookie is readable by scripts and lives on path B.  It is set only when an HTML page
 * is rendered: a page calls xsrf_issue.  A version 2 value is 2|mask|masked token|seconds;
 * the token stays the same for a browser, the mask does not matter.  Loop thread only, but
 * for the codec.
 */
#ifndef SERVER_XSRF_H
#define SERVER_XSRF_H

#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_req;

#define XSRF_TOKEN 256 /* longest token that is compared; longer texts never match */

/* The value to put into forms: that of the request's cookie, or a new one, which is added
 * to the answer as Set-Cookie.  malloc'ed. */
char *xsrf_issue (struct http_req *req);
/* NULL if the request may change things; else why not (a sentence, static). */
const char *xsrf_problem (struct http_req *req);

/* Codec: the token inside TEXT (either version, or any other non-empty text as it is).
 * False: unusable. */
bool xsrf_decode (const char *text, uint8_t ret[XSRF_TOKEN], size_t *ret_len);
/* True if COOKIE and SENT carry the same token. */
bool xsrf_equal (const char *cookie, const char *sent);

#endif
