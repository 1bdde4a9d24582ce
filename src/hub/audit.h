/* audit.h - one line for each thing that somebody changed, in the database
 *
 * Loop thread only.
 */
#ifndef HUB_AUDIT_H
#define HUB_AUDIT_H

#include "http/http.h"

/* WHAT: "user.create"; SUBJECT: the name of what it was done to; DETAIL may be NULL.  Who and from where
 * are the request's.  A failure is logged, and does not undo what was done. */
void audit (struct http_req *req, const char *what, const char *subject,
            const char *detail);
/* The same where nobody is logged in yet: a sign-in as WHO. */
void audit_as (struct http_req *req, const char *who, const char *what,
               const char *subject);

#endif
