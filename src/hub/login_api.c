/* login_api.c - signing in and out, one's own password and logins
 *
 * POST /api/v1/user/login {"username","password"} answers {"access_token"} (floyd-contract 2.4); with
 * "cookie": true, which is what our pages send, it sets the cookie instead, and then wants the XSRF token.
 */

#include "hub/login.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "hub/audit.h"
#include "hub/caller.h"
#include "hub/gate_hub.h"
#include "hub/hub_nouns.h"
#include "hub/params.h"
#include "hub/passwords.h"
#include "hub/throttle.h"
#include "store/key_store.h"
#include "store/user_store.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX 16384
#define NAME_BYTES 128

struct attempt {
    struct http_req *req;
    char *name, *new_password;
    char user[IDENT_SHORT + 1]; /* "": nobody has that name */
    bool cookie;
};

static void attempt_free (struct attempt *a)
{
    if (a->new_password)
        explicit_bzero (a->new_password, strlen (a->new_password));
    free (a->new_password);
    free (a->name);
    free (a);
}

/* Counts the try; or answers that it is one too many. */
static int begin_try (struct http_req *req, const char *name)
{
    struct hub *h = http_req_server (req);
    struct err err;
    int64_t wait;
    char text[24];
    if (!throttle_begin (h, name, caller_address (req), &wait, &err))
        return 0;
    if (err.problem == PROBLEM_LIMIT) {
        (void)snprintf (text, sizeof (text), "%lld", (long long)wait);
        http_header_set (req, "Retry-After", text);
    }
    http_fail (req, &err);
    return -1;
}

/* ---- in --------------------------------------------------------------------------------------- */

/* The person may have been disabled while the password was compared. */
static bool find_enabled (struct attempt *a, struct user_model *ret)
{
    struct hub *h = http_req_server (a->req);
    if (!a->user[0] || user_store_get (h->db, a->user, ret, NULL))
        return false;
    if (!ret->disabled)
        return true;
    user_model_done (ret);
    return false;
}

static void on_login_verified (void *arg, bool match, const char *hash,
                               const struct err *why)
{
    struct attempt *a = arg;
    struct user_model u;
    (void)hash;
    if (why) {
        http_fail (a->req, why);
    } else if (match && find_enabled (a, &u)) {
        throttle_passed (http_req_server (a->req), a->name, caller_address (a->req));
        audit_as (a->req, u.name, "user.login", u.name);
        login_reply (a->req, &u, a->cookie);
        user_model_done (&u);
    } else {
        audit_as (a->req, "", "user.login-failed", a->name);
        (void)gate_hub_refuse (a->req, PROBLEM_UNAUTHENTICATED,
                               "That name and password do not belong together");
    }
    attempt_free (a);
}

static void verify_login (struct http_req *req, const char *name, const char *password,
                          bool cookie)
{
    struct hub *h = http_req_server (req);
    struct user_model u;
    struct err err;
    autofree char *stored = NULL;
    struct attempt *a = xnew (struct attempt);
    a->req = req;
    a->name = xstrdup (name);
    a->cookie = cookie;
    if (!user_store_find (h->db, name, &u, NULL)) {
        memcpy (a->user, u.id, sizeof (a->user));
        stored = user_store_password (h->db, u.id);
        user_model_done (&u);
    }
    if (!passwords_verify (h->passwords, stored, password, on_login_verified, a, &err))
        return;
    http_fail (req, &err);
    attempt_free (a);
}

static void login_post (struct http_req *req)
{
    const char *name, *password;
    bool cookie;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || params_wanted (body, "username", NAME_BYTES, &name, &err) ||
        params_wanted (body, "password", PASSWORD_MAX, &password, &err) ||
        params_bool (body, "cookie", false, &cookie, &err)) {
        http_fail (req, &err);
        return;
    }
    if ((cookie && gate_hub_require_xsrf (req)) || begin_try (req, name))
        return;
    verify_login (req, name, password, cookie);
}

static void logout_post (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    struct err err;
    if (c->login && login_store_end (h->db, c->login, &err)) {
        http_fail (req, &err);
        return;
    }
    audit (req, "user.logout", c->user.name, NULL);
    if (c->by == CALLER_BY_COOKIE)
        caller_set_cookie (req, NULL);
    http_reply_empty (req, 204);
}

static void user_get (struct http_req *req)
{
    http_reply_json (req, 200, user_model_json (&caller_of (req)->user));
}

/* ---- one's own password ------------------------------------------------------------------------ */

static void on_hashed (void *arg, bool match, const char *hash, const struct err *why)
{
    struct attempt *a = arg;
    struct hub *h = http_req_server (a->req);
    const struct caller *c = caller_of (a->req);
    struct err err;
    (void)match;
    if (why)
        http_fail (a->req, why);
    else if (user_store_set_password (h->db, c->user.id, hash, c->login, &err))
        http_fail (a->req, &err);
    else {
        audit (a->req, "user.password", c->user.name, NULL);
        http_reply_empty (a->req, 204);
    }
    attempt_free (a);
}

static void on_old_verified (void *arg, bool match, const char *hash, const struct err *why)
{
    struct attempt *a = arg;
    struct hub *h = http_req_server (a->req);
    struct err err;
    (void)hash;
    if (why)
        err = *why;
    else if (!match)
        (void)err_set (&err, PROBLEM_FORBIDDEN, "That is not your password");
    else {
        throttle_passed (h, a->name, caller_address (a->req));
        if (!passwords_hash (h->passwords, a->new_password, on_hashed, a, &err))
            return;
    }
    http_fail (a->req, &err);
    attempt_free (a);
}

static void password_post (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    const char *old, *new;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || params_wanted (body, "old_password", PASSWORD_MAX, &old, &err) ||
        params_wanted (body, "new_password", PASSWORD_MAX, &new, &err) ||
        passwords_check (new, &err)) {
        http_fail (req, &err);
        return;
    }
    if (begin_try (req, c->user.name))
        return;
    autofree char *stored = user_store_password (h->db, c->user.id);
    struct attempt *a = xnew (struct attempt);
    a->req = req;
    a->name = xstrdup (c->user.name);
    a->new_password = xstrdup (new);
    if (!passwords_verify (h->passwords, stored, old, on_old_verified, a, &err))
        return;
    http_fail (req, &err);
    attempt_free (a);
}

/* ---- one's own logins -------------------------------------------------------------------------- */

static void add_login (void *arg, const struct login_row *l)
{
    char created[CLOCK_TEXT], seen[CLOCK_TEXT], expires[CLOCK_TEXT];
    (void)json_array_append_new (
        arg, json_pack ("{s:s, s:s, s:s, s:s, s:b}", "agent", l->agent, "created",
                        clock_iso_z (l->created * CLOCK_S, created), "seen",
                        clock_iso_z (l->seen * CLOCK_S, seen), "expires",
                        clock_iso_z (l->expires * CLOCK_S, expires), "this", l->this));
}

static void sessions_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    struct err err;
    json_t *list = json_array ();
    if (!login_store_each (h->db, c->user.id, c->login, add_login, list, &err)) {
        http_reply_json (req, 200, json_pack ("{s:o}", "sessions", list));
        return;
    }
    json_decref (list);
    http_fail (req, &err);
}

/* All but the one that asks. */
static void sessions_delete (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    struct err err;
    if (login_store_end_all (h->db, c->user.id, c->login, &err)) {
        http_fail (req, &err);
        return;
    }
    audit (req, "user.end-sessions", c->user.name, NULL);
    http_reply_empty (req, 204);
}

static const struct route rows[] = {
    { HTTP_POST, "/api/v1/user/login", NULL, ROUTE_PUBLIC | ROUTE_NO_XSRF, BODY_MAX,
      login_post },
    { HTTP_POST, "/api/v1/user/logout", NULL, 0, BODY_MAX, logout_post },
    { HTTP_GET, "/api/v1/user/", NULL, 0, 0, user_get },
    { HTTP_POST, "/api/v1/user/password", NULL, 0, BODY_MAX, password_post },
    { HTTP_GET, "/api/v1/sessions/", NULL, 0, 0, sessions_get },
    { HTTP_DELETE, "/api/v1/sessions/", NULL, 0, 0, sessions_delete },
};
const struct route_table hub_login_routes = { rows, ARRAY_SIZE (rows) };
