/* pass.c - the right to go into one workspace: a one-time token, and the cookie that it is exchanged for */

#include "hub/pass.h"

#include "base/clock.h"
#include "base/list.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_BYTES 32
#define TOKENS_MAX 10000 /* above, the oldest is forgotten */
#define COOKIE_MAX 300
#define NEXT_MAX 2000

struct token {
    struct list link;
    char sha[KEY_PROOF];
    char workspace[NAME_WORKSPACE_ID];
    struct pass pass;
    int64_t until_us;
};

struct passes {
    struct list tokens; /* oldest first */
    size_t count;
};

static int64_t now_s (void)
{
    return clock_wall_us () / CLOCK_S;
}

/* ---- tokens ----------------------------------------------------------------------------------- */

static void token_free (struct passes *p, struct token *t)
{
    list_remove (&t->link);
    p->count--;
    free (t);
}

static void forget_old (struct passes *p, size_t keep)
{
    list_foreach (t, &p->tokens, struct token, link) {
        if (p->count <= keep && t->until_us > clock_mono_us ())
            break;
        token_free (p, t);
    }
}

struct passes *passes_new (void)
{
    struct passes *p = xnew (struct passes);
    list_init (&p->tokens);
    return p;
}

void passes_free (struct passes *p)
{
    if (!p)
        return;
    forget_old (p, 0);
    list_foreach (t, &p->tokens, struct token, link)
        token_free (p, t);
    free (p);
}

char *pass_token (struct passes *p, const char *workspace, const struct caller *c)
{
    struct token *t = xnew (struct token);
    char *token = ident_hex (TOKEN_BYTES);
    forget_old (p, TOKENS_MAX - 1);
    (void)key_store_proof (token, t->sha, NULL);
    (void)snprintf (t->workspace, sizeof (t->workspace), "%s", workspace);
    memcpy (t->pass.user, c->user.id, sizeof (t->pass.user));
    memcpy (t->pass.proof, c->proof, sizeof (t->pass.proof));
    t->pass.expires = now_s () + CALLER_LOGIN_S;
    t->until_us = clock_mono_us () + PASS_TOKEN_S * CLOCK_S;
    list_append (&p->tokens, &t->link);
    p->count++;
    return token;
}

int pass_take (struct passes *p, const char *workspace, const char *token, struct pass *ret,
               struct err *err)
{
    char sha[KEY_PROOF];
    if (strlen (token) == 2 * TOKEN_BYTES && !key_store_proof (token, sha, NULL)) {
        forget_old (p, TOKENS_MAX);
        list_foreach (t, &p->tokens, struct token, link) {
            if (!ident_equal (t->sha, sha) || strcmp (t->workspace, workspace) != 0)
                continue;
            *ret = t->pass;
            token_free (p, t);
            return 0;
        }
    }
    return err_set (err, PROBLEM_FORBIDDEN,
                    "This address was used already, or is more than %d seconds old",
                    PASS_TOKEN_S);
}

/* ---- the cookie --------------------------------------------------------------------------------- */

/* "<user>.<expires>.<proof>", and its HMAC for that workspace. */
static void sign (struct hub *h, const char *workspace, const char *text, size_t n,
                  char ret[CRYPTO_HEX])
{
    const struct slice parts[] = { { "pass", 4 },
                                   { workspace, strlen (workspace) },
                                   { ".", 1 },
                                   { text, n } };
    hmac_hex (h->secret, parts, ARRAY_SIZE (parts), ret);
}

static char *cookie_name (const char *workspace)
{
    return xasprintf (PASS_COOKIE "%s", workspace);
}

void pass_set_cookie (struct http_req *req, const char *workspace, const struct pass *pass)
{
    struct hub *h = http_req_server (req);
    char mac[CRYPTO_HEX];
    autofree char *text =
        xasprintf ("%s.%lld.%s", pass->user, (long long)pass->expires, pass->proof);
    sign (h, workspace, text, strlen (text), mac);
    autofree char *cookie =
        xasprintf (PASS_COOKIE "%s=%s.%s; Path=/notebooks/%s/; HttpOnly; SameSite=Lax; "
                               "Max-Age=%lld%s",
                   workspace, text, mac, workspace, (long long)CALLER_LOGIN_S,
                   h->site.secure ? "; Secure" : "");
    http_header_add (req, "Set-Cookie", cookie);
}

bool pass_of_request (struct http_req *req, const char *workspace, struct pass *ret)
{
    autofree char *name = cookie_name (workspace);
    const char *cookie = http_req_cookie (req, name);
    const char *dot = cookie ? strrchr (cookie, '.') : NULL;
    char mac[CRYPTO_HEX];
    long long expires;
    int end = 0;
    if (!dot || strlen (cookie) > COOKIE_MAX)
        return false;
    sign (http_req_server (req), workspace, cookie, (size_t)(dot - cookie), mac);
    if (!ident_equal (mac, dot + 1) ||
        sscanf (cookie, "%22[^.].%lld.%64[0-9a-f]%n", ret->user, &expires, ret->proof,
                &end) != 3 ||
        cookie + end != dot)
        return false;
    ret->expires = expires;
    return expires > now_s ();
}

bool pass_stands (struct hub *h, const char *workspace, const struct pass *pass)
{
    struct workspace_model w;
    if (pass->expires <= now_s () || !key_store_stands (h->db, pass->proof, pass->user) ||
        workspace_store_get (h->db, workspace, &w, NULL))
        return false;
    bool mine = !strcmp (w.owner, pass->user) && !strcmp (w.id, workspace);
    workspace_model_done (&w);
    return mine;
}

/* ---- where to ------------------------------------------------------------------------------------- */

/* What is behind "/notebooks/<id>/", or NULL. */
static const char *below (const char *text, const char *id)
{
    static const char root[] = "/notebooks/";
    size_t n = strlen (id);
    if (n == 0 || strncmp (text, root, sizeof (root) - 1) != 0)
        return NULL;
    text += sizeof (root) - 1;
    return !strncmp (text, id, n) && text[n] == '/' ? text + n + 1 : NULL;
}

static bool is_clean (const char *text)
{
    size_t n = strlen (text);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f ||
            text[i] == '\\')
            return false;
    return n <= NEXT_MAX && text[0] != '/' && !strstr (text, "..") && !strstr (text, "//");
}

char *pass_next (const struct workspace_model *w, const char *text)
{
    const char *rest = text ? below (text, w->id) : NULL;
    if (text && !rest)
        rest = below (text, w->task);
    if (!rest || !is_clean (rest) || !strncmp (rest, "_enter", 6))
        rest = "lab";
    return xasprintf ("/notebooks/%s/%s", w->id, rest);
}
