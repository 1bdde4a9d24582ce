/* nbjson_write.c - document to text, byte for byte as Python's json.dumps
 * (ensure_ascii=False) does it
 *
 * NBJSON_FILE is json.dumps (..., indent=1, sort_keys=True, separators=(",", ": ")).
 * Escapes are the short ones and lower-case \u00xx; DEL, U+2028 and all else above 0x1f
 * stays as it is.
 */
#include "jupyter/nbjson.h"
#include "jupyter/nbjson_impl.h"
#include "jupyter/nblines.h"

#include <string.h>

#define PIECE 4096 /* bytes of a string for which room is made at once */
#define LONGEST 6  /* \u00xx */
#define LINE_END 3 /* the longest line end */

static char *put_escape (char *to, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    *to++ = '\\';
    switch (c) {
    case '"':
    case '\\': *to++ = (char)c; break;
    case '\n': *to++ = 'n'; break;
    case '\r': *to++ = 'r'; break;
    case '\t': *to++ = 't'; break;
    case '\b': *to++ = 'b'; break;
    case '\f': *to++ = 'f'; break;
    default:
        memcpy (to, "u00", 3);
        to[3] = hex[c >> 4];
        to[4] = hex[c & 15];
        to += 5;
    }
    return to;
}

/* Room for N bytes and the NUL behind them, which is nearly always there; NULL: no more. */
static inline char *room (struct buf *b, size_t n)
{
    return b->cap - b->len > n && !b->overflow ? b->data + b->len : buf_reserve (b, n);
}

static inline void wrote (struct buf *b, char *end)
{
    b->len = (size_t)(end - b->data);
    *end = '\0';
}

static inline void put_char (struct buf *b, char c)
{
    char *to = room (b, 1);
    if (!to)
        return;
    *to++ = c;
    wrote (b, to);
}

static void write_piece (struct buf *b, const char *s, size_t n)
{
    char *to = room (b, n * LONGEST);
    if (!to)
        return;
    for (const char *end = s + n; s < end;) {
        size_t run = scan_copy (to, s, (size_t)(end - s), SCAN_CONTROL | SCAN_QUOTED);
        to += run;
        s += run;
        if (s < end)
            to = put_escape (to, (unsigned char)*s++);
    }
    wrote (b, to);
}

static void write_string (struct buf *b, const char *s, size_t n, bool plain)
{
    put_char (b, '"');
    if (plain) {
        (void)buf_add (b, s, n);
    } else {
        for (size_t piece; n > 0 && !b->overflow; s += piece, n -= piece) {
            piece = n < PIECE ? n : PIECE;
            write_piece (b, s, piece);
        }
    }
    put_char (b, '"');
}

static void write_real (const struct nbjson *v, struct buf *b, enum nbjson_form form)
{
    if (form == NBJSON_COMPACT && v->s[v->n - 1] == 'y')
        (void)buf_adds (b, v->s[0] == '-' ? "-1e999" : "1e999");
    else
        (void)buf_add (b, v->s, v->n);
}

static void newline (struct buf *b, enum nbjson_form form, int depth)
{
    char *to = form == NBJSON_COMPACT ? NULL : room (b, (size_t)depth + 1);
    if (!to)
        return;
    *to = '\n';
    memset (to + 1, ' ', (size_t)depth);
    wrote (b, to + 1 + depth);
}

/* ---- lines ----------------------------------------------------------------------- */

/* Of what stops a run in a line: true, it was the end of the line. */
static bool put_stop (char **to, const char **s, const char *end)
{
    unsigned char c = (unsigned char)**s;
    size_t n = nblines_end (*s, (size_t)(end - *s));
    for (size_t i = 0; i < (n ? n : 1); i++, ++*s)
        if (c < 0x80)
            *to = put_escape (*to, (unsigned char)**s);
        else
            *(*to)++ = **s;
    return n > 0;
}

/* The first line of the text from S to END, in quotes; what follows it. */
static const char *write_line (struct buf *b, const char *s, const char *end)
{
    bool ended = false;
    put_char (b, '"');
    while (s < end && !ended) {
        size_t piece = (size_t)(end - s) < PIECE ? (size_t)(end - s) : PIECE;
        const char *stop = s + piece;
        char *to = room (b, (piece + LINE_END) * LONGEST);
        if (!to)
            return end;
        while (s < stop && !ended) {
            size_t run = scan_copy (to, s, (size_t)(stop - s), SCAN_QUOTED | NBLINES_STOPS);
            to += run;
            s += run;
            ended = s < stop && put_stop (&to, &s, end);
        }
        wrote (b, to);
    }
    put_char (b, '"');
    return s;
}

static void write_lines (const struct nbjson *v, struct buf *b, int depth)
{
    const char *s = v->s, *end = s + v->n;
    put_char (b, '[');
    while (s < end && !b->overflow) {
        if (s > v->s)
            put_char (b, ',');
        newline (b, NBJSON_FILE, depth + 1);
        s = write_line (b, s, end);
    }
    if (v->n)
        newline (b, NBJSON_FILE, depth);
    put_char (b, ']');
}

/* ---- values ---------------------------------------------------------------------- */

static void write_at (const struct nbjson *v, struct buf *b, enum nbjson_form form,
                      int depth)
{
    switch (v->type) {
    case NBJSON_NULL: (void)buf_add (b, "null", 4); break;
    case NBJSON_FALSE: (void)buf_add (b, "false", 5); break;
    case NBJSON_TRUE: (void)buf_add (b, "true", 4); break;
    case NBJSON_INT: (void)buf_add (b, v->s, v->n); break;
    case NBJSON_REAL: write_real (v, b, form); break;
    case NBJSON_STRING:
        if (v->lines && form == NBJSON_FILE)
            write_lines (v, b, depth);
        else
            write_string (b, v->s, v->n, v->plain);
        break;
    case NBJSON_ARRAY:
        put_char (b, '[');
        for (size_t i = 0; i < v->n && !b->overflow; i++) {
            if (i)
                put_char (b, ',');
            newline (b, form, depth + 1);
            write_at (v->items[i], b, form, depth + 1);
        }
        if (v->n)
            newline (b, form, depth);
        put_char (b, ']');
        break;
    case NBJSON_OBJECT:
        put_char (b, '{');
        for (size_t i = 0; i < v->n && !b->overflow; i++) {
            const struct nbjson_member *m = &v->members[i];
            if (i)
                put_char (b, ',');
            newline (b, form, depth + 1);
            write_string (b, m->key, m->key_len, false);
            (void)buf_add (b, ": ", form == NBJSON_FILE ? 2 : 1);
            write_at (m->value, b, form, depth + 1);
        }
        if (v->n)
            newline (b, form, depth);
        put_char (b, '}');
        break;
    default: break;
    }
}

void nbjson_write (const struct nbjson *v, struct buf *b, enum nbjson_form form)
{
    write_at (v, b, form, 0);
}
