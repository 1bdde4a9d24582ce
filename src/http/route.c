/* route.c - matching a path against a route pattern
 *
 * A pattern is literals and captures.  A capture takes as much as it may and gives back
 * while the rest does not match; with at most ROUTE_CAPTURES captures of which one or two
 * can be long, that is cheap.
 */
#include "http/route.h"

#include <string.h>

#define ROUTE_ID_MAX 256 /* keeps a hostile id from costing its length squared */

enum capture_kind {
    CAPTURE_SEGMENT,
    CAPTURE_ID,
    CAPTURE_WORD,
    CAPTURE_SPEC,
    CAPTURE_CK,
    CAPTURE_PATH,
    CAPTURE_ALL,
    CAPTURE_BAD
};

static const struct {
    const char *name;
    enum capture_kind kind;
} kinds[] = {
    { "id", CAPTURE_ID },
    { "word", CAPTURE_WORD },
    { "spec", CAPTURE_SPEC },
    { "ck", CAPTURE_CK },
};

struct matcher {
    const char *end; /* of the path */
    struct route_capture *caps;
    size_t n;
};

/* \w on undecoded bytes: what is not ASCII counts as a letter. */
static bool is_word (char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || (unsigned char)c >= 0x80;
}

/* How far a capture of KIND may reach from P. */
static size_t reach (enum capture_kind kind, const char *p, const char *end)
{
    const char *s = p;

    for (; s < end && kind != CAPTURE_ALL && kind != CAPTURE_PATH; s++) {
        bool ok = is_word (*s);
        if (kind == CAPTURE_SEGMENT)
            ok = *s != '/';
        else if (kind == CAPTURE_ID || kind == CAPTURE_CK)
            ok = ok || *s == '-';
        else if (kind == CAPTURE_SPEC)
            ok = ok || *s == '.' || *s == '-' || *s == '%';
        if (!ok)
            break;
    }
    return (size_t)((kind == CAPTURE_ALL || kind == CAPTURE_PATH ? end : s) - p);
}

static bool is_id (const char *p, size_t n)
{
    size_t groups = 1;
    bool empty = true;

    if (n > ROUTE_ID_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '-') {
            empty = false;
            continue;
        }
        if (empty)
            return false;
        groups++;
        empty = true;
    }
    return groups == 5 && !empty;
}

/* How much of the N bytes at P has no empty segment and no slash at its end. */
static size_t path_reach (const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] == '/' && (i + 1 == n || p[i + 1] == '/'))
            return i;
    return n;
}

/* May a capture of KIND be exactly these N bytes (within its reach)? */
static bool may_be (enum capture_kind kind, const char *p, size_t n)
{
    switch (kind) {
    case CAPTURE_ALL: return true;
    case CAPTURE_ID: return is_id (p, n);
    case CAPTURE_PATH: return n == 0 || (p[0] == '/' && (n == 1 || p[n - 1] != '/'));
    default: return n > 0;
    }
}

static bool match (struct matcher *m, const char *pattern, const char *p);

static bool match_capture (struct matcher *m, enum capture_kind kind, const char *name,
                           size_t name_len, const char *rest, const char *p)
{
    size_t most = reach (kind, p, m->end);
    size_t index = m->n;

    if (index == ROUTE_CAPTURES)
        return false;
    if (kind == CAPTURE_PATH) {
        size_t whole = path_reach (p, most);
        most = whole == 0 && most > 0 && p[0] == '/' ? 1 : whole;
    }
    for (size_t n = most + 1; n-- > 0;) {
        size_t skip = kind == CAPTURE_PATH && n > 0 && p[0] == '/';
        if (!may_be (kind, p, n))
            continue;
        m->caps[index] = (struct route_capture){ name, name_len, p + skip, n - skip };
        m->n = index + 1;
        if (match (m, rest, p + n))
            return true;
    }
    m->n = index;
    return false;
}

static enum capture_kind kind_of (const char *s, size_t n, size_t *ret_name_len)
{
    const char *colon = memchr (s, ':', n);

    *ret_name_len = colon ? (size_t)(colon - s) : n;
    if (!colon) {
        size_t stars = 0;
        while (stars < n && s[n - 1 - stars] == '*')
            stars++;
        *ret_name_len = n - stars;
        return stars == 0 ? CAPTURE_SEGMENT : stars == 1 ? CAPTURE_PATH : CAPTURE_ALL;
    }
    n -= *ret_name_len + 1;
    for (size_t i = 0; i < sizeof (kinds) / sizeof (kinds[0]); i++)
        if (strlen (kinds[i].name) == n && !memcmp (colon + 1, kinds[i].name, n))
            return kinds[i].kind;
    return CAPTURE_BAD;
}

static bool match (struct matcher *m, const char *pattern, const char *p)
{
    size_t name_len;
    const char *close;
    enum capture_kind kind;

    for (; *pattern && *pattern != '{'; pattern++, p++)
        if (p == m->end || *p != *pattern)
            return false;
    if (!*pattern)
        return p == m->end;
    close = strchr (pattern, '}');
    if (!close)
        return false;
    kind = kind_of (pattern + 1, (size_t)(close - pattern - 1), &name_len);
    if (kind == CAPTURE_BAD)
        return false;
    return match_capture (m, kind, pattern + 1, name_len, close + 1, p);
}

bool route_pattern_match (const char *pattern, const char *path, size_t n,
                          struct route_capture caps[ROUTE_CAPTURES], size_t *ret_n)
{
    struct matcher m = { path + n, caps, 0 };
    bool found = match (&m, pattern, path);

    *ret_n = found ? m.n : 0;
    return found;
}
