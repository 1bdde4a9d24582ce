/* login.c - signing in: what a login, the set-up and a new account have in common */

#include "hub/login.h"

#include "base/jsonx.h"
#include "hub/audit.h"
#include "hub/caller.h"
#include "hub/passwords.h"
#include "hub/xsrf_hub.h"
#include "model/names.h"
#include "store/user_store.h"

#include <string.h>

#define EMAIL_MAX 254

void login_reply (struct http_req *req, const struct user_model *u, bool with_cookie)
{
    struct err err;
    autofree char *login = caller_new_login (req, u->id, &err);
    if (!login) {
        http_fail (req, &err);
        return;
    }
    if (!with_cookie) {
        http_reply_json (req, 200, json_pack ("{s:s}", "access_token", login));
        return;
    }
    caller_set_cookie (req, login);
    xsrf_hub_issue (req, login);
    http_reply_json (req, 200, json_pack ("{s:o}", "user", user_model_json (u)));
}

struct creation {
    struct http_req *req;
    struct user_model user;
    void (*done) (struct http_req *req, const struct user_model *u);
};

static void creation_free (struct creation *c)
{
    user_model_done (&c->user);
    free (c);
}

static void on_hashed (void *arg, bool match, const char *hash, const struct err *why)
{
    struct creation *c = arg;
    struct hub *h = http_req_server (c->req);
    struct err err;
    (void)match;
    if (why)
        http_fail (c->req, why);
    else if (user_store_add (h->db, &c->user, hash, &err))
        http_fail (c->req, &err);
    else {
        audit (c->req, "user.create", c->user.name, c->user.admin ? "admin" : NULL);
        c->done (c->req, &c->user);
    }
    creation_free (c);
}

int login_check_email (const char *email, struct err *err)
{
    size_t n = strlen (email);
    if (n > EMAIL_MAX || (n > 0 && !strchr (email, '@')) || strpbrk (email, " \t\r\n<>"))
        return err_set (err, PROBLEM_INVALID, "'%.100s' is no e-mail address", email);
    return 0;
}

void login_create_account (struct http_req *req, const struct account *a,
                           void (*done) (struct http_req *req, const struct user_model *u))
{
    struct hub *h = http_req_server (req);
    struct err err;
    struct creation *c = xnew (struct creation);
    c->req = req;
    c->done = done;
    c->user = (struct user_model){ .name = xstrdup (a->name),
                                   .email = xstrdup (a->email ? a->email : ""),
                                   .admin = a->admin };
    if (!name_check_namespace (a->name, &err) && !login_check_email (c->user.email, &err) &&
        !passwords_check (a->password, &err) &&
        !passwords_hash (h->passwords, a->password, on_hashed, c, &err))
        return;
    http_fail (req, &err);
    creation_free (c);
}
