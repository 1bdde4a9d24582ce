/* caller.c - who asks: an API key, an access token, or a browser's cookie */

#include "hub/caller.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "hub/credential.h"
#include "store/user_store.h"

#include <stdio.h>
#include <string.h>

#define KEY_CHARS 40
#define AGENT_MAX 200

void caller_free (struct caller *c)
{
    if (!c)
        return;
    user_model_done (&c->user);
    free (c->login);
    free (c);
}

const struct caller *caller_of (const struct http_req *req)
{
    return http_req_user (req);
}

/* The last address that the proxy in front wrote: what comes before it, a stranger may have sent. */
const char *caller_address (struct http_req *req)
{
    const struct hub *h = http_req_server (req);
    const char *list = http_req_header (req, "X-Forwarded-For");
    if (!h->behind_proxy || !list)
        return http_req_peer (req);
    const char *last = strrchr (list, ',');
    last = last ? last + 1 : list;
    return last + strspn (last, " ");
}

/* ---- looking up ----------------------------------------------------------------------------- */

static bool is_login (const char *secret)
{
    return strchr (secret, '.') != NULL;
}

static struct caller *make (struct hub *h, const char *user, enum caller_by by,
                            const char *secret, struct err *err)
{
    struct caller *c = xnew (struct caller);
    c->by = by;
    c->login = by == CALLER_BY_KEY ? NULL : xstrdup (secret);
    if (!key_store_proof (secret, c->proof, err) &&
        !user_store_get (h->db, user, &c->user, err))
        return c;
    caller_free (c);
    return NULL;
}

static struct caller *by_secret (struct hub *h, const char *secret, enum caller_by by,
                                 struct err *err)
{
    char user[IDENT_SHORT + 1];
    int rc = by == CALLER_BY_KEY ? key_store_owner (h->db, secret, user, err)
                                 : login_store_owner (h->db, secret, user, err);
    return rc ? NULL : make (h, user, by, secret, err);
}

static struct caller *by_header (struct hub *h, const char *header, struct err *err)
{
    autofree char *secret = credential_secret (header);
    if (secret)
        return by_secret (h, secret, is_login (secret) ? CALLER_BY_TOKEN : CALLER_BY_KEY,
                          err);
    (void)err_set (err, PROBLEM_NOT_FOUND, "no key or token");
    return NULL;
}

static struct caller *by_cookie (struct hub *h, struct http_req *req, struct err *err)
{
    const char *cookie = http_req_cookie (req, CALLER_COOKIE);
    if (cookie && strlen (cookie) <= CREDENTIAL_MAX)
        return by_secret (h, cookie, CALLER_BY_COOKIE, err);
    (void)err_set (err, PROBLEM_NOT_FOUND, "no cookie");
    return NULL;
}

struct caller *caller_by_pass (struct hub *h, const char *user, const char *proof)
{
    struct caller *c = xnew (struct caller);
    c->by = CALLER_BY_PASS;
    (void)snprintf (c->proof, sizeof (c->proof), "%s", proof);
    if (!user_store_get (h->db, user, &c->user, NULL))
        return c;
    caller_free (c);
    return NULL;
}

int caller_identify (struct hub *h, struct http_req *req, struct caller **ret,
                     struct err *err)
{
    const char *header = http_req_header (req, "Authorization");
    struct err why;
    *ret = header ? by_header (h, header, &why) : by_cookie (h, req, &why);
    if (!*ret && why.problem != PROBLEM_NOT_FOUND)
        return err_set (err, why.problem, "%s", why.text);
    if (header && !*ret)
        return err_set (err, PROBLEM_UNAUTHENTICATED,
                        "this API key or token is not known here (any more)");
    return 0;
}

/* ---- making ----------------------------------------------------------------------------------- */

/* JSON as the original CLI can decode it: standard alphabet, and nothing that the two alphabets of base64
 * spell differently, for its decoder drops '-' and '_' (floyd-contract 2.4). */
static char *payload (const char *user, int64_t expires)
{
    for (;;) {
        char nonce[IDENT_SHORT + 1];
        autodone (buf_done) struct buf text;
        autodone (buf_done) struct buf b;
        buf_init (&text, 512);
        buf_init (&b, 1024);
        ident_short (nonce, IDENT_SHORT);
        (void)buf_addf (&text, "{\"exp\":%lld,\"sub\":\"%s\",\"jti\":\"%s\"}",
                        (long long)expires, user, nonce);
        (void)base64_encode (&b, text.data, text.len, 0);
        if (strpbrk (b.data, "+/"))
            continue;
        return xstrndup (b.data, strcspn (b.data, "="));
    }
}

char *caller_new_login (struct http_req *req, const char *user, struct err *err)
{
    static const char head[] =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0"; /* typ JWT, alg none */
    struct hub *h = http_req_server (req);
    char secret[KEY_CHARS + 1];
    const char *agent = http_req_header (req, "User-Agent");
    autofree char *shown = xstrndup (agent ? agent : "", AGENT_MAX);
    autofree char *middle = payload (user, clock_wall_us () / CLOCK_S + CALLER_LOGIN_S);
    ident_short (secret, KEY_CHARS);
    char *login = xasprintf ("%s.%s.%s", head, middle, secret);
    if (!login_store_add (h->db, user, login, shown, CALLER_LOGIN_S, err))
        return login;
    free (login);
    return NULL;
}

void caller_set_cookie (struct http_req *req, const char *login)
{
    const struct hub *h = http_req_server (req);
    autofree char *cookie = xasprintf (
        "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", CALLER_COOKIE,
        login ? login : "", login ? CALLER_LOGIN_S : 0LL, h->site.secure ? "; Secure" : "");
    http_header_add (req, "Set-Cookie", cookie);
}

char *caller_new_key (void)
{
    char secret[KEY_CHARS + 1];
    ident_short (secret, KEY_CHARS);
    return xasprintf ("lw-%s", secret);
}
