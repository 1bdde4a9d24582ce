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

static int write_piece (struct buf *b, const char *s, size_t n)
{
    char *begin = buf_reserve (b, n * LONGEST), *to = begin;
    if (!begin)
        return -1;
    for (const char *end = s + n; s < end;) {
        size_t run = nbjson_plain_run (s, (size_t)(end - s));
        memcpy (to, s, run);
        to += run;
        s += run;
        if (s < end)
            to = put_escape (to, (unsigned char)*s++);
    }
    b->len += (size_t)(to - begin);
    *to = '\0';
    return 0;
}

static void write_string (struct buf *b, const char *s, size_t n, bool plain)
{
    (void)buf_addc (b, '"');
    if (plain) {
        (void)buf_add (b, s, n);
    } else {
        for (size_t piece; n > 0; s += piece, n -= piece) {
            piece = n < PIECE ? n : PIECE;
            if (write_piece (b, s, piece) < 0)
                break;
        }
    }
    (void)buf_addc (b, '"');
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
    static const char line[] =
        "\n                                                               ";
    if (form == NBJSON_COMPACT)
        return;
    size_t n = (size_t)depth + 1, have = sizeof line - 1;
    (void)buf_add (b, line, n < have ? n : have);
    for (n -= n < have ? n : have; n > 0; n--)
        (void)buf_addc (b, ' ');
}

static void write_lines (const struct nbjson *v, struct buf *b, int depth)
{
    (void)buf_addc (b, '[');
    for (size_t at = 0, n; at < v->n && !b->overflow; at += n) {
        n = nblines_next (v->s + at, v->n - at, NULL);
        if (at)
            (void)buf_addc (b, ',');
        newline (b, NBJSON_FILE, depth + 1);
        write_string (b, v->s + at, n, v->plain);
    }
    if (v->n)
        newline (b, NBJSON_FILE, depth);
    (void)buf_addc (b, ']');
}

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
        (void)buf_addc (b, '[');
        for (size_t i = 0; i < v->n && !b->overflow; i++) {
            if (i)
                (void)buf_addc (b, ',');
            newline (b, form, depth + 1);
            write_at (v->items[i], b, form, depth + 1);
        }
        if (v->n)
            newline (b, form, depth);
        (void)buf_addc (b, ']');
        break;
    case NBJSON_OBJECT:
        (void)buf_addc (b, '{');
        for (size_t i = 0; i < v->n && !b->overflow; i++) {
            const struct nbjson_member *m = &v->members[i];
            if (i)
                (void)buf_addc (b, ',');
            newline (b, form, depth + 1);
            write_string (b, m->key, m->key_len, false);
            (void)buf_add (b, ": ", form == NBJSON_FILE ? 2 : 1);
            write_at (m->value, b, form, depth + 1);
        }
        if (v->n)
            newline (b, form, depth);
        (void)buf_addc (b, '}');
        break;
    default: break;
    }
}

void nbjson_write (const struct nbjson *v, struct buf *b, enum nbjson_form form)
{
    write_at (v, b, form, 0);
}
