/* origin.c - pure checks of Host, Origin and the target of a redirect
 *
 * A pattern is matched from end to end: a prefix match of allow_origin_pat was a hole in
 * the original.  Its steps are bounded, because the text that it is matched against comes
 * from strangers.
 */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "server/origin.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <pcre2.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MATCH_STEPS 100000
#define ORIGIN_MAX 2048
#define NEXT_MAX (32 * 1024)

struct origin_rules {
    char *allow;
    pcre2_code *pattern; /* NULL: none */
    pcre2_match_context *context;
};

struct origin_rules *origin_rules_new (const char *allow, const char *pattern,
                                       struct err *err)
{
    struct origin_rules *r = xnew (struct origin_rules);
    r->allow = xstrdup (allow);
    if (!*pattern)
        return r;
    int code;
    PCRE2_SIZE offset;
    r->pattern = pcre2_compile ((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF, &code,
                                &offset, NULL);
    if (!r->pattern) {
        PCRE2_UCHAR text[128];
        (void)pcre2_get_error_message (code, text, sizeof (text));
        (void)err_set (err, PROBLEM_INVALID, "allow_origin_pat: %s at position %zu",
                       (char *)text, (size_t)offset);
        origin_rules_free (r);
        return NULL;
    }
    r->context = pcre2_match_context_create (NULL);
    (void)pcre2_set_match_limit (r->context, MATCH_STEPS);
    return r;
}

void origin_rules_free (struct origin_rules *r)
{
    if (!r)
        return;
    pcre2_code_free (r->pattern);
    pcre2_match_context_free (r->context);
    free (r->allow);
    free (r);
}

const char *origin_rules_allow (const struct origin_rules *r)
{
    return r->allow;
}

bool origin_rules_any (const struct origin_rules *r)
{
    return *r->allow || r->pattern;
}

bool origin_rules_pattern_match (const struct origin_rules *r, const char *origin)
{
    size_t n = strlen (origin);
    if (!r->pattern || n > ORIGIN_MAX)
        return false;
    pcre2_match_data *data = pcre2_match_data_create (1, NULL);
    int rc = pcre2_match (r->pattern, (PCRE2_SPTR)origin, n, 0, 0, data, r->context);
    pcre2_match_data_free (data);
    return rc >= 0;
}

bool origin_rules_match (const struct origin_rules *r, const char *origin)
{
    if (!strcmp (r->allow, "*"))
        return true;
    if (*r->allow)
        return !strcmp (r->allow, origin);
    return origin_rules_pattern_match (r, origin);
}

/* As Python's urlsplit sees it.  "": none. */
struct url_parts {
    const char *scheme, *authority, *path;
    size_t scheme_len, authority_len, path_len;
};

static size_t scheme_length (const char *url)
{
    if (!isalpha ((unsigned char)*url))
        return 0;
    size_t n = 0;
    while (isalnum ((unsigned char)url[n]) || (url[n] && strchr ("+-.", url[n])))
        n++;
    return url[n] == ':' ? n : 0;
}

static struct url_parts url_split (const char *url)
{
    struct url_parts u = { url, "", url, scheme_length (url), 0, 0 };
    const char *p = u.scheme_len ? url + u.scheme_len + 1 : url;
    if (p[0] == '/' && p[1] == '/') {
        u.authority = p + 2;
        u.authority_len = strcspn (u.authority, "/?#");
        p = u.authority + u.authority_len;
    }
    u.path = p;
    u.path_len = strcspn (p, "?#");
    return u;
}

bool origin_is_host (const char *origin, const char *host)
{
    struct url_parts u = url_split (origin);
    if (u.authority_len != strlen (host))
        return false;
    for (size_t i = 0; i < u.authority_len; i++)
        if (tolower ((unsigned char)u.authority[i]) != (unsigned char)host[i])
            return false;
    return true;
}

/* HOST without ":port" and without brackets. */
static char *host_name (const char *host)
{
    size_t n = strlen (host), digits = 0;
    while (digits < n && isdigit ((unsigned char)host[n - 1 - digits]))
        digits++;
    if (digits > 0 && digits < n && host[n - 1 - digits] == ':')
        n -= digits + 1;
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']')
        return xstrndup (host + 1, n - 2);
    return xstrndup (host, n);
}

/* -1: no address; else whether it is loopback. */
static int is_loopback (const char *name)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton (AF_INET, name, &v4) == 1)
        return (ntohl (v4.s_addr) >> 24) == 127;
    if (inet_pton (AF_INET6, name, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK (&v6);
    return -1;
}

/* "%2Frun%2Fx.sock" names an existing file. */
static bool is_socket_path (const char *name)
{
    if (strncasecmp (name, "%2f", 3) != 0 && name[0] != '/')
        return false;
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    for (const char *p = name; *p;) {
        bool slash = !strncasecmp (p, "%2f", 3);
        (void)buf_addc (&b, slash ? '/' : *p);
        p += slash ? 3 : 1;
    }
    return !b.overflow && !access (b.data, F_OK);
}

bool origin_host_allowed (const char *host, const struct strv *local)
{
    autofree char *name = host_name (host);
    if (is_socket_path (name))
        return true;
    int loopback = is_loopback (name);
    return loopback < 0 ? strv_has (local, name) : loopback;
}

/* '\' becomes %5C; "x:///y" becomes "x://y": browsers see a host there that urlsplit does
 * not. */
static void next_clean (const char *next, struct buf *b)
{
    const char *colon = strchr (next, ':');
    if (!colon && next[0] == '/' && next[1] == '/')
        next += strspn (next, "/") - 2;
    for (const char *p = next; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '\\' || c == ' ' || c >= 0x80)
            (void)buf_addf (b, "%%%02X", c);
        else
            (void)buf_addc (b, *p);
        if (p == colon) {
            (void)buf_adds (b, "//");
            p += strspn (p + 1, "/");
        }
    }
}

static bool next_allowed (const char *next, const char *base_url,
                          const struct origin_rules *r)
{
    for (const char *p = next; *p; p++)
        if (iscntrl ((unsigned char)*p))
            return false;
    struct url_parts u = url_split (next);
    if (!u.scheme_len && !u.authority_len) {
        autofree char *path = xasprintf ("%.*s/", (int)u.path_len, u.path);
        /* "///host" has no authority to us, but to a browser it has. */
        return !strncmp (path, base_url, strlen (base_url)) &&
               strncmp (path, "//", 2) != 0 && strncmp (next, "//", 2) != 0;
    }
    autofree char *origin = xasprintf ("%.*s://%.*s", (int)u.scheme_len, u.scheme,
                                       (int)u.authority_len, u.authority);
    for (char *p = origin; *p; p++)
        *p = (char)tolower ((unsigned char)*p);
    return *r->allow ? !strcmp (r->allow, origin) : origin_rules_pattern_match (r, origin);
}

char *origin_safe_next (const char *next, const char *base_url,
                        const struct origin_rules *r)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, NEXT_MAX);
    next_clean (next, &b);
    if (b.overflow || !next_allowed (b.data, base_url, r))
        return xstrdup (base_url);
    return buf_take (&b, NULL);
}
