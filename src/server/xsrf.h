/* xsrf.h - the _xsrf cookie and its check (contract 2.7)
 *
 * The cookie is readable by scripts and lives on path B.  It is set only when an HTML page
 * is rendered: a page calls xsrf_issue.  Its text is xsrf_token.h's.  Loop thread only.
 */
#ifndef SERVER_XSRF_H
#define SERVER_XSRF_H

struct http_req;

/* The value to put into forms: that of the request's cookie, or a new one, which is added
 * to the answer as Set-Cookie.  malloc'ed. */
char *xsrf_issue (struct http_req *req);
/* NULL if the request may change things; else why not (a sentence, static). */
const char *xsrf_problem (struct http_req *req);

#endif
