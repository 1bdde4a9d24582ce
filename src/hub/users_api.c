/* users_api.c - people, for admins
 *
 * Nobody is deleted: work, usage and audit name people.  Who must not come in any more is disabled, which
 * ends the logins and makes the API keys useless.
 */

#include "hub/hub_nouns.h"

#include "base/jsonx.h"
#include "hub/audit.h"
#include "hub/caller.h"
#include "hub/login.h"
#include "hub/params.h"
#include "hub/passwords.h"
#include "store/user_store.h"

#define BODY_MAX 16384

static void add_user (void *arg, const struct user_model *u)
{
    (void)json_array_append_new (arg, user_model_json (u));
}

static void users_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    struct err err;
    json_t *list = json_array ();
    if (!user_store_each (h->db, add_user, list, &err)) {
        http_reply_json (req, 200, json_pack ("{s:o}", "users", list));
        return;
    }
    json_decref (list);
    http_fail (req, &err);
}

static void created (struct http_req *req, const struct user_model *u)
{
    http_reply_json (req, 201, user_model_json (u));
}

static void users_post (struct http_req *req)
{
    struct account a;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || params_wanted (body, "username", 200, &a.name, &err) ||
        params_wanted (body, "password", PASSWORD_MAX, &a.password, &err) ||
        params_str (body, "email", 300, "", &a.email, &err) ||
        params_bool (body, "admin", false, &a.admin, &err)) {
        http_fail (req, &err);
        return;
    }
    login_create_account (req, &a, created);
}

static int find (struct http_req *req, struct user_model *ret, struct err *err)
{
    struct hub *h = http_req_server (req);
    const char *name;
    return params_name (req, "name", &name, err) || user_store_find (h->db, name, ret, err)
               ? -1
               : 0;
}

static void user_get (struct http_req *req)
{
    autodone (user_model_done) struct user_model u = { .id = "" };
    struct err err;
    if (find (req, &u, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, 200, user_model_json (&u));
}

/* ---- changing ----------------------------------------------------------------------------------- */

struct change {
    struct http_req *req;
    struct user_model user;
};

static void change_free (struct change *c)
{
    user_model_done (&c->user);
    free (c);
}

static void on_hashed (void *arg, bool match, const char *hash, const struct err *why)
{
    struct change *c = arg;
    struct hub *h = http_req_server (c->req);
    struct err err;
    (void)match;
    if (why)
        http_fail (c->req, why);
    else if (user_store_set_password (h->db, c->user.id, hash, NULL, &err))
        http_fail (c->req, &err);
    else {
        audit (c->req, "user.set-password", c->user.name, NULL);
        http_reply_json (c->req, 200, user_model_json (&c->user));
    }
    change_free (c);
}

static int apply (struct http_req *req, const json_t *body, struct user_model *u,
                  struct err *err)
{
    struct hub *h = http_req_server (req);
    const char *email;
    bool was_admin = u->admin, was_disabled = u->disabled;
    if (params_str (body, "email", 300, u->email, &email, err) ||
        login_check_email (email, err) ||
        params_bool (body, "admin", u->admin, &u->admin, err) ||
        params_bool (body, "disabled", u->disabled, &u->disabled, err))
        return -1;
    char *copy = xstrdup (email);
    free (u->email);
    u->email = copy;
    if (user_store_update (h->db, u, err))
        return -1;
    if (u->admin != was_admin)
        audit (req, u->admin ? "user.make-admin" : "user.no-admin", u->name, NULL);
    if (u->disabled != was_disabled)
        audit (req, u->disabled ? "user.disable" : "user.enable", u->name, NULL);
    return 0;
}

static void user_patch (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const char *password;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    struct change *c = xnew (struct change);
    c->req = req;
    if (!body || params_str (body, "password", PASSWORD_MAX, NULL, &password, &err) ||
        (password && passwords_check (password, &err)) || find (req, &c->user, &err) ||
        apply (req, body, &c->user, &err)) {
        http_fail (req, &err);
    } else if (!password) {
        http_reply_json (req, 200, user_model_json (&c->user));
    } else {
        if (!passwords_hash (h->passwords, password, on_hashed, c, &err))
            return;
        http_fail (req, &err);
    }
    change_free (c);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/users/", NULL, ROUTE_ADMIN, 0, users_get },
    { HTTP_POST, "/api/v1/users/", NULL, ROUTE_ADMIN, BODY_MAX, users_post },
    { HTTP_GET, "/api/v1/users/{name}", NULL, ROUTE_ADMIN, 0, user_get },
    { HTTP_PATCH, "/api/v1/users/{name}", NULL, ROUTE_ADMIN, BODY_MAX, user_patch },
};
const struct route_table hub_users_routes = { rows, ARRAY_SIZE (rows) };
