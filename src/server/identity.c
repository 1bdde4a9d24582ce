/* identity.c - token, password and login cookie
 *
 * The cookie key is HMAC-SHA256 (content of the secret file, deprecated password setting
 * and password hash), so a new password ends old logins, and a login survives the move from
 * the original server to this one.  A right token makes the request "by token", but the
 * person is that of the cookie, if there is one: otherwise each API call of a script would
 * be somebody else.
 *
 * Under the hub (handed.h) there is neither token nor password, and no cookie says who somebody is: it
 * is the person of the workspace, with at most the colours of her cookie.
 */

#include "server/identity.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/ident.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "jupyter/jpaths.h"
#include "loop/loop.h"
#include "server/cookie.h"
#include "server/server.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define DAY_S 86400LL
#define COOKIE_DAYS 30
#define COOKIE_MAX_AGE_DAYS 31
#define TOKEN_BYTES 24
#define SECRET_MAX 65536

struct identity {
    struct server *s;
    const struct handed *handed;
    char *token;
    bool generated;
    char *password;
    struct buf secret; /* content of the secret file */
    struct hmac *key;
    int64_t max_age_s;
    /* options that each request asks for; borrowed */
    const char *cookie_name;      /* "": after the host */
    const json_t *cookie_options; /* or NULL */
    bool trust_xheaders, secure_set, secure;
    char *host, *host_cookie; /* the last one asked by, and its cookie's name */
    unsigned checks;          /* password workers that run now */
    int64_t expires_s;        /* of `expires`, which is asked for with each cookie */
    char expires[CLOCK_TEXT];
};

static void sync_work (void *arg)
{
    struct err err;
    if (fd_sync_file (arg, &err))
        log_warning ("identity", "the cookie secret may be lost in a crash: %s", err.text);
}

/* 32 random bytes in base64, as the original writes it.  Nobody waits for the disk: the
 * first start of a home would take twice as long. */
static int secret_create (struct identity *i, const char *path, struct err *err)
{
    unsigned char random[32];
    ident_random (random, sizeof (random));
    (void)base64_encode (&i->secret, random, sizeof (random), 76);
    if (fd_write_file_whole (path, i->secret.data, i->secret.len, 0600, err))
        return -1;
    char *copy = xstrdup (path);
    if (pool_submit (loop_pool (i->s->loop), sync_work, free, copy, NULL))
        free (copy);
    return 0;
}

static int secret_load (struct identity *i, struct err *err)
{
    const struct options *o = i->s->options;
    if (options_is_set (o, "ServerApp.cookie_secret"))
        return buf_adds (&i->secret, options_str (o, "ServerApp.cookie_secret"));
    const char *configured = options_str (o, "ServerApp.cookie_secret_file");
    autofree char *path =
        *configured ? path_expand_user (configured)
                    : path_join (i->s->jpaths->runtime_dir, "jupyter_cookie_secret");
    struct err why;
    struct stat st;
    if (!stat (path, &st) && (st.st_mode & 077) &&
        !getenv ("JUPYTER_ALLOW_INSECURE_WRITES"))
        log_warning ("identity", "others can read %s: chmod it to 0600", path);
    if (!fd_read_file (path, &i->secret, &why) && i->secret.len > 0)
        return 0;
    buf_clear (&i->secret);
    if (secret_create (i, path, err))
        return err_wrap (err, "cookie secret");
    return 0;
}

static void from_hex (const char *hex, unsigned char *ret, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned byte = 0;
        (void)sscanf (hex + 2 * i, "%2x", &byte);
        ret[i] = (unsigned char)byte;
    }
}

static int key_make (struct identity *i, struct err *err)
{
    autocleanup (hmac_free) struct hmac *outer =
        hmac_new ("sha256", i->secret.data, i->secret.len, err);
    if (!outer)
        return -1;
    char hex[CRYPTO_HEX];
    unsigned char digest[32];
    hmac_hex (outer, &(struct slice){ i->password, strlen (i->password) }, 1, hex);
    from_hex (hex, digest, sizeof (digest));
    struct hmac *key = hmac_new ("sha256", digest, sizeof (digest), err);
    if (!key)
        return -1;
    hmac_free (i->key);
    i->key = key;
    return 0;
}

static bool need_token (const struct identity *i)
{
    const char *trait = "PasswordIdentityProvider.need_token";
    if (options_is_set (i->s->options, trait))
        return options_bool (i->s->options, trait);
    return !*i->password;
}

static void token_settle (struct identity *i)
{
    const struct options *o = i->s->options;
    if (i->handed->user) {
        i->token = xstrdup ("");
    } else if (options_is_set (o, "PasswordIdentityProvider.token")) {
        i->token = xstrdup (options_str (o, "PasswordIdentityProvider.token"));
    } else if (!need_token (i)) {
        i->token = xstrdup ("");
    } else {
        i->token = ident_hex (TOKEN_BYTES);
        i->generated = true;
    }
}

static void read_options (struct identity *i, const struct options *o)
{
    i->cookie_name = options_str (o, "PasswordIdentityProvider.cookie_name");
    i->cookie_options = options_json (o, "PasswordIdentityProvider.cookie_options");
    i->trust_xheaders = options_bool (o, "ServerApp.trust_xheaders");
    i->secure_set = options_is_set (o, "PasswordIdentityProvider.secure_cookie");
    i->secure = i->secure_set && options_bool (o, "PasswordIdentityProvider.secure_cookie");
}

struct identity *identity_new (struct server *s, struct err *err)
{
    struct identity *i = xnew (struct identity);
    i->s = s;
    buf_init (&i->secret, SECRET_MAX);
    i->handed = &s->handed;
    i->password = xstrdup (
        i->handed->user
            ? ""
            : options_str (s->options, "PasswordIdentityProvider.hashed_password"));
    token_settle (i);
    const json_t *kwargs =
        options_json (s->options, "PasswordIdentityProvider.get_secure_cookie_kwargs");
    i->max_age_s = jsonx_int (kwargs, "max_age_days", COOKIE_MAX_AGE_DAYS) * DAY_S;
    read_options (i, s->options);
    if (secret_load (i, err) || key_make (i, err)) {
        identity_free (i);
        return NULL;
    }
    return i;
}

void identity_free (struct identity *i)
{
    if (!i)
        return;
    free (i->token);
    free (i->password);
    buf_done (&i->secret);
    hmac_free (i->key);
    free (i->host);
    free (i->host_cookie);
    free (i);
}

const char *identity_token (const struct identity *i)
{
    return i->token;
}
bool identity_token_generated (const struct identity *i)
{
    return i->generated;
}
const char *identity_password (const struct identity *i)
{
    return i->password;
}
bool identity_enabled (const struct identity *i)
{
    return *i->token || *i->password;
}

bool identity_token_matches (const struct identity *i, const char *text)
{
    return *i->token && ident_equal (i->token, text);
}

bool identity_begin_check (struct identity *i)
{
    if (i->checks >= IDENTITY_CHECKS)
        return false;
    i->checks++;
    return true;
}

void identity_end_check (struct identity *i)
{
    i->checks--;
}

void identity_set_password (struct identity *i, const char *hash)
{
    free (i->password);
    i->password = xstrdup (hash);
    struct err err;
    if (key_make (i, &err))
        log_error ("identity", "%s", err.text);
}

/* What a proxy that is believed says of the scheme, or NULL. */
static const char *forwarded_scheme (const struct identity *i, const struct http_req *req)
{
    const char *proto = handed_forwarded (i->handed, req, "Proto");
    if (!proto && i->trust_xheaders)
        proto = http_req_header (req, "X-Scheme");
    if (!proto && i->trust_xheaders)
        proto = http_req_header (req, "X-Forwarded-Proto");
    return proto;
}

bool identity_is_secure (const struct identity *i, const struct http_req *req)
{
    const char *proto = forwarded_scheme (i, req);
    if (!proto)
        return http_req_is_tls (req);
    const char *comma = strrchr (proto, ','); /* the last proxy's word */
    return !strcasecmp (comma ? comma + 1 + strspn (comma + 1, " ") : proto, "https");
}

/* "token" or "bearer", then blanks; the rest is the token. */
static const char *authorization_token (const struct http_req *req)
{
    static const char *const schemes[] = { "token", "bearer" };
    const char *value = http_req_header (req, "Authorization");
    for (size_t n = 0; value && n < ARRAY_SIZE (schemes); n++) {
        size_t len = strlen (schemes[n]);
        if (!strncasecmp (value, schemes[n], len) && isspace ((unsigned char)value[len]))
            return value + len + strspn (value + len, " \t");
    }
    return NULL;
}

static bool has_token (const struct identity *i, struct http_req *req)
{
    const char *token = http_req_arg (req, "token");
    if (!token || !*token)
        token = authorization_token (req);
    return token && *token && identity_token_matches (i, token);
}

/* Borrowed until the next call. */
static const char *cookie_name (struct identity *i, const struct http_req *req)
{
    const char *host = handed_host (i->handed, req);
    if (*i->cookie_name)
        return i->cookie_name;
    if (!host)
        host = "127.0.0.1";
    if (!i->host || strcmp (i->host, host)) {
        free (i->host);
        free (i->host_cookie);
        i->host = xstrdup (host);
        i->host_cookie = cookie_login_name (host);
    }
    return i->host_cookie;
}

static struct user *cookie_user (struct identity *i, struct http_req *req, bool *ret_sent)
{
    const char *name = cookie_name (i, req);
    const char *raw = http_req_cookie (req, name);
    *ret_sent = raw != NULL;
    if (!raw)
        return NULL;
    size_t n = strlen (raw);
    bool quoted = n >= 2 && raw[0] == '"' && raw[n - 1] == '"';
    autofree char *text = quoted ? xstrndup (raw + 1, n - 2) : xstrdup (raw);
    autodone (buf_done) struct buf payload;
    buf_init (&payload, COOKIE_MAX);
    struct err err;
    if (cookie_verify (&payload, i->key, name, text, clock_wall_us () / CLOCK_S,
                       i->max_age_s, &err)) {
        log_debug ("identity", "%s", err.text);
        return NULL;
    }
    autojson json_t *j = jsonx_parse (payload.data, payload.len, NULL);
    return j ? user_from_json (j) : NULL;
}

/* Attributes that an administrator adds; says which of ours are not to be added any more.
 */
static void add_cookie_options (struct identity *i, struct buf *b, bool *ret_path,
                                bool *ret_secure)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)i->cookie_options, key, value)
    {
        if (!strcasecmp (key, "path"))
            *ret_path = true;
        if (!strcasecmp (key, "secure"))
            *ret_secure = true;
        if (json_is_string (value))
            (void)buf_addf (b, "; %s=%s", key, json_string_value (value));
        else if (json_is_true (value))
            (void)buf_addf (b, "; %s", key);
    }
}

static bool cookie_secure (const struct identity *i, const struct http_req *req)
{
    return i->secure_set ? i->secure : identity_is_secure (i, req);
}

static const char *cookie_expires (struct identity *i, int64_t now_s)
{
    if (i->expires_s != now_s)
        (void)clock_http ((now_s + COOKIE_DAYS * DAY_S) * CLOCK_S, i->expires);
    i->expires_s = now_s;
    return i->expires;
}

void identity_set_cookie (struct identity *i, struct http_req *req, const struct user *u)
{
    const char *name = cookie_name (i, req);
    autodone (buf_done) struct buf payload;
    autodone (buf_done) struct buf b;
    bool path = false, secure = false;
    int64_t now_s = clock_wall_us () / CLOCK_S;
    buf_init (&payload, COOKIE_MAX);
    buf_init (&b, 2 * COOKIE_MAX);
    (void)buf_reserve (&b, 1000);
    (void)buf_adds (&b, name);
    (void)buf_addc (&b, '=');
    if (user_add_json (&payload, u) ||
        cookie_sign (&b, i->key, name, now_s, payload.data, payload.len)) {
        log_warning ("identity", "the user does not fit into a cookie");
        return;
    }
    (void)buf_adds (&b, "; expires=");
    (void)buf_adds (&b, cookie_expires (i, now_s));
    (void)buf_adds (&b, "; HttpOnly");
    add_cookie_options (i, &b, &path, &secure);
    if (!path) {
        (void)buf_adds (&b, "; Path=");
        (void)buf_adds (&b, i->s->base_url);
    }
    if (!secure && cookie_secure (i, req))
        (void)buf_adds (&b, "; Secure");
    http_header_add (req, "Set-Cookie", b.data);
}

static void clear_on_path (struct http_req *req, const char *name, const char *path)
{
    char date[CLOCK_TEXT];
    int64_t past = clock_wall_us () - 365 * DAY_S * CLOCK_S;
    autofree char *value =
        xasprintf ("%s=\"\"; expires=%s; Path=%s", name, clock_http (past, date), path);
    http_header_add (req, "Set-Cookie", value);
}

void identity_clear_cookie (struct identity *i, struct http_req *req)
{
    const char *name = cookie_name (i, req);
    clear_on_path (req, name, i->s->base_url);
    if (strcmp (i->s->base_url, "/") != 0)
        clear_on_path (req, name, "/");
}

static struct user *authenticate_by_token (struct identity *i, struct http_req *req,
                                           struct user *from_cookie)
{
    struct user *u = from_cookie ? from_cookie : user_new_anonymous ();
    u->token_auth = true;
    if (!from_cookie)
        identity_set_cookie (i, req, u);
    return u;
}

static struct user *authenticate_by_hub (const struct identity *i, struct user *from_cookie)
{
    if (from_cookie && !strcmp (from_cookie->username, i->handed->user))
        return from_cookie;
    user_free (from_cookie);
    return user_new_named (i->handed->user);
}

struct user *identity_authenticate (struct identity *i, struct http_req *req)
{
    bool sent;
    struct user *u = cookie_user (i, req, &sent);
    if (i->handed->user)
        return authenticate_by_hub (i, u);
    if (has_token (i, req))
        return authenticate_by_token (i, req, u);
    if (u)
        return u;
    if (sent)
        identity_clear_cookie (i, req);
    if (identity_enabled (i))
        return NULL;
    u = user_new_anonymous ();
    identity_set_cookie (i, req, u);
    return u;
}

bool identity_by_token (const struct http_req *req)
{
    const struct user *u = http_req_user (req);
    return u && u->token_auth;
}
