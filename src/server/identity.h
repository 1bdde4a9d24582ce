/* identity.h - token, password and login cookie: which user a request comes from
 * (contract 2.1 - 2.6)
 *
 *     struct identity *i = identity_new (s, &err);      token and cookie secret are settled
 * here struct user *u = identity_authenticate (i, req);  by the gate, once per request
 *     ... handlers: http_req_user (req) ...
 *     identity_free (i);
 *
 * Loop thread only.
 */
#ifndef SERVER_IDENTITY_H
#define SERVER_IDENTITY_H

#include "base/err.h"
#include "server/user.h"
#include <stdbool.h>

struct http_req;
struct identity;
struct server;

/* Reads or makes the cookie secret file (0600) in the runtime directory. */
struct identity *identity_new (struct server *s, struct err *err);
void identity_free (struct identity *i);

/* "" when token authentication is off.  Page config puts it into the page. */
const char *identity_token (const struct identity *i);
bool identity_token_generated (
    const struct identity *i); /* made up at start, so it may be printed */
const char *identity_password (const struct identity *i); /* the stored hash, "" if none */
bool identity_enabled (
    const struct identity *i); /* false: everybody is an anonymous user */
bool identity_token_matches (const struct identity *i,
                             const char *text); /* constant time */
/* A new password hash: from now on also part of the cookie key, so that older cookies end.
 */
void identity_set_password (struct identity *i, const char *hash);

/* Comparing a password is slow and a child's work: at most IDENTITY_CHECKS at a time,
 * because strangers ask for them.  False: too many; otherwise end what was begun. */
#define IDENTITY_CHECKS 4
bool identity_begin_check (struct identity *i);
void identity_end_check (struct identity *i);

/* The user, or NULL; adds the Set-Cookie headers of contract 2.3 to the answer.  The caller
 * frees. */
struct user *identity_authenticate (struct identity *i, struct http_req *req);
void identity_set_cookie (struct identity *i, struct http_req *req, const struct user *u);
void identity_clear_cookie (struct identity *i, struct http_req *req);

/* Of the request, as the gate found it. */
bool identity_by_token (const struct http_req *req);
/* True for https, with trust_xheaders also for what a proxy says. */
bool identity_is_secure (const struct identity *i, const struct http_req *req);

#endif
