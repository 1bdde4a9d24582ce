/* nbvalidate.c - the rules as tables: a shape is a list of properties, a property has a
 * kind
 *
 * The first failure ends the check.  Texts are those that people know from jsonschema.
 */
#include "jupyter/nbvalidate.h"

#include <stdio.h>
#include <string.h>

#define INSTANCE_MAX (64 * 1024)

enum kind {
    ANY,
    STRING,
    NAME, /* non-empty string */
    BOOLEAN,
    SCROLLED, /* true, false, "auto" */
    OBJECT,
    ARRAY,
    STRINGS, /* list of strings */
    TAGS,    /* list of strings, unique, without commas */
    STRING_MAP,
    MODE,      /* string or object */
    COUNT,     /* integer >= 0 or null */
    POSITIVE,  /* integer >= 1 */
    MINOR,     /* integer >= 0 */
    MULTILINE, /* string or list of strings */
    BUNDLE,
    ATTACHMENTS,
    CELL_ID,
    SHAPE,   /* object of the property's shape */
    CELLS,   /* list of objects, each of the shape of its cell_type */
    OUTPUTS, /* likewise by output_type */
};

enum presence { OPTIONAL, REQUIRED };

struct shape;
struct property {
    const char *key;
    enum kind kind;
    enum presence presence;
    int since; /* minor */
    const struct shape *shape;
};

struct shape {
    const struct property *props; /* in the order of checking */
    size_t n;
    bool open; /* other properties are fine */
};
#define CLOSED(table)                                                                      \
    {                                                                                      \
        table, ARRAY_SIZE (table), false                                                   \
    }
#define OPEN(table)                                                                        \
    {                                                                                      \
        table, ARRAY_SIZE (table), true                                                    \
    }

static const struct property kernelspec_props[] = {
    { "name", STRING, REQUIRED, 0, NULL },
    { "display_name", STRING, REQUIRED, 0, NULL },
};
static const struct shape kernelspec_shape = OPEN (kernelspec_props);

static const struct property language_props[] = {
    { "name", STRING, REQUIRED, 0, NULL },
    { "codemirror_mode", MODE, OPTIONAL, 0, NULL },
    { "file_extension", STRING, OPTIONAL, 0, NULL },
    { "mimetype", STRING, OPTIONAL, 0, NULL },
    { "pygments_lexer", STRING, OPTIONAL, 0, NULL },
};
static const struct shape language_shape = OPEN (language_props);

static const struct property metadata_props[] = {
    { "kernelspec", SHAPE, OPTIONAL, 0, &kernelspec_shape },
    { "language_info", SHAPE, OPTIONAL, 0, &language_shape },
    { "orig_nbformat", POSITIVE, OPTIONAL, 0, NULL },
    { "title", STRING, OPTIONAL, 2, NULL },
    { "authors", ARRAY, OPTIONAL, 2, NULL },
};
static const struct shape metadata_shape = OPEN (metadata_props);

static const struct property raw_meta_props[] = {
    { "format", STRING, OPTIONAL, 0, NULL },
    { "jupyter", OBJECT, OPTIONAL, 3, NULL },
    { "name", NAME, OPTIONAL, 0, NULL },
    { "tags", TAGS, OPTIONAL, 0, NULL },
};
static const struct shape raw_meta_shape = OPEN (raw_meta_props);

static const struct property markdown_meta_props[] = {
    { "name", NAME, OPTIONAL, 0, NULL },
    { "tags", TAGS, OPTIONAL, 0, NULL },
    { "jupyter", OBJECT, OPTIONAL, 3, NULL },
};
static const struct shape markdown_meta_shape = OPEN (markdown_meta_props);

static const struct property code_meta_props[] = {
    { "jupyter", OBJECT, OPTIONAL, 3, NULL },
    { "execution", STRING_MAP, OPTIONAL, 4, NULL },
    { "collapsed", BOOLEAN, OPTIONAL, 0, NULL },
    { "scrolled", SCROLLED, OPTIONAL, 0, NULL },
    { "name", NAME, OPTIONAL, 0, NULL },
    { "tags", TAGS, OPTIONAL, 0, NULL },
};
static const struct shape code_meta_shape = OPEN (code_meta_props);

static const struct property raw_props[] = {
    { "id", CELL_ID, REQUIRED, 5, NULL },
    { "cell_type", STRING, REQUIRED, 0, NULL },
    { "metadata", SHAPE, REQUIRED, 0, &raw_meta_shape },
    { "attachments", ATTACHMENTS, OPTIONAL, 0, NULL },
    { "source", MULTILINE, REQUIRED, 0, NULL },
};
static const struct property markdown_props[] = {
    { "id", CELL_ID, REQUIRED, 5, NULL },
    { "cell_type", STRING, REQUIRED, 0, NULL },
    { "metadata", SHAPE, REQUIRED, 0, &markdown_meta_shape },
    { "attachments", ATTACHMENTS, OPTIONAL, 0, NULL },
    { "source", MULTILINE, REQUIRED, 0, NULL },
};
static const struct property code_props[] = {
    { "id", CELL_ID, REQUIRED, 5, NULL },
    { "cell_type", STRING, REQUIRED, 0, NULL },
    { "metadata", SHAPE, REQUIRED, 0, &code_meta_shape },
    { "source", MULTILINE, REQUIRED, 0, NULL },
    { "outputs", OUTPUTS, REQUIRED, 0, NULL },
    { "execution_count", COUNT, REQUIRED, 0, NULL },
};
static const struct property result_props[] = {
    { "output_type", STRING, REQUIRED, 0, NULL },
    { "execution_count", COUNT, REQUIRED, 0, NULL },
    { "data", BUNDLE, REQUIRED, 0, NULL },
    { "metadata", OBJECT, REQUIRED, 0, NULL },
};
static const struct property display_props[] = {
    { "output_type", STRING, REQUIRED, 0, NULL },
    { "data", BUNDLE, REQUIRED, 0, NULL },
    { "metadata", OBJECT, REQUIRED, 0, NULL },
};
static const struct property stream_props[] = {
    { "output_type", STRING, REQUIRED, 0, NULL },
    { "name", STRING, REQUIRED, 0, NULL },
    { "text", MULTILINE, REQUIRED, 0, NULL },
};
static const struct property error_props[] = {
    { "output_type", STRING, REQUIRED, 0, NULL },
    { "ename", STRING, REQUIRED, 0, NULL },
    { "evalue", STRING, REQUIRED, 0, NULL },
    { "traceback", STRINGS, REQUIRED, 0, NULL },
};
static const struct property notebook_props[] = {
    { "metadata", SHAPE, REQUIRED, 0, &metadata_shape },
    { "nbformat_minor", MINOR, REQUIRED, 0, NULL },
    { "nbformat", ANY, REQUIRED, 0, NULL },
    { "cells", CELLS, REQUIRED, 0, NULL },
};
static const struct shape notebook_shape = CLOSED (notebook_props);

struct variant {
    const char *type;
    struct shape shape;
};
static const struct variant cell_variants[] = {
    { "raw", CLOSED (raw_props) },
    { "markdown", CLOSED (markdown_props) },
    { "code", CLOSED (code_props) },
};
static const struct variant output_variants[] = {
    { "execute_result", CLOSED (result_props) },
    { "display_data", CLOSED (display_props) },
    { "stream", CLOSED (stream_props) },
    { "error", CLOSED (error_props) },
};

struct check {
    int minor;
    bool future; /* a minor that we do not know: additional things are fine */
    char *message;
};

static bool check_shape (struct check *c, const struct nbjson *v,
                         const struct shape *shape);
static bool check_list (struct check *c, const struct nbjson *v, const char *type_key,
                        const struct variant *variants, size_t n);

/* ---- failing --------------------------------------------------------------------- */

static bool fail (struct check *c, const struct nbjson *instance, const char *text)
{
    struct buf b;
    buf_init (&b, INSTANCE_MAX);
    (void)buf_addf (&b, "Notebook validation failed: %s:\n", text);
    nbjson_write (instance, &b, NBJSON_FILE);
    if (b.overflow) {
        buf_clear (&b);
        (void)buf_addf (&b, "Notebook validation failed: %s:\n(too large to show)", text);
    }
    c->message = buf_take (&b, NULL);
    return false;
}

static void repr_string (struct buf *b, const char *s, size_t n)
{
    char quote = memchr (s, '\'', n) && !memchr (s, '"', n) ? '"' : '\'';
    (void)buf_addc (b, quote);
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)s[i];
        if (ch == '\n' || ch == '\r' || ch == '\t')
            (void)buf_addf (b, "\\%c", ch == '\n' ? 'n' : ch == '\r' ? 'r' : 't');
        else if (ch < 0x20 || ch == 0x7f)
            (void)buf_addf (b, "\\x%02x", ch);
        else
            (void)buf_addf (b, ch == '\\' || ch == quote ? "\\%c" : "%c", ch);
    }
    (void)buf_addc (b, quote);
}

/* As Python shows the value, which is what the texts of jsonschema do. */
static void repr (struct buf *b, const struct nbjson *v)
{
    bool array = v->type == NBJSON_ARRAY;
    switch (v->type) {
    case NBJSON_NULL: (void)buf_adds (b, "None"); return;
    case NBJSON_FALSE: (void)buf_adds (b, "False"); return;
    case NBJSON_TRUE: (void)buf_adds (b, "True"); return;
    case NBJSON_STRING: repr_string (b, v->s, v->n); return;
    case NBJSON_ARRAY:
    case NBJSON_OBJECT: break;
    default: (void)buf_add (b, v->s, v->n); return;
    }
    (void)buf_addc (b, array ? '[' : '{');
    for (size_t i = 0; i < v->n && !b->overflow; i++) {
        if (i)
            (void)buf_add (b, ", ", 2);
        if (!array) {
            repr_string (b, v->members[i].key, v->members[i].key_len);
            (void)buf_add (b, ": ", 2);
        }
        repr (b, array ? v->items[i] : v->members[i].value);
    }
    (void)buf_addc (b, array ? ']' : '}');
}

static bool fail_value (struct check *c, const struct nbjson *v, const char *what)
{
    struct buf b;
    buf_init (&b, 512);
    repr (&b, v);
    autofree char *text = xasprintf ("%s %s", b.overflow ? "a value" : b.data, what);
    buf_done (&b);
    return fail (c, v, text);
}

/* ---- kinds ----------------------------------------------------------------------- */

static bool all_strings (const struct nbjson *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->items[i]->type != NBJSON_STRING)
            return false;
    return true;
}

static bool is_multiline (const struct nbjson *v)
{
    return v->type == NBJSON_STRING || (v->type == NBJSON_ARRAY && all_strings (v));
}

static bool is_integer (const struct nbjson *v)
{
    return v->type == NBJSON_INT ||
           (v->type == NBJSON_REAL && v->n > 2 && !memcmp (v->s + v->n - 2, ".0", 2));
}

static bool is_json_key (const struct nbjson_member *m)
{
    static const char prefix[] = "application/";
    size_t n = sizeof prefix - 1;
    if (m->key_len < n + 4 || memcmp (m->key, prefix, n) ||
        memcmp (m->key + m->key_len - 4, "json", 4))
        return false;
    return m->key_len == n + 4 || m->key[m->key_len - 5] == '+';
}

static bool check_bundle (struct check *c, const struct nbjson *v)
{
    if (v->type != NBJSON_OBJECT)
        return fail_value (c, v, "is not of type 'object'");
    for (size_t i = 0; i < v->n && !c->future; i++)
        if (!is_json_key (&v->members[i]) && !is_multiline (v->members[i].value))
            return fail_value (c, v->members[i].value,
                               "is not valid under any of the given schemas");
    return true;
}

static bool check_attachments (struct check *c, const struct nbjson *v)
{
    if (v->type != NBJSON_OBJECT)
        return fail_value (c, v, "is not of type 'object'");
    for (size_t i = 0; i < v->n; i++)
        if (!check_bundle (c, v->members[i].value))
            return false;
    return true;
}

static bool check_tags (struct check *c, const struct nbjson *v)
{
    if (v->type != NBJSON_ARRAY)
        return fail_value (c, v, "is not of type 'array'");
    if (!all_strings (v))
        return fail_value (c, v, "has an item that is not of type 'string'");
    for (size_t i = 0; i < v->n; i++) {
        const struct nbjson *tag = v->items[i];
        if (!tag->n || memchr (tag->s, ',', tag->n))
            return fail_value (c, tag, "does not match '^[^,]+$'");
        for (size_t k = 0; k < i; k++)
            if (v->items[k]->n == tag->n && !memcmp (v->items[k]->s, tag->s, tag->n))
                return fail_value (c, v, "has non-unique elements");
    }
    return true;
}

static bool check_id (struct check *c, const struct nbjson *v)
{
    if (v->type != NBJSON_STRING)
        return fail_value (c, v, "is not of type 'string'");
    if (v->n > 64)
        return fail_value (c, v, "is too long");
    bool good = v->n > 0;
    for (size_t i = 0; i < v->n; i++) {
        char ch = v->s[i];
        good = good && ((ch >= '0' && ch <= '9') ||
                        ((ch | 32) >= 'a' && (ch | 32) <= 'z') || ch == '-' || ch == '_');
    }
    return good || fail_value (c, v, "does not match '^[a-zA-Z0-9-_]+$'");
}

static bool check_count (struct check *c, const struct nbjson *v, bool null, int minimum)
{
    if (null && v->type == NBJSON_NULL)
        return true;
    if (!is_integer (v))
        return fail_value (
            c, v, null ? "is not of type 'integer', 'null'" : "is not of type 'integer'");
    if (v->s[0] == '-' || (minimum == 1 && !nbjson_truthy (v)))
        return fail_value (c, v,
                           minimum ? "is less than the minimum of 1"
                                   : "is less than the minimum of 0");
    return true;
}

static bool check_string_map (struct check *c, const struct nbjson *v)
{
    if (v->type != NBJSON_OBJECT)
        return fail_value (c, v, "is not of type 'object'");
    for (size_t i = 0; i < v->n; i++)
        if (v->members[i].value->type != NBJSON_STRING)
            return fail_value (c, v->members[i].value, "is not of type 'string'");
    return true;
}

static bool expect (struct check *c, const struct nbjson *v, bool good, const char *what)
{
    return good || fail_value (c, v, what);
}

static bool check_kind (struct check *c, const struct nbjson *v, const struct property *p)
{
    bool boolean = v->type == NBJSON_TRUE || v->type == NBJSON_FALSE;
    bool string = v->type == NBJSON_STRING;
    switch (p->kind) {
    case ANY: return true;
    case STRING: return expect (c, v, string, "is not of type 'string'");
    case NAME: return expect (c, v, string && v->n, "is not a non-empty string");
    case BOOLEAN: return expect (c, v, boolean, "is not of type 'boolean'");
    case SCROLLED:
        return expect (c, v, boolean || nbjson_equals (v, "auto"),
                       "is not one of [True, False, 'auto']");
    case OBJECT: return expect (c, v, v->type == NBJSON_OBJECT, "is not of type 'object'");
    case ARRAY: return expect (c, v, v->type == NBJSON_ARRAY, "is not of type 'array'");
    case STRINGS:
        return expect (c, v, v->type == NBJSON_ARRAY, "is not of type 'array'") &&
               expect (c, v, all_strings (v), "has an item that is not of type 'string'");
    case MODE:
        return expect (c, v, string || v->type == NBJSON_OBJECT,
                       "is not valid under any of the given schemas");
    case MULTILINE:
        return expect (c, v, is_multiline (v),
                       "is not valid under any of the given schemas");
    case TAGS: return check_tags (c, v);
    case STRING_MAP: return check_string_map (c, v);
    case COUNT: return check_count (c, v, true, 0);
    case POSITIVE: return check_count (c, v, false, 1);
    case BUNDLE: return check_bundle (c, v);
    case ATTACHMENTS: return check_attachments (c, v);
    case MINOR: return check_count (c, v, false, 0);
    case CELL_ID: return check_id (c, v);
    case SHAPE: return check_shape (c, v, p->shape);
    case CELLS:
        return check_list (c, v, "cell_type", cell_variants, ARRAY_SIZE (cell_variants));
    case OUTPUTS:
        return check_list (c, v, "output_type", output_variants,
                           ARRAY_SIZE (output_variants));
    }
    return true;
}

/* ---- shapes ---------------------------------------------------------------------- */

static bool known_key (const struct check *c, const struct shape *shape,
                       const struct nbjson_member *m)
{
    for (size_t i = 0; i < shape->n; i++)
        if (c->minor >= shape->props[i].since && nbjson_key_is (m, shape->props[i].key))
            return true;
    return false;
}

static bool check_additional (struct check *c, const struct nbjson *v,
                              const struct shape *shape)
{
    autodone (buf_done) struct buf names;
    size_t n = 0;
    buf_init (&names, 1024);
    for (size_t i = 0; i < v->n; i++) {
        const struct nbjson_member *m = &v->members[i];
        if (!known_key (c, shape, m) && n++ < 8)
            (void)buf_addf (&names, "%s'%.*s'", n > 1 ? ", " : "",
                            m->key_len < 64 ? (int)m->key_len : 0, m->key);
    }
    if (n == 0)
        return true;
    autofree char *text =
        xasprintf ("Additional properties are not allowed (%s %s unexpected)", names.data,
                   n > 1 ? "were" : "was");
    return fail (c, v, text);
}

static bool check_shape (struct check *c, const struct nbjson *v, const struct shape *shape)
{
    if (v->type != NBJSON_OBJECT)
        return fail_value (c, v, "is not of type 'object'");
    if (!shape->open && !c->future && !check_additional (c, v, shape))
        return false;
    for (size_t i = 0; i < shape->n; i++) {
        const struct property *p = &shape->props[i];
        if (p->presence == REQUIRED && c->minor >= p->since && !nbjson_get (v, p->key)) {
            autofree char *text = xasprintf ("'%s' is a required property", p->key);
            return fail (c, v, text);
        }
    }
    for (size_t i = 0; i < shape->n; i++) {
        const struct property *p = &shape->props[i];
        const struct nbjson *value = nbjson_get (v, p->key);
        if (value && c->minor >= p->since && !check_kind (c, value, p))
            return false;
    }
    return true;
}

/* Of an item whose type is not in the table. */
static bool check_unknown (struct check *c, const struct nbjson *v, const char *type_key)
{
    const struct nbjson *type = nbjson_get (v, type_key);
    if (c->future && type) /* may be of that future */
        return strcmp (type_key, "cell_type") ||
               check_shape (c, nbjson_get (v, "metadata"), &markdown_meta_shape);
    return fail_value (c, v,
                       v->type == NBJSON_OBJECT
                           ? "is not valid under any of the given schemas"
                           : "is not of type 'object'");
}

static bool check_item (struct check *c, const struct nbjson *v, const char *type_key,
                        const struct variant *variants, size_t n)
{
    const struct nbjson *type = nbjson_get (v, type_key);
    for (size_t i = 0; i < n; i++)
        if (nbjson_equals (type, variants[i].type))
            return check_shape (c, v, &variants[i].shape);
    return check_unknown (c, v, type_key);
}

static bool check_list (struct check *c, const struct nbjson *v, const char *type_key,
                        const struct variant *variants, size_t n)
{
    if (v->type != NBJSON_ARRAY)
        return fail_value (c, v, "is not of type 'array'");
    for (size_t i = 0; i < v->n; i++)
        if (!check_item (c, v->items[i], type_key, variants, n))
            return false;
    return true;
}

char *nbvalidate (const struct nbjson *nb)
{
    struct check c = { 0 };
    int64_t minor = nbjson_int_value (nbjson_get (nb, "nbformat_minor"), 0);
    c.future = minor > 5;
    c.minor = minor < 0 ? 0 : minor > 5 ? 5 : (int)minor;
    (void)check_shape (&c, nb, &notebook_shape);
    return c.message;
}
