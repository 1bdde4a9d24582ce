/* pairs.c - key=value lists from outside */

#include "http/pairs.h"

#include "base/cleanup.h"
#include "base/url.h"

#include <string.h>

void pairs_done (struct pairs *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free (p->v[i].key);
        free (p->v[i].value);
    }
    free (p->v);
    memset (p, 0, sizeof (*p));
}

/* Takes both strings. */
static void pairs_add (struct pairs *p, char *key, char *value)
{
    if (p->n == PAIRS_MAX) {
        free (key);
        free (value);
        return;
    }
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 8;
        p->v = xrealloc (p->v, p->cap, sizeof (*p->v));
    }
    p->v[p->n++] = (struct pair){ key, value };
}

const char *pairs_last (const struct pairs *p, const char *key)
{
    for (size_t i = p->n; i-- > 0;)
        if (!strcmp (p->v[i].key, key))
            return p->v[i].value;
    return NULL;
}

/* ---- arguments --------------------------------------------------------------------------
 */

static bool is_space (char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Control characters, NUL among them, become spaces; then spaces at both ends go. */
static void clean (char *s, size_t n)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 && !is_space (s[i]))
            s[i] = ' ';
    while (n > 0 && is_space (s[n - 1]))
        n--;
    while (from < n && is_space (s[from]))
        from++;
    memmove (s, s + from, n - from);
    s[n - from] = '\0';
}

static char *decode (struct pairs *p, const char *s, size_t n)
{
    size_t len;
    char *text = url_decode (s, n, true, &len);

    if (!utf8_valid (text, len))
        p->invalid = true;
    clean (text, len);
    return text;
}

void pairs_add_query (struct pairs *p, const char *s, size_t n)
{
    const char *end = s + n;

    while (s < end && p->n < PAIRS_MAX) {
        const char *amp = memchr (s, '&', (size_t)(end - s));
        const char *stop = amp ? amp : end;
        const char *eq = memchr (s, '=', (size_t)(stop - s));
        const char *key_end = eq ? eq : stop;
        if (stop > s) {
            char *key = decode (p, s, (size_t)(key_end - s));
            pairs_add (p, key,
                       eq ? decode (p, eq + 1, (size_t)(stop - eq - 1)) : xstrdup (""));
        }
        s = amp ? amp + 1 : end;
    }
}

/* ---- cookies ----------------------------------------------------------------------------
 */

static bool is_octal (const char *s)
{
    return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
           s[2] <= '7';
}

/* "a\"b\054c" as Python's http.cookies writes it; in place. */
static void unquote (char *s)
{
    size_t n = strlen (s);
    char *to = s;

    if (n < 2 || s[0] != '"' || s[n - 1] != '"')
        return;
    s[n - 1] = '\0';
    for (const char *from = s + 1; *from;) {
        if (*from == '\\' && from[1] && from[2] && from[3] && is_octal (from + 1)) {
            int c = (from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0');
            *to++ = (char)(c ? c : ' ');
            from += 4;
            continue;
        }
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from++;
    }
    *to = '\0';
}

static char *trimmed (const char *s, size_t n)
{
    while (n > 0 && is_space (s[n - 1]))
        n--;
    while (n > 0 && is_space (s[0])) {
        s++;
        n--;
    }
    return xstrndup (s, n);
}

void pairs_add_cookies (struct pairs *p, const char *s)
{
    while (*s && p->n < PAIRS_MAX) {
        size_t n = strcspn (s, ";");
        const char *eq = memchr (s, '=', n);
        if (eq) {
            char *value = trimmed (eq + 1, n - (size_t)(eq + 1 - s));
            unquote (value);
            pairs_add (p, trimmed (s, (size_t)(eq - s)), value);
        }
        s += n + (s[n] == ';');
    }
}
