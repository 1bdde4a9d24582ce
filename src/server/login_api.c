/* login_api.c - /login and /logout (contract 2.6)
 *
 * Comparing a password with its hash takes tens of milliseconds of argon2, so a child does
 * it: `labwright worker password`.  The request waits for it; at most IDENTITY_CHECKS run
 * at a time, so that a stranger cannot fill the machine with them.
 */

#include "server/nouns.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "loop/proc.h"
#include "server/gate.h"
#include "server/identity.h"
#include "server/pages.h"
#include "server/password_file.h"
#include "server/server.h"

#include <string.h>

#define LOGIN_TIMEOUT_US (20 * CLOCK_S)
#define LOGIN_OUTPUT 4096

struct login {
    struct http_req *req;
    char *new_hash; /* set by the child, then written */
    bool failed;
    struct err err;
};

static void login_free (struct login *l)
{
    free (l->new_hash);
    free (l);
}

static void succeed (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    autocleanup (user_free) struct user *u = user_new_anonymous ();
    const char *next = http_req_arg (req, "next");
    autofree char *target =
        origin_safe_next (next ? next : s->base_url, s->base_url, gate_origins (s->gate));
    identity_set_cookie (s->identity, req, u);
    http_redirect (req, 302, target);
}

static void refuse (struct http_req *req)
{
    pages_login (req, 401, "Invalid credentials");
}

/* ---- the child
 * ----------------------------------------------------------------------------------- */

static int start_child (struct login *l, const json_t *input, command_done_fn done)
{
    struct server *s = http_req_server (l->req);
    struct strv argv;
    struct err err;
    if (!identity_begin_check (s->identity))
        return err_set (&l->err, PROBLEM_BUSY, "Too many logins at a time, try again");
    autofree char *feed = jsonx_dump_string (input, 0, false);
    strv_init (&argv);
    strv_add (&argv, "/proc/self/exe");
    strv_add (&argv, "worker");
    strv_add (&argv, "password");
    struct proc_spec spec = { .argv = &argv, .fd_in = -1, .fd_out = -1, .fd_err = -1 };
    struct command *c = command_run (s->loop, &spec, feed, strlen (feed), LOGIN_OUTPUT,
                                     LOGIN_TIMEOUT_US, done, l, &err);
    strv_done (&argv);
    if (c)
        return 0;
    identity_end_check (s->identity);
    l->err = err;
    return -1;
}

static void begin (struct login *l, const json_t *input, command_done_fn done)
{
    if (!start_child (l, input, done))
        return;
    http_fail (l->req, &l->err);
    login_free (l);
}

static void verified (void *arg, int status, const char *out, size_t out_len,
                      const char *errout, size_t err_len)
{
    struct login *l = arg;
    identity_end_check (((struct server *)http_req_server (l->req))->identity);
    autojson json_t *j = status == 0 ? jsonx_parse (out, out_len, NULL) : NULL;
    if (!j)
        log_error ("login", "the password worker failed: %.*s", (int)err_len, errout);
    if (jsonx_bool (j, "match", false))
        succeed (l->req);
    else
        refuse (l->req);
    login_free (l);
}

/* ---- a new password
 * -------------------------------------------------------------------------------- */

static void write_work (void *arg)
{
    struct login *l = arg;
    const struct server *s = http_req_server (l->req);
    l->failed = password_file_write (s->jpaths, l->new_hash, &l->err) != 0;
}

static void write_done (void *arg)
{
    struct login *l = arg;
    struct server *s = http_req_server (l->req);
    if (l->failed)
        log_error ("login", "the new password lasts only until the server ends: %s",
                   l->err.text);
    identity_set_password (s->identity, l->new_hash);
    succeed (l->req);
    login_free (l);
}

static void hashed (void *arg, int status, const char *out, size_t out_len,
                    const char *errout, size_t err_len)
{
    struct login *l = arg;
    struct server *s = http_req_server (l->req);
    identity_end_check (s->identity);
    autojson json_t *j = status == 0 ? jsonx_parse (out, out_len, NULL) : NULL;
    const char *hash = jsonx_str (j, "hash", NULL);
    if (!hash) {
        (void)err_set (&l->err, PROBLEM_INTERNAL, "The password could not be hashed");
        log_error ("login", "the password worker failed: %.*s", (int)err_len, errout);
    } else {
        l->new_hash = xstrdup (hash);
        if (!pool_submit (loop_pool (s->loop), write_work, write_done, l, &l->err))
            return;
    }
    http_fail (l->req, &l->err);
    login_free (l);
}

/* ---- rows
 * ------------------------------------------------------------------------------------------
 */

static void redirect_next (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    const char *next = http_req_arg (req, "next");
    autofree char *target =
        origin_safe_next (next ? next : s->base_url, s->base_url, gate_origins (s->gate));
    http_redirect (req, 302, target);
}

/* With authentication disabled there is no login page. */
static bool no_login (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    if (identity_enabled (s->identity))
        return false;
    struct err err;
    (void)err_set (&err, PROBLEM_NOT_FOUND, "%s", "");
    http_fail (req, &err);
    return true;
}

static void login_get (struct http_req *req)
{
    if (no_login (req))
        return;
    if (http_req_user (req))
        redirect_next (req);
    else
        pages_login (req, 200, NULL);
}

static void login_with_token (struct http_req *req, const char *new_password)
{
    const struct server *s = http_req_server (req);
    bool change =
        options_bool (s->options, "PasswordIdentityProvider.allow_password_change");
    if (!*new_password || !change) {
        succeed (req);
        return;
    }
    struct login *l = xnew (struct login);
    l->req = req;
    autojson json_t *input = json_object ();
    jsonx_set_str (input, "password", new_password);
    begin (l, input, hashed);
}

static void login_with_password (struct http_req *req, const char *password)
{
    const struct server *s = http_req_server (req);
    struct login *l = xnew (struct login);
    l->req = req;
    autojson json_t *input = json_object ();
    jsonx_set_str (input, "password", password);
    jsonx_set_str (input, "stored", identity_password (s->identity));
    begin (l, input, verified);
}

static void login_post (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    if (gate_require_xsrf (req) || no_login (req))
        return;
    const char *password = http_req_arg (req, "password");
    const char *new_password = http_req_arg (req, "new_password");
    password = password ? password : "";
    new_password = new_password ? new_password : "";
    if (identity_token_matches (s->identity, password))
        login_with_token (req, new_password);
    else if (*identity_password (s->identity) && *password && !*new_password)
        login_with_password (req, password);
    else
        refuse (req);
}

static void logout_get (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    identity_clear_cookie (s->identity, req);
    pages_logout (req);
}

static const struct route rows[] = {
    { HTTP_GET, "/login", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, login_get },
    { HTTP_POST, "/login", NULL, ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_NO_XSRF, 65536,
      login_post },
    { HTTP_GET, "/logout", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, logout_get },
};
const struct route_table login_routes = { rows, ARRAY_SIZE (rows) };
