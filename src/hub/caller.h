/* caller.h - who asks: an API key, an access token, or a browser's cookie
 *
 * Authorization may be "apikey K", "Bearer K", "token K", or Basic with K as the password (what a .netrc
 * entry makes of the original CLI's requests: floyd-contract 2.1).  K is an API key or an access token;
 * both are looked up by their SHA-256.  A request that carries Authorization is judged by it alone.
 *
 * The cookie and the access token are the same thing, a login (store/key_store.h): a text in the form of a
 * JSON Web Token, because the original CLI reads `exp` from it; nothing believes what is in it.
 *
 * Loop thread only.
 */
#ifndef HUB_CALLER_H
#define HUB_CALLER_H

#include "hub/hub.h"
#include "model/user_model.h"
#include "store/key_store.h"

#define CALLER_COOKIE "labwright"
#define CALLER_LOGIN_S (7 * 86400LL)

enum caller_by {
    CALLER_BY_COOKIE,
    CALLER_BY_TOKEN,
    CALLER_BY_KEY,
    CALLER_BY_PASS, /* the page of one's workspace, on the labs origin: pass.h */
};

struct caller {
    struct user_model user;
    enum caller_by by;
    char *login;           /* the secret of a cookie or token; NULL for a key or pass */
    char proof[KEY_PROOF]; /* of the login or key that it all hangs on */
};

/* *RET NULL (and 0): nobody says who he is, or with a cookie that is not known any more.
 * UNAUTHENTICATED: Authorization holds what we do not know.  Anything else: it could not be looked up. */
int caller_identify (struct hub *h, struct http_req *req, struct caller **ret,
                     struct err *err);
/* USER by the pass that hangs on PROOF; NULL: there is no such person (any more). */
struct caller *caller_by_pass (struct hub *h, const char *user, const char *proof);
void caller_free (struct caller *c);
DEFINE_AUTO (struct caller *, caller_free)

/* Who asks REQ; never NULL in the handler of a row that is not ROUTE_PUBLIC. */
const struct caller *caller_of (const struct http_req *req);
/* The address that asks: the peer's, or what the proxy in front says.  Borrowed from REQ. */
const char *caller_address (struct http_req *req);

/* A new login of USER, malloc'ed; its agent is from REQ. */
char *caller_new_login (struct http_req *req, const char *user, struct err *err);
/* Sets the cookie, LOGIN NULL: deletes it. */
void caller_set_cookie (struct http_req *req, const char *login);
/* A new API key: "lw-" and 40 characters; malloc'ed. */
char *caller_new_key (void);

#endif
