/* url.c - percent-encoding */

#include "base/url.h"
#include "base/cleanup.h"

#include <string.h>

static bool unreserved (unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-' || c == '~';
}

int url_encode (struct buf *b, const char *s, size_t n, const char *safe)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (unreserved (c) || (c && strchr (safe, c)))
            buf_addc (b, (char)c);
        else
            buf_addf (b, "%%%02X", c);
    }
    return b->overflow ? -1 : 0;
}

static char *encode (const char *s, const char *safe)
{
    struct buf b;
    size_t n = strlen (s);

    buf_init (&b, 3 * n);
    (void)url_encode (&b, s, n, safe);
    return buf_take (&b, NULL);
}

char *url_encode_path (const char *path)
{
    return encode (path, "/");
}
char *url_encode_all (const char *s)
{
    return encode (s, "");
}

static int hex (char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *url_decode (const char *s, size_t n, bool plus, size_t *ret_len)
{
    char *out = xcalloc (n + 1, 1);
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%' && n - i > 2 && hex (s[i + 1]) >= 0 && hex (s[i + 2]) >= 0) {
            out[len++] = (char)(hex (s[i + 1]) * 16 + hex (s[i + 2]));
            i += 2;
        } else {
            out[len++] = plus && s[i] == '+' ? ' ' : s[i];
        }
    }
    out[len] = '\0';
    if (ret_len)
        *ret_len = len;
    return out;
}

char *url_join (const char *base, const char *path)
{
    while (*path == '/')
        path++;
    return xasprintf ("%s%s", base, path);
}
