/* first_admin.c - the first admin
 *
 * POST /api/v1/setup {"token","username","password","email","cookie"}.  The token lives in memory: the
 * next start prints another one.
 */

#include "hub/first_admin.h"

#include "base/ident.h"
#include "base/jsonx.h"
#include "hub/gate_hub.h"
#include "hub/hub_nouns.h"
#include "hub/login.h"
#include "hub/params.h"
#include "hub/passwords.h"
#include "hub/throttle.h"
#include "hub/caller.h"
#include "store/user_store.h"

#include <stdio.h>

#define TOKEN_CHARS 32
#define BODY_MAX 16384

struct first_admin {
    struct hub *h;
    char token[TOKEN_CHARS + 1];
    bool over; /* somebody exists: that does not change any more */
};

struct first_admin *first_admin_new (struct hub *h)
{
    struct first_admin *s = xnew (struct first_admin);
    s->h = h;
    ident_short (s->token, TOKEN_CHARS);
    return s;
}

void first_admin_free (struct first_admin *s)
{
    free (s);
}

bool first_admin_is_open (struct first_admin *s)
{
    bool any;
    if (!s->over && (user_store_any (s->h->db, &any, NULL) || any))
        s->over = true;
    return !s->over;
}

void first_admin_announce (struct first_admin *s)
{
    if (!first_admin_is_open (s))
        return;
    (void)printf ("Nobody has an account yet. The first admin is set up at\n"
                  "    %s/setup?token=%s\n",
                  s->h->site.hub, s->token);
    (void)fflush (stdout);
}

static void done_with_cookie (struct http_req *req, const struct user_model *u)
{
    login_reply (req, u, true);
}

static void done_with_token (struct http_req *req, const struct user_model *u)
{
    login_reply (req, u, false);
}

static int check_token (struct http_req *req, const char *token)
{
    struct hub *h = http_req_server (req);
    int64_t wait;
    struct err err;
    if (!first_admin_is_open (h->first_admin))
        return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                                "This hub is set up already: log in");
    if (throttle_begin (h, "setup", caller_address (req), &wait, &err)) {
        http_fail (req, &err);
        return -1;
    }
    if (!ident_equal (token, h->first_admin->token))
        return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                                "That is not the token that the hub printed when it was "
                                "started last");
    throttle_passed (h, "setup", caller_address (req));
    return 0;
}

static void setup_post (struct http_req *req)
{
    const char *token;
    struct account a = { .admin = true };
    bool cookie;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || params_wanted (body, "token", 200, &token, &err) ||
        params_wanted (body, "username", 200, &a.name, &err) ||
        params_wanted (body, "password", PASSWORD_MAX, &a.password, &err) ||
        params_str (body, "email", 300, "", &a.email, &err) ||
        params_bool (body, "cookie", false, &cookie, &err)) {
        http_fail (req, &err);
        return;
    }
    if ((cookie && gate_hub_require_xsrf (req)) || check_token (req, token))
        return;
    login_create_account (req, &a, cookie ? done_with_cookie : done_with_token);
}

static const struct route rows[] = {
    { HTTP_POST, "/api/v1/setup", NULL, ROUTE_PUBLIC | ROUTE_NO_XSRF, BODY_MAX,
      setup_post },
};
const struct route_table hub_setup_routes = { rows, ARRAY_SIZE (rows) };
