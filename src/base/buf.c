/* buf.c - growable bytes with a ceiling */

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1];

void buf_init (struct buf *b, size_t max)
{
    *b = (struct buf){ .data = empty, .max = max };
}

void buf_done (struct buf *b)
{
    if (b->cap)
        free (b->data);
    *b = (struct buf){ .data = empty };
}

void buf_clear (struct buf *b)
{
    b->len = 0;
    b->overflow = false;
    if (b->cap)
        b->data[0] = '\0';
}

static int grow (struct buf *b, size_t n)
{
    if (n > b->max || b->len > b->max - n) {
        b->overflow = true;
        return -1;
    }
    size_t want = b->len + n + 1;
    if (want != 0 && want <= b->cap)
        return 0;
    size_t cap = b->cap ? b->cap + b->cap / 2 : 64;
    if (cap > b->max)
        cap = b->max + 1;
    if (cap < want)
        cap = want;
    char *p = want ? realloc (b->cap ? b->data : NULL, cap) : NULL;
    if (!p) {
        b->overflow = true;
        return -1;
    }
    p[b->len] = '\0';
    b->data = p;
    b->cap = cap;
    return 0;
}

char *buf_reserve (struct buf *b, size_t n)
{
    return grow (b, n) < 0 ? NULL : b->data + b->len;
}

int buf_add (struct buf *b, const void *data, size_t n)
{
    if (n == 0)
        return 0;
    if (grow (b, n) < 0)
        return -1;
    memcpy (b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
    return 0;
}

int buf_adds (struct buf *b, const char *s)
{
    return buf_add (b, s, strlen (s));
}

int buf_addc (struct buf *b, char c)
{
    return buf_add (b, &c, 1);
}

int buf_addu (struct buf *b, uint64_t n)
{
    char digits[20], *p = digits + sizeof (digits);

    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    return buf_add (b, p, (size_t)(digits + sizeof (digits) - p));
}

int buf_vaddf (struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    char small[256];

    va_copy (again, ap);
    int n = vsnprintf (small, sizeof (small), fmt, again);
    va_end (again);
    if (n < 0) {
        b->overflow = true;
        return -1;
    }
    if ((size_t)n < sizeof (small))
        return buf_add (b, small, (size_t)n);
    if (grow (b, (size_t)n) < 0)
        return -1;
    (void)vsnprintf (b->data + b->len, (size_t)n + 1, fmt, ap);
    b->len += (size_t)n;
    return 0;
}

int buf_addf (struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start (ap, fmt);
    int rc = buf_vaddf (b, fmt, ap);
    va_end (ap);
    return rc;
}

static int add_json_escape (struct buf *b, unsigned char c)
{
    char two[2] = { '\\', (char)c };

    switch (c) {
    case '"':
    case '\\': break;
    case '\n': two[1] = 'n'; break;
    case '\r': two[1] = 'r'; break;
    case '\t': two[1] = 't'; break;
    case '\b': two[1] = 'b'; break;
    case '\f': two[1] = 'f'; break;
    default: return buf_addf (b, "\\u%04x", c);
    }
    return buf_add (b, two, sizeof (two));
}

/* A composite addition that did not fit takes its beginning back. */
static int whole_or_nothing (struct buf *b, size_t start, bool bad)
{
    if (!bad)
        return 0;
    b->len = start;
    if (b->cap)
        b->data[start] = '\0';
    return -1;
}

int buf_add_json_string (struct buf *b, const char *s, size_t n)
{
    const char *p = s, *end = s + n, *plain = s;
    size_t start = b->len;
    uint32_t cp;
    int bad = buf_addc (b, '"');

    while (p < end && !bad) {
        p += utf8_ascii_run (p, (size_t)(end - p), true);
        if (p == end)
            break;
        size_t len = utf8_next (p, (size_t)(end - p), &cp);
        if (len && cp >= 0x20 && cp != '"' && cp != '\\') {
            p += len;
            continue;
        }
        bad |= buf_add (b, plain, (size_t)(p - plain));
        bad |= len ? add_json_escape (b, (unsigned char)*p) : buf_adds (b, "\xef\xbf\xbd");
        plain = ++p;
    }
    bad |= buf_add (b, plain, (size_t)(p - plain)) | buf_addc (b, '"');
    return whole_or_nothing (b, start, bad);
}

int buf_add_html (struct buf *b, const char *s, size_t n)
{
    size_t start = b->len;
    int bad = 0;

    for (size_t i = 0; i < n && !bad; i++) {
        switch (s[i]) {
        case '&': bad = buf_adds (b, "&amp;"); break;
        case '<': bad = buf_adds (b, "&lt;"); break;
        case '>': bad = buf_adds (b, "&gt;"); break;
        case '"': bad = buf_adds (b, "&quot;"); break;
        case '\'': bad = buf_adds (b, "&#39;"); break;
        default: bad = buf_addc (b, s[i]); break;
        }
    }
    return whole_or_nothing (b, start, bad);
}

void buf_consume (struct buf *b, size_t n)
{
    assert (n <= b->len);
    if (n == 0)
        return;
    memmove (b->data, b->data + n, b->len - n);
    b->len -= n;
    b->data[b->len] = '\0';
}

char *buf_take (struct buf *b, size_t *ret_len)
{
    char *p = b->cap ? b->data : xstrdup ("");

    if (ret_len)
        *ret_len = b->len;
    buf_init (b, b->max);
    return p;
}
