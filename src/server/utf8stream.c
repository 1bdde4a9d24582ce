/* utf8stream.c - bytes of a terminal as valid UTF-8, whatever their boundaries */

#include "server/utf8stream.h"

#include "base/utf8.h"

#include <stdbool.h>

static void replace (struct utf8stream *u, struct buf *out)
{
    (void)buf_add (out, "\xef\xbf\xbd", 3);
    u->n = u->needed = 0;
}

/* The first byte of a sequence.  False: there is none that begins so. */
static bool begin (struct utf8stream *u, uint8_t c)
{
    u->low = 0x80;
    u->high = 0xbf;
    if (c >= 0xc2 && c <= 0xdf)
        u->needed = 2;
    else if (c >= 0xe0 && c <= 0xef)
        u->needed = 3;
    else if (c >= 0xf0 && c <= 0xf4)
        u->needed = 4;
    else
        return false;
    if (c == 0xe0)
        u->low = 0xa0; /* shorter forms exist */
    else if (c == 0xed)
        u->high = 0x9f; /* surrogates */
    else if (c == 0xf0)
        u->low = 0x90;
    else if (c == 0xf4)
        u->high = 0x8f; /* beyond U+10FFFF */
    u->held[0] = c;
    u->n = 1;
    return true;
}

static void first_byte (struct utf8stream *u, uint8_t c, struct buf *out)
{
    if (c < 0x80)
        (void)buf_addc (out, (char)c);
    else if (!begin (u, c))
        replace (u, out);
}

static void next_byte (struct utf8stream *u, uint8_t c, struct buf *out)
{
    if (c < u->low || c > u->high) {
        replace (u, out);
        first_byte (u, c, out);
        return;
    }
    u->low = 0x80;
    u->high = 0xbf;
    u->held[u->n++] = c;
    if (u->n < u->needed)
        return;
    (void)buf_add (out, u->held, u->n);
    u->n = u->needed = 0;
}

size_t utf8stream_run (const struct utf8stream *u, const void *data, size_t n)
{
    const char *p = data;
    size_t at = 0, len = 1;
    uint32_t cp;
    if (u->needed)
        return 0;
    while (at < n && len) {
        at += utf8_ascii_run (p + at, n - at, false);
        len = at < n ? utf8_next (p + at, n - at, &cp) : 0;
        at += len;
    }
    return at;
}

void utf8stream_feed (struct utf8stream *u, const void *data, size_t n, struct buf *out)
{
    const uint8_t *p = data, *end = p + n;
    (void)buf_reserve (out, n);
    while (p < end) {
        size_t run = utf8stream_run (u, p, (size_t)(end - p));
        (void)buf_add (out, p, run);
        p += run;
        if (p == end)
            return;
        if (u->needed)
            next_byte (u, *p++, out);
        else
            first_byte (u, *p++, out);
    }
}

void utf8stream_end (struct utf8stream *u, struct buf *out)
{
    if (u->needed)
        replace (u, out);
}
