/* user.h - who is asking: the person of a login cookie, or an anonymous moon (contract 2.4)
 *
 * A plain value that hangs from the request (http_req_user) or is on its way into a cookie.
 * Any thread.
 */
#ifndef SERVER_USER_H
#define SERVER_USER_H

#include "base/buf.h"
#include "base/cleanup.h"
#include <jansson.h>
#include <stdbool.h>

struct user {
    char *username, *name, *display_name, *initials;
    char *avatar_url, *color; /* may be NULL */
    bool token_auth;          /* this request brought the right token */
};

struct user *user_new_anonymous (void);
struct user *user_new_named (const char *name); /* the initials follow from it */
/* The object of a cookie or of PATCH /api/me; NULL if there is no username.  Missing names
 * follow from it. */
struct user *user_from_json (const json_t *j);
json_t *user_to_json (const struct user *u); /* the six keys of /api/me; new reference */
/* The same as text, for the cookie that each request by token gets.  -1: B is full. */
int user_add_json (struct buf *b, const struct user *u);
bool user_equal (const struct user *a, const struct user *b); /* ignores token_auth */
void user_free (struct user *u);
DEFINE_AUTO (struct user *, user_free)

/* Is NAME (or NULL) a field that PATCH /api/me could change? */
bool user_has_field (const char *name);

#endif
