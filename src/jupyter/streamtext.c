/* streamtext.c - text as a teletype would print it
 *
 * Behind the last newline is the only line that can still change, so the cursor and every change are
 * there.  Other threads read chunks only up to the length that their view noted.
 */

#include "jupyter/streamtext.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

#define FIRST_CAP 256

struct streamtext_chunk {
    int refs;
    size_t len, cap;
    char data[];
};

static void chunk_unref (struct streamtext_chunk *c)
{
    if (--c->refs == 0)
        free (c);
}

void streamtext_done (struct streamtext *t)
{
    for (size_t i = 0; i < t->nchunks; i++)
        chunk_unref (t->chunks[i]);
    free (t->chunks);
    free (t->line);
    memset (t, 0, sizeof (*t));
}

/* ---- lines that have ended ---- */

static struct streamtext_chunk *new_chunk (struct streamtext *t, size_t need)
{
    size_t cap = t->nchunks ? 2 * t->chunks[t->nchunks - 1]->cap : FIRST_CAP;
    if (cap > STREAMTEXT_CHUNK)
        cap = STREAMTEXT_CHUNK;
    if (cap < need)
        cap = need;
    struct streamtext_chunk *c = xcalloc (1, sizeof (*c) + cap);
    c->refs = 1;
    c->cap = cap;
    if (t->nchunks == t->cap_chunks) {
        t->cap_chunks = t->cap_chunks ? 2 * t->cap_chunks : 4;
        t->chunks = xrealloc (t->chunks, t->cap_chunks, sizeof (*t->chunks));
    }
    t->chunks[t->nchunks++] = c;
    return c;
}

/* A chunk holds whole lines. */
static void end_line (struct streamtext *t)
{
    struct streamtext_chunk *c = t->nchunks ? t->chunks[t->nchunks - 1] : NULL;
    if (!c || c->cap - c->len < t->line_len)
        c = new_chunk (t, t->line_len);
    memcpy (c->data + c->len, t->line, t->line_len);
    c->len += t->line_len;
    t->line_len = t->at = 0;
}

/* Room for N more bytes. */
static void reserve (struct streamtext *t, size_t n)
{
    size_t cap = t->cap ? t->cap : FIRST_CAP;
    while (cap - t->line_len < n)
        cap *= 2;
    if (cap == t->cap)
        return;
    t->line = xrealloc (t->line, cap, 1);
    t->cap = cap;
}

/* ---- characters ---- */

static bool is_surrogate (const char *s, size_t n)
{
    return n >= 3 && (unsigned char)s[0] == 0xed && (unsigned char)s[1] >= 0xa0 &&
           (unsigned char)s[1] < 0xc0 && ((unsigned char)s[2] & 0xc0) == 0x80;
}

/* Bytes of the character at S, at least 1; *RET_UNITS: what it counts in UTF-16. */
static size_t char_at (const char *s, size_t n, unsigned *ret_units)
{
    uint32_t cp;
    size_t len = utf8_next (s, n, &cp);
    if (!len)
        len = is_surrogate (s, n) ? 3 : 1;
    *ret_units = len == 4 ? 2 : 1;
    return len;
}

static size_t count_units (const char *s, size_t n)
{
    size_t units = 0;
    for (size_t i = 0; i < n;) {
        size_t ascii = utf8_ascii_run (s + i, n - i, false);
        unsigned u = 0;
        i += ascii;
        units += ascii;
        if (i < n)
            i += char_at (s + i, n - i, &u);
        units += u;
    }
    return units;
}

/* The second half of a character of four bytes, which alone is three. */
static void second_half (const char *s, char ret[3])
{
    uint32_t cp = 0;
    (void)utf8_next (s, 4, &cp);
    uint32_t low = 0xdc00 | (cp & 0x3ff);
    ret[0] = (char)0xed;
    ret[1] = (char)(0x80 | ((low >> 6) & 0x3f));
    ret[2] = (char)(0x80 | (low & 0x3f));
}

/* ---- changing the last line ---- */

/* The OLD bytes at FROM become the N bytes at S. */
static void splice (struct streamtext *t, size_t from, size_t old, const char *s, size_t n)
{
    if (n > old)
        reserve (t, n - old);
    if (n != old)
        memmove (t->line + from + n, t->line + from + old, t->line_len - from - old);
    memcpy (t->line + from, s, n);
    t->line_len = t->line_len - old + n;
    t->len = t->len - old + n;
}

static void append (struct streamtext *t, const char *s, size_t n)
{
    reserve (t, n);
    memcpy (t->line + t->line_len, s, n);
    t->line_len += n;
    t->len += n;
    t->at = t->line_len;
}

static void overwrite (struct streamtext *t, const char *s, size_t n)
{
    size_t units = count_units (s, n), end = t->at, taken = 0, last = t->at;
    char half[3];
    while (taken < units && end < t->line_len) {
        unsigned u;
        last = end;
        end += char_at (t->line + end, t->line_len - end, &u);
        taken += u;
    }
    bool cut = taken > units;
    if (cut)
        second_half (t->line + last, half);
    splice (t, t->at, end - t->at, s, n);
    t->at += n;
    if (cut)
        splice (t, t->at, 0, half, sizeof (half));
}

static void put (struct streamtext *t, const char *s, size_t n)
{
    if (t->at == t->line_len)
        append (t, s, n);
    else if (n)
        overwrite (t, s, n);
}

static void newline (struct streamtext *t)
{
    append (t, "\n", 1);
    end_line (t);
}

static void backspace (struct streamtext *t)
{
    size_t from = t->at, end = t->at;
    unsigned u;
    if (!t->at)
        return;
    for (from--; from > 0 && ((unsigned char)t->line[from] & 0xc0) == 0x80;)
        from--;
    if (end < t->line_len)
        end += char_at (t->line + end, t->line_len - end, &u);
    splice (t, from, end - from, "", 0);
    t->at = from;
}

/* ---- escapes ---- */

static int hex4 (const char *s, const char *end, uint32_t *ret)
{
    uint32_t v = 0;
    if (end - s < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return -1;
        v = v << 4 | (uint32_t)d;
    }
    *ret = v;
    return 0;
}

static void put_code_point (struct streamtext *t, uint32_t cp)
{
    char text[4];
    size_t n;
    if (cp == '\n') {
        newline (t);
    } else if (cp == '\r') {
        t->at = 0;
    } else if (cp == '\b') {
        backspace (t);
    } else if (cp >= 0xd800 && cp < 0xe000) {
        text[0] = (char)0xed;
        text[1] = (char)(0x80 | ((cp >> 6) & 0x3f));
        text[2] = (char)(0x80 | (cp & 0x3f));
        put (t, text, 3);
    } else {
        n = utf8_put (cp, text);
        put (t, text, n);
    }
}

/* P stands behind "\u"; the position behind the digits. */
static const char *put_unicode (struct streamtext *t, const char *p, const char *end)
{
    uint32_t high, low;
    if (hex4 (p, end, &high) < 0)
        return end;
    p += 4;
    if (high >= 0xd800 && high < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
        hex4 (p + 2, end, &low) == 0 && low >= 0xdc00 && low < 0xe000) {
        put_code_point (t, 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff)));
        return p + 6;
    }
    put_code_point (t, high);
    return p;
}

/* P stands behind a backslash; the position behind the escape. */
static const char *put_escape (struct streamtext *t, const char *p, const char *end)
{
    static const char from[] = "nrbtf", to[] = "\n\r\b\t\f";
    if (p >= end)
        return end;
    const char *which = strchr (from, *p);
    if (*p == 'u')
        return put_unicode (t, p + 1, end);
    put_code_point (t, which ? (unsigned char)to[which - from] : (unsigned char)*p);
    return p + 1;
}

size_t streamtext_add (struct streamtext *t, const char *raw, size_t n, size_t max)
{
    const char *p = raw, *end = raw + n;
    while (p < end && (size_t)(p - raw) < max) {
        size_t room = max - (size_t)(p - raw);
        size_t left = (size_t)(end - p);
        const char *escape = memchr (p, '\\', left < room ? left : room);
        size_t run = escape ? (size_t)(escape - p) : left < room ? left : room;
        /* not within a character */
        while (!escape && p + run < end && ((unsigned char)p[run] & 0xc0) == 0x80)
            run++;
        put (t, p, run);
        p += run;
        if (escape)
            p = put_escape (t, p + 1, end);
    }
    return (size_t)(p - raw);
}

/* ---- as JSON ---- */

static void write_control (struct buf *b, unsigned char c)
{
    static const char from[] = "\n\r\b\t\f\"\\", to[] = "nrbtf\"\\";
    const char *which = c ? strchr (from, c) : NULL;
    if (which)
        (void)buf_addf (b, "\\%c", to[which - from]);
    else
        (void)buf_addf (b, "\\u%04x", c);
}

/* What utf8_ascii_run stopped at; its length. */
static size_t write_special (struct buf *b, const char *s, size_t n)
{
    uint32_t cp;
    size_t len = utf8_next (s, n, &cp);
    if (len == 1) {
        write_control (b, (unsigned char)*s);
    } else if (len) {
        (void)buf_add (b, s, len);
    } else if (is_surrogate (s, n)) {
        (void)buf_addf (b, "\\ud%x%02x", ((unsigned)s[1] >> 2) & 0xf,
                        (((unsigned)s[1] & 3) << 6) | ((unsigned)s[2] & 0x3f));
        len = 3;
    } else {
        (void)buf_adds (b, "\\ufffd");
        len = 1;
    }
    return len;
}

static void write_text (struct buf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n && !b->overflow;) {
        size_t run = utf8_ascii_run (s + i, n - i, true);
        (void)buf_add (b, s + i, run);
        i += run;
        if (i < n)
            i += write_special (b, s + i, n - i);
    }
}

/* ---- views ---- */

void streamtext_view (const struct streamtext *t, struct streamtext_view *ret)
{
    *ret = (struct streamtext_view){ .nchunks = t->nchunks,
                                     .line_len = t->line_len,
                                     .at = t->at };
    ret->chunks = xcalloc (t->nchunks + 1, sizeof (*ret->chunks));
    for (size_t i = 0; i < t->nchunks; i++) {
        ret->chunks[i] = t->chunks[i];
        ret->chunks[i]->refs++;
        ret->last = t->chunks[i]->len;
    }
    ret->line = xcalloc (t->line_len + 1, 1);
    if (t->line_len)
        memcpy (ret->line, t->line, t->line_len);
}

static void write_lines (const struct streamtext_view *v, struct buf *b)
{
    for (size_t i = 0; i < v->nchunks && !b->overflow; i++)
        write_text (b, v->chunks[i]->data,
                    i + 1 < v->nchunks ? v->chunks[i]->len : v->last);
    write_text (b, v->line, v->line_len);
}

void streamtext_view_write (const struct streamtext_view *v, struct buf *b)
{
    (void)buf_addc (b, '"');
    write_lines (v, b);
    (void)buf_addc (b, '"');
}

void streamtext_view_write_cursor (const struct streamtext_view *v, struct buf *b)
{
    (void)buf_addc (b, '"');
    write_lines (v, b);
    if (v->at < v->line_len) {
        (void)buf_adds (b, "\\r");
        write_text (b, v->line, v->at);
    }
    (void)buf_addc (b, '"');
}

void streamtext_view_done (struct streamtext_view *v)
{
    for (size_t i = 0; i < v->nchunks; i++)
        chunk_unref (v->chunks[i]);
    free (v->chunks);
    free (v->line);
    memset (v, 0, sizeof (*v));
}

/* ---- forgetting ---- */

static size_t trim_line (struct streamtext *t, size_t n)
{
    if (n > t->at)
        n = t->at;
    while (n > 0 && n < t->line_len && ((unsigned char)t->line[n] & 0xc0) == 0x80)
        n--;
    if (n)
        memmove (t->line, t->line + n, t->line_len - n);
    t->line_len -= n;
    t->at -= n;
    return n;
}

size_t streamtext_trim (struct streamtext *t, size_t n)
{
    size_t gone = 0, i = 0;
    for (; i < t->nchunks && gone < n; i++) {
        gone += t->chunks[i]->len;
        chunk_unref (t->chunks[i]);
    }
    if (i)
        memmove (t->chunks, t->chunks + i, (t->nchunks - i) * sizeof (*t->chunks));
    t->nchunks -= i;
    if (gone < n)
        gone += trim_line (t, n - gone);
    t->len -= gone;
    return gone;
}
