/* css_urls.c - make the relative addresses of a stylesheet absolute */

#include "server/css_urls.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* "https:" or "data:" in front. */
static bool has_scheme (const char *s, const char *end)
{
    if (s == end || !isalpha ((unsigned char)*s))
        return false;
    while (s < end && (isalnum ((unsigned char)*s) || *s == '+' || *s == '-' || *s == '.'))
        s++;
    return s < end && *s == ':';
}

static bool relative (const char *s, const char *end)
{
    return s < end && *s != '/' && *s != '#' && !has_scheme (s, end);
}

int css_urls_rewrite (const char *css, size_t n, const char *prefix, struct buf *out)
{
    static const char open[] = "url('";
    const char *p = css, *end = css + n;
    while (p < end) {
        const char *hit = memmem (p, (size_t)(end - p), open, sizeof open - 1);
        const char *start = hit ? hit + sizeof open - 1 : end;
        const char *close = hit ? memchr (start, '\'', (size_t)(end - start)) : NULL;
        (void)buf_add (out, p, (size_t)(start - p));
        if (close && relative (start, close)) {
            (void)buf_adds (out, prefix);
            (void)buf_addc (out, '/');
        }
        p = start;
    }
    return out->overflow ? -1 : 0;
}
