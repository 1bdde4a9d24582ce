/* pages.h - the HTML pages of the server itself: errors, login, logout
 *
 * Everything that came from outside is escaped here.  JupyterLab's own page is lab's.  Loop
 * thread only.
 */
#ifndef SERVER_PAGES_H
#define SERVER_PAGES_H

#include "base/buf.h"
#include <stdbool.h>

struct http_req;

#define PAGES_MAX (256 * 1024)

/* <html> ... <main>: TITLE is escaped.  B was initialised with PAGES_MAX. */
void pages_begin (struct http_req *req, struct buf *b, const char *title);
/* Closes the page and answers with it; also issues the _xsrf cookie. */
void pages_end (struct http_req *req, struct buf *b, int status);

/* A whole error page; MESSAGE may be NULL. */
void pages_error (struct http_req *req, int status, const char *message);
/* The form; ERROR may be NULL. */
void pages_login (struct http_req *req, int status, const char *error);
void pages_logout (struct http_req *req);

#endif
