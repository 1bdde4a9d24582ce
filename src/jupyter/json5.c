/* json5.c - a recursive-descent reader of JSON5 */

#include "jupyter/json5.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *start, *p, *end;
    int depth;
    struct err *err;
};

static json_t *value (struct parser *ps);

static json_t *fail (struct parser *ps, const char *what)
{
    int line = 1, column = 1;

    for (const char *q = ps->start; q < ps->p; q++) {
        column++;
        if (*q == '\n') {
            line++;
            column = 1;
        }
    }
    err_set (ps->err, PROBLEM_INVALID, "line %d column %d: %s", line, column, what);
    return NULL;
}

static bool at (const struct parser *ps, const char *text)
{
    size_t n = strlen (text);

    return (size_t)(ps->end - ps->p) >= n && !memcmp (ps->p, text, n);
}

static int peek (const struct parser *ps)
{
    return ps->p < ps->end ? (unsigned char)*ps->p : -1;
}

/* Length of the white space or line terminator at P: ASCII, BOM, NBSP, U+2028, U+2029. */
static size_t space_len (const struct parser *ps)
{
    int c = peek (ps);

    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if (at (ps, "\xc2\xa0"))
        return 2;
    return at (ps, "\xef\xbb\xbf") || at (ps, "\xe2\x80\xa8") || at (ps, "\xe2\x80\xa9")
               ? 3
               : 0;
}

/* Skips white space and comments; -1 for a comment without end. */
static int skip (struct parser *ps)
{
    for (;;) {
        size_t n = space_len (ps);
        if (n) {
            ps->p += n;
        } else if (at (ps, "//")) {
            while (ps->p < ps->end && *ps->p != '\n' && *ps->p != '\r')
                ps->p++;
        } else if (at (ps, "/*")) {
            const char *close = memmem (ps->p + 2, (size_t)(ps->end - ps->p) - 2, "*/", 2);
            if (!close) {
                fail (ps, "a comment does not end");
                return -1;
            }
            ps->p = close + 2;
        } else {
            return 0;
        }
    }
}

static void add_utf8 (struct buf *b, unsigned cp)
{
    char text[4];

    (void)buf_add (b, text, utf8_put (cp, text));
}

/* N hexadecimal digits at P, or -1. */
static int hex (struct parser *ps, int n)
{
    int v = 0;

    for (int i = 0; i < n; i++, ps->p++) {
        int c = peek (ps);
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

/* After "\u": one code point, pairs joined; -1: malformed or a lone surrogate. */
static int unicode_escape (struct parser *ps)
{
    int hi = hex (ps, 4);

    if (hi < 0xd800 || hi > 0xdfff)
        return hi;
    if (hi > 0xdbff || !at (ps, "\\u"))
        return -1;
    ps->p += 2;
    int lo = hex (ps, 4);
    if (lo < 0xdc00 || lo > 0xdfff)
        return -1;
    return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

/* After the backslash. */
static int escape (struct parser *ps, struct buf *b)
{
    static const char from[] = "bfnrtv0", to[] = "\b\f\n\r\t\v";
    int c = peek (ps), cp;

    if (c < 0)
        return -1;
    if (at (ps, "\xe2\x80\xa8") || at (ps, "\xe2\x80\xa9")) {
        ps->p += 3;
        return 0;
    }
    ps->p++;
    const char *known = strchr (from, c);
    if (c == '\r' && peek (ps) == '\n')
        ps->p++;
    if (c == '\r' || c == '\n')
        return 0;
    if (c == 'u' || c == 'x') {
        cp = c == 'u' ? unicode_escape (ps) : hex (ps, 2);
        if (cp < 0)
            return -1;
        add_utf8 (b, (unsigned)cp);
        return 0;
    }
    if (c >= '1' && c <= '9')
        return -1;
    return buf_addc (b, known && *known ? to[known - from] : (char)c);
}

/* A quoted string into B. */
static int quoted (struct parser *ps, struct buf *b)
{
    char quote = *ps->p++;

    while (ps->p < ps->end) {
        char c = *ps->p;
        if (c == quote) {
            ps->p++;
            return 0;
        }
        if (c == '\n' || c == '\r')
            break;
        ps->p++;
        if (c != '\\')
            buf_addc (b, c);
        else if (escape (ps, b) < 0) {
            fail (ps, "a malformed escape");
            return -1;
        }
    }
    fail (ps, "a string does not end");
    return -1;
}

static bool ident_char (int c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           c >= 0x80 || (!first && c >= '0' && c <= '9');
}

/* An unquoted key into B. */
static int identifier (struct parser *ps, struct buf *b)
{
    for (bool first = true; ps->p < ps->end; first = false) {
        if (at (ps, "\\u")) {
            ps->p += 2;
            int cp = unicode_escape (ps);
            if (cp < 0 || !ident_char (cp, first))
                break;
            add_utf8 (b, (unsigned)cp);
        } else if (ident_char (peek (ps), first) && !space_len (ps)) {
            buf_addc (b, *ps->p++);
        } else {
            break;
        }
    }
    if (b->len)
        return 0;
    fail (ps, "expected a key");
    return -1;
}

static int key (struct parser *ps, struct buf *b)
{
    int c = peek (ps);

    return c == '"' || c == '\'' ? quoted (ps, b) : identifier (ps, b);
}

static json_t *object (struct parser *ps)
{
    json_t *o = json_object ();
    autodone (buf_done) struct buf b;

    buf_init (&b, JSON5_MAX);
    ps->p++;
    for (;;) {
        json_t *v;
        if (skip (ps) < 0)
            break;
        if (peek (ps) == '}') {
            ps->p++;
            return o;
        }
        buf_clear (&b);
        if (key (ps, &b) < 0 || skip (ps) < 0)
            break;
        if (peek (ps) != ':') {
            fail (ps, "expected ':'");
            break;
        }
        if (strlen (b.data) != b.len) {
            fail (ps, "a key with a NUL character");
            break;
        }
        ps->p++;
        if (!(v = value (ps)))
            break;
        (void)json_object_set_new (o, b.data, v);
        if (skip (ps) < 0)
            break;
        if (peek (ps) == ',') {
            ps->p++;
        } else if (peek (ps) != '}') {
            fail (ps, "expected ',' or '}'");
            break;
        }
    }
    json_decref (o);
    return NULL;
}

static json_t *array (struct parser *ps)
{
    json_t *a = json_array ();

    ps->p++;
    for (;;) {
        json_t *v;
        if (skip (ps) < 0)
            break;
        if (peek (ps) == ']') {
            ps->p++;
            return a;
        }
        if (!(v = value (ps)))
            break;
        (void)json_array_append_new (a, v);
        if (skip (ps) < 0)
            break;
        if (peek (ps) == ',') {
            ps->p++;
        } else if (peek (ps) != ']') {
            fail (ps, "expected ',' or ']'");
            break;
        }
    }
    json_decref (a);
    return NULL;
}

static json_t *hex_number (struct parser *ps, bool negative)
{
    uint64_t v = 0;
    int digits = 0;

    for (ps->p += 2; hex (&(struct parser){ .p = ps->p, .end = ps->end }, 1) >= 0; digits++)
        v = v * 16 + (uint64_t)hex (ps, 1);
    if (digits == 0 || digits > 15)
        return fail (ps, "a hexadecimal number of 1 to 15 digits was expected");
    return json_integer (negative ? -(json_int_t)v : (json_int_t)v);
}

/* Appends the digits at P; their number. */
static size_t digits (struct parser *ps, struct buf *b)
{
    const char *start = ps->p;

    while (peek (ps) >= '0' && peek (ps) <= '9')
        ps->p++;
    (void)buf_add (b, start, (size_t)(ps->p - start));
    return (size_t)(ps->p - start);
}

/* The decimal number at P (a '+' and a hexadecimal prefix are dealt with), as JSON writes it: with digits
 * on both sides of the point. */
static int decimal (struct parser *ps, struct buf *b, bool *ret_real)
{
    size_t begin = b->len, whole = digits (ps, b), frac = 0;

    if (whole > 1 && b->data[begin] == '0')
        return -1;
    if (peek (ps) == '.') {
        *ret_real = true;
        ps->p++;
        buf_adds (b, whole ? "." : "0.");
        frac = digits (ps, b);
        buf_adds (b, frac ? "" : "0");
    }
    if (whole + frac == 0)
        return -1;
    if (peek (ps) == 'e' || peek (ps) == 'E') {
        *ret_real = true;
        buf_addc (b, *ps->p++);
        if (peek (ps) == '-' || peek (ps) == '+')
            buf_addc (b, *ps->p++);
        if (digits (ps, b) == 0)
            return -1;
    }
    return 0;
}

#define NUMBER_MAX 400 /* bytes; a double has at most 325 before its exponent */

static json_t *number (struct parser *ps)
{
    autodone (buf_done) struct buf b;
    bool negative = peek (ps) == '-', real = false;

    buf_init (&b, NUMBER_MAX);
    if (peek (ps) == '-' || peek (ps) == '+')
        ps->p++;
    if (at (ps, "0x") || at (ps, "0X"))
        return hex_number (ps, negative);
    if (at (ps, "Infinity") || at (ps, "NaN"))
        return fail (ps, "Infinity and NaN are no numbers here");
    if (negative)
        buf_addc (&b, '-');
    if (decimal (ps, &b, &real) < 0)
        return fail (ps, "expected a value");
    if (b.overflow)
        return fail (ps, "a number is too long");
    if (!real) {
        errno = 0;
        long long v = strtoll (b.data, NULL, 10);
        if (errno == 0)
            return json_integer (v);
    }
    /* This program never sets a locale, so the point is a point. */
    json_t *j = json_real (strtod (b.data, NULL));
    return j ? j : fail (ps, "a number is out of range");
}

static json_t *text (struct parser *ps)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, JSON5_MAX);
    if (quoted (ps, &b) < 0)
        return NULL;
    json_t *j = json_stringn (b.data, b.len);
    return j ? j : fail (ps, "a string is no UTF-8");
}

static json_t *word (struct parser *ps)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < ARRAY_SIZE (words); i++) {
        struct parser after = *ps;
        if (!at (ps, words[i]))
            continue;
        after.p += strlen (words[i]);
        if (ident_char (peek (&after), false) && !space_len (&after))
            continue;
        ps->p = after.p;
        return i == 2 ? json_null () : json_boolean (i == 0);
    }
    return NULL;
}

static json_t *value (struct parser *ps)
{
    json_t *j;

    if (skip (ps) < 0)
        return NULL;
    int c = peek (ps);
    if (c == '{' || c == '[') {
        if (++ps->depth > JSON5_DEPTH)
            return fail (ps, "nested too deep");
        j = c == '{' ? object (ps) : array (ps);
        ps->depth--;
        return j;
    }
    if (c == '"' || c == '\'')
        return text (ps);
    j = word (ps);
    return j ? j : number (ps);
}

json_t *json5_parse (const char *s, size_t n, struct err *err)
{
    struct parser ps = { .start = s, .p = s, .end = s + n, .err = err };

    if (n > JSON5_MAX) {
        err_set (err, PROBLEM_TOO_LARGE, "more than %u bytes", JSON5_MAX);
        return NULL;
    }
    if (!utf8_valid (s, n)) {
        err_set (err, PROBLEM_INVALID, "the text is no UTF-8");
        return NULL;
    }
    json_t *j = value (&ps);
    if (!j)
        return NULL;
    if (skip (&ps) < 0 || ps.p < ps.end) {
        if (ps.p < ps.end)
            fail (&ps, "something follows the value");
        json_decref (j);
        return NULL;
    }
    return j;
}
