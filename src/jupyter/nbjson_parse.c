/* nbjson_parse.c - text to document
 *
 * A recursive descent over text that was checked to be UTF-8 at once before, so that
 * strings only need to be searched for '"', '\\' and control characters.  Items and members
 * are gathered on one stack and copied into the arena when their container ends.  As strict
 * as Python's json module, except that a lone surrogate is refused here and not later when
 * it cannot be encoded.
 */
#include "jupyter/nbjson.h"
#include "jupyter/nbjson_impl.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define STACK_START 256

struct parser {
    struct nbjson_doc *doc;
    const char *p, *end;
    const char *bol; /* beginning of the line, which is number `line`, from 1 */
    size_t line;
    bool used; /* the text may be written into */
    struct nbjson_member *stack;
    size_t n, cap;
    struct err *err;
};

static struct nbjson *parse_value (struct parser *ps, int depth);

static int fail (struct parser *ps, const char *what)
{
    return err_set (ps->err, PROBLEM_INVALID, "line %zu column %zu: %s", ps->line,
                    (size_t)(ps->p - ps->bol) + 1, what);
}

static void *fail_null (struct parser *ps, const char *what)
{
    (void)fail (ps, what);
    return NULL;
}

static void *too_large (struct parser *ps)
{
    (void)err_set (ps->err, PROBLEM_TOO_LARGE,
                   "the document needs more than %zu MiB of memory",
                   NBJSON_MEMORY_MAX >> 20);
    return NULL;
}

static void skip_space (struct parser *ps)
{
    for (; ps->p < ps->end; ps->p++) {
        if (*ps->p == '\n') {
            ps->line++;
            ps->bol = ps->p + 1;
        } else if (*ps->p != ' ' && *ps->p != '\r' && *ps->p != '\t') {
            return;
        }
    }
}

static struct nbjson *new_node (struct parser *ps, enum nbjson_type type)
{
    struct nbjson *v = nbjson_alloc (ps->doc, sizeof *v);
    if (!v)
        return too_large (ps);
    *v = (struct nbjson){ .type = type };
    return v;
}

/* ---- strings --------------------------------------------------------------------- */

static int hex4 (struct parser *ps, unsigned *ret)
{
    unsigned v = 0;
    if (ps->end - ps->p < 4)
        return fail (ps, "invalid \\u escape");
    for (int i = 0; i < 4; i++) {
        char c = ps->p[i];
        if (c >= '0' && c <= '9')
            v = v * 16 + (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            v = v * 16 + (unsigned)((c | 32) - 'a' + 10);
        else
            return fail (ps, "invalid \\u escape");
    }
    ps->p += 4;
    *ret = v;
    return 0;
}

static int unicode_escape (struct parser *ps, char **to)
{
    unsigned c, low;
    if (hex4 (ps, &c) < 0)
        return -1;
    if (c >= 0xdc00 && c <= 0xdfff)
        return fail (ps, "lone surrogate in a string");
    if (c >= 0xd800 && c <= 0xdbff) {
        if (ps->end - ps->p < 6 || ps->p[0] != '\\' || ps->p[1] != 'u')
            return fail (ps, "lone surrogate in a string");
        ps->p += 2;
        if (hex4 (ps, &low) < 0)
            return -1;
        if (low < 0xdc00 || low > 0xdfff)
            return fail (ps, "lone surrogate in a string");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    *to += utf8_put (c, *to);
    return 0;
}

static int escape (struct parser *ps, char **to)
{
    if (ps->p >= ps->end)
        return fail (ps, "unterminated string");
    char c = *ps->p++;
    switch (c) {
    case '"':
    case '\\':
    case '/': break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return unicode_escape (ps, to);
    default: ps->p--; return fail (ps, "invalid escape");
    }
    *(*to)++ = c;
    return 0;
}

/* Where the string whose content begins at BEGIN is decoded to: never longer than it is. */
static char *room_for (struct parser *ps, const char *begin)
{
    const char *p = begin;
    if (ps->used)
        return (char *)begin;
    for (; p < ps->end && *p != '"'; p += nbjson_plain_run (p, (size_t)(ps->end - p)))
        p += *p == '\\' && p + 1 < ps->end ? 2 : 1;
    char *room = nbjson_alloc (ps->doc, (size_t)(p - begin) + 1);
    return room ? room : too_large (ps);
}

/* Moves what stands for itself to TO; how much that was.  Where strings are decoded in place, TO falls behind by
 * a byte with each escape. */
static size_t move_run (const struct parser *ps, char *to)
{
    size_t left = (size_t)(ps->end - ps->p);
    if (ps->used && to + SCAN_GAP <= ps->p)
        return scan_copy (to, ps->p, left, SCAN_CONTROL | SCAN_QUOTED);
    size_t run = nbjson_plain_run (ps->p, left);
    memmove (to, ps->p, run);
    return run;
}

/* From the first escape or forbidden character on; *TO is where the rest goes. */
static int decode_rest (struct parser *ps, char **to)
{
    while (ps->p < ps->end && *ps->p != '"') {
        if (*ps->p == '\\') {
            ps->p++;
            if (escape (ps, to) < 0)
                return -1;
        } else if ((unsigned char)*ps->p < 0x20) {
            return fail (ps, "control character in a string");
        }
        size_t run = move_run (ps, *to);
        *to += run;
        ps->p += run;
    }
    return ps->p < ps->end ? 0 : fail (ps, "unterminated string");
}

/* At the character after the opening quote. */
static int parse_string (struct parser *ps, const char **ret_s, size_t *ret_n,
                         bool *ret_plain)
{
    const char *begin = ps->p;
    size_t run = nbjson_plain_run (ps->p, (size_t)(ps->end - ps->p));
    ps->p += run;
    *ret_s = begin;
    *ret_n = run;
    *ret_plain = ps->p < ps->end && *ps->p == '"';
    if (!*ret_plain) {
        char *out = room_for (ps, begin), *to = out + run;
        if (!out)
            return -1;
        if (out != begin)
            memcpy (out, begin, run);
        if (decode_rest (ps, &to) < 0)
            return -1;
        *ret_s = out;
        *ret_n = (size_t)(to - out);
    }
    ps->p++;
    return 0;
}

/* ---- numbers and words ----------------------------------------------------------- */

static bool digits (struct parser *ps)
{
    const char *from = ps->p;
    while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9')
        ps->p++;
    return ps->p > from;
}

/* Advances over an optional fraction and exponent; what does not belong to the number is
 * left. */
static bool real_part (struct parser *ps)
{
    bool real = false;
    const char *from = ps->p;
    if (ps->p < ps->end && *ps->p == '.') {
        ps->p++;
        if (!digits (ps)) {
            ps->p = from;
            return false;
        }
        real = true;
    }
    from = ps->p;
    if (ps->p < ps->end && (*ps->p | 32) == 'e') {
        ps->p++;
        if (ps->p < ps->end && (*ps->p == '+' || *ps->p == '-'))
            ps->p++;
        if (!digits (ps)) {
            ps->p = from;
            return real;
        }
        real = true;
    }
    return real;
}

static struct nbjson *real_value (struct parser *ps, const char *from, size_t n)
{
    char text[NBJSON_REAL_TEXT];
    struct nbjson *v = new_node (ps, NBJSON_REAL);
    if (!v)
        return NULL;
    size_t len = nbjson_real_text (from, n, text);
    if (len == n && !memcmp (text, from, n)) {
        v->s = from;
    } else {
        char *copy = nbjson_alloc (ps->doc, len);
        if (!copy)
            return too_large (ps);
        memcpy (copy, text, len);
        v->s = copy;
    }
    v->n = len;
    return v;
}

static struct nbjson *word_number (struct parser *ps, const char *word, bool nan)
{
    size_t n = strlen (word);
    if ((size_t)(ps->end - ps->p) < n || memcmp (ps->p, word, n))
        return fail_null (ps, "expecting a value");
    struct nbjson *v = new_node (ps, NBJSON_REAL);
    if (!v)
        return NULL;
    ps->p += n;
    v->s = word;
    v->n = n;
    if (nan)
        nbjson_note_nan (ps->doc);
    return v;
}

static struct nbjson *parse_number (struct parser *ps)
{
    const char *from = ps->p;
    if (*ps->p == '-') {
        if (ps->p + 1 < ps->end && ps->p[1] == 'I')
            return word_number (ps, "-Infinity", false);
        ps->p++;
    }
    if (ps->p < ps->end && *ps->p == '0')
        ps->p++;
    else if (!digits (ps))
        return fail_null (ps, "expecting a value");
    const char *int_end = ps->p;
    if (real_part (ps))
        return real_value (ps, from, (size_t)(ps->p - from));
    struct nbjson *v = new_node (ps, NBJSON_INT);
    if (!v)
        return NULL;
    if (*from == '-' && from[1] == '0')
        from++;
    v->s = from;
    v->n = (size_t)(int_end - from);
    return v;
}

static struct nbjson *word (struct parser *ps, const char *text, enum nbjson_type type)
{
    size_t n = strlen (text);
    if ((size_t)(ps->end - ps->p) < n || memcmp (ps->p, text, n))
        return fail_null (ps, "expecting a value");
    ps->p += n;
    return new_node (ps, type);
}

/* ---- containers ------------------------------------------------------------------ */

static int push (struct parser *ps, struct nbjson_member m)
{
    if (ps->n == ps->cap) {
        size_t cap = ps->cap * 2;
        if (cap > NBJSON_MEMORY_MAX / sizeof *ps->stack) {
            (void)too_large (ps);
            return -1;
        }
        ps->stack = xrealloc (ps->stack, cap, sizeof *ps->stack);
        ps->cap = cap;
    }
    ps->stack[ps->n++] = m;
    return 0;
}

static struct nbjson *end_array (struct parser *ps, size_t base)
{
    size_t n = ps->n - base;
    struct nbjson *v = new_node (ps, NBJSON_ARRAY);
    if (v && n) {
        v->items = nbjson_alloc (ps->doc, n * sizeof *v->items);
        if (!v->items)
            return too_large (ps);
        for (size_t i = 0; i < n; i++)
            v->items[i] = ps->stack[base + i].value;
        v->n = n;
        v->cap = (uint32_t)n;
    }
    ps->n = base;
    return v;
}

static struct nbjson *parse_array (struct parser *ps, int depth)
{
    size_t base = ps->n;
    ps->p++;
    skip_space (ps);
    if (ps->p < ps->end && *ps->p == ']') {
        ps->p++;
        return end_array (ps, base);
    }
    for (;;) {
        struct nbjson *item = parse_value (ps, depth);
        if (!item || push (ps, (struct nbjson_member){ .value = item }) < 0)
            return NULL;
        skip_space (ps);
        if (ps->p >= ps->end || (*ps->p != ',' && *ps->p != ']'))
            return fail_null (ps, "expecting ',' or ']'");
        if (*ps->p++ == ']')
            return end_array (ps, base);
        skip_space (ps);
    }
}

static int by_key (const void *a, const void *b)
{
    const struct nbjson_member *x = a, *y = b;
    int c = nbjson_key_compare (x->key, x->key_len, y->key, y->key_len);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

/* Sorted by key; of equal keys the last stays.  Returns how many are left. */
static size_t sort_members (struct nbjson_member *m, size_t n)
{
    size_t kept = 0, i = 1;
    while (i < n &&
           nbjson_key_compare (m[i - 1].key, m[i - 1].key_len, m[i].key, m[i].key_len) < 0)
        i++;
    if (i >= n)
        return n;
    qsort (m, n, sizeof *m, by_key);
    for (i = 0; i < n; i++) {
        if (i + 1 < n &&
            !nbjson_key_compare (m[i].key, m[i].key_len, m[i + 1].key, m[i + 1].key_len))
            continue;
        m[kept++] = m[i];
    }
    return kept;
}

static struct nbjson *end_object (struct parser *ps, size_t base)
{
    struct nbjson *v = new_node (ps, NBJSON_OBJECT);
    size_t n = sort_members (ps->stack + base, ps->n - base);
    if (v && n) {
        v->members = nbjson_alloc (ps->doc, n * sizeof *v->members);
        if (!v->members)
            return too_large (ps);
        memcpy (v->members, ps->stack + base, n * sizeof *v->members);
        v->n = n;
        v->cap = (uint32_t)n;
    }
    ps->n = base;
    return v;
}

static int parse_member (struct parser *ps, size_t base, int depth)
{
    struct nbjson_member m = { .order = (uint32_t)(ps->n - base) };
    size_t n;
    bool plain;
    if (ps->p >= ps->end || *ps->p != '"')
        return fail (ps, "expecting a property name in double quotes");
    ps->p++;
    if (parse_string (ps, &m.key, &n, &plain) < 0)
        return -1;
    m.key_len = (uint32_t)n;
    skip_space (ps);
    if (ps->p >= ps->end || *ps->p != ':')
        return fail (ps, "expecting ':'");
    ps->p++;
    skip_space (ps);
    m.value = parse_value (ps, depth);
    return m.value ? push (ps, m) : -1;
}

static struct nbjson *parse_object (struct parser *ps, int depth)
{
    size_t base = ps->n;
    ps->p++;
    skip_space (ps);
    if (ps->p < ps->end && *ps->p == '}') {
        ps->p++;
        return end_object (ps, base);
    }
    for (;;) {
        if (parse_member (ps, base, depth) < 0)
            return NULL;
        skip_space (ps);
        if (ps->p >= ps->end || (*ps->p != ',' && *ps->p != '}'))
            return fail_null (ps, "expecting ',' or '}'");
        if (*ps->p++ == '}')
            return end_object (ps, base);
        skip_space (ps);
    }
}

static struct nbjson *string_value (struct parser *ps)
{
    struct nbjson *v = new_node (ps, NBJSON_STRING);
    bool plain;
    ps->p++;
    if (!v || parse_string (ps, &v->s, &v->n, &plain) < 0)
        return NULL;
    v->plain = plain;
    return v;
}

static struct nbjson *parse_value (struct parser *ps, int depth)
{
    if (depth >= NBJSON_DEPTH)
        return fail_null (ps, "nested too deeply");
    if (ps->p >= ps->end)
        return fail_null (ps, "expecting a value");
    switch (*ps->p) {
    case '"': return string_value (ps);
    case '{': return parse_object (ps, depth + 1);
    case '[': return parse_array (ps, depth + 1);
    case 't': return word (ps, "true", NBJSON_TRUE);
    case 'f': return word (ps, "false", NBJSON_FALSE);
    case 'n': return word (ps, "null", NBJSON_NULL);
    case 'N': return word_number (ps, "NaN", true);
    case 'I': return word_number (ps, "Infinity", false);
    default:
        if (*ps->p == '-' || (*ps->p >= '0' && *ps->p <= '9'))
            return parse_number (ps);
        return fail_null (ps, "expecting a value");
    }
}

static struct nbjson *parse (struct nbjson_doc *doc, const char *s, size_t n, bool used,
                             struct err *err)
{
    struct parser ps = { .doc = doc,
                         .p = s,
                         .end = s + n,
                         .bol = s,
                         .line = 1,
                         .used = used,
                         .err = err };
    if (n >= UINT32_MAX) {
        (void)err_set (err, PROBLEM_TOO_LARGE, "the document is larger than 4 GiB");
        return NULL;
    }
    if (!utf8_valid (s, n)) {
        (void)err_set (err, PROBLEM_INVALID, "the text is not UTF-8");
        (void)err_reason (err, "bad format");
        return NULL;
    }
    ps.cap = STACK_START;
    ps.stack = xrealloc (NULL, ps.cap, sizeof *ps.stack);
    skip_space (&ps);
    struct nbjson *v = parse_value (&ps, 0);
    if (v) {
        skip_space (&ps);
        if (ps.p < ps.end)
            v = fail_null (&ps, "extra data");
    }
    free (ps.stack);
    return v;
}

struct nbjson *nbjson_parse (struct nbjson_doc *doc, const char *s, size_t n,
                             struct err *err)
{
    return parse (doc, s, n, false, err);
}

struct nbjson *nbjson_parse_used (struct nbjson_doc *doc, char *s, size_t n,
                                  struct err *err)
{
    return parse (doc, s, n, true, err);
}
