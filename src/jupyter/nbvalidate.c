/* nbvalidate.c - the rules as tables: a shape is a list of properties, a property has a kind
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
    NAME,     /* non-empty string */
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
    MULTILINE, /* string or list of strings */
    BUNDLE,
    ATTACHMENTS,
    CELL_ID,
};

enum presence { OPTIONAL, REQUIRED };

struct property {
    const char *key;
    enum kind kind;
    enum presence presence;
    int since; /* minor */
};

struct shape {
    const struct property *props;
    size_t n;
    bool open; /* other properties are fine */
};
#define SHAPE(table, is_open) { table, ARRAY_SIZE (table), is_open }

static const struct property kernelspec_props[]
    = { { "name", STRING, REQUIRED, 0 }, { "display_name", STRING, REQUIRED, 0 } };
static const struct property language_props[] = {
    { "name", STRING, REQUIRED, 0 },
    { "codemirror_mode", MODE, OPTIONAL, 0 },
    { "file_extension", STRING, OPTIONAL, 0 },
    { "mimetype", STRING, OPTIONAL, 0 },
    { "pygments_lexer", STRING, OPTIONAL, 0 },
};
static const struct property metadata_props[] = {
    { "orig_nbformat", POSITIVE, OPTIONAL, 0 },
    { "title", STRING, OPTIONAL, 2 },
    { "authors", ARRAY, OPTIONAL, 2 },
};
static const struct property text_cell_props[] = {
    { "id", CELL_ID, REQUIRED, 5 },           { "cell_type", STRING, REQUIRED, 0 },
    { "metadata", OBJECT, REQUIRED, 0 },      { "source", MULTILINE, REQUIRED, 0 },
    { "attachments", ATTACHMENTS, OPTIONAL, 0 },
};
static const struct property code_cell_props[] = {
    { "id", CELL_ID, REQUIRED, 5 },      { "cell_type", STRING, REQUIRED, 0 },
    { "metadata", OBJECT, REQUIRED, 0 }, { "source", MULTILINE, REQUIRED, 0 },
    { "outputs", ARRAY, REQUIRED, 0 },   { "execution_count", COUNT, REQUIRED, 0 },
};
static const struct property text_meta_props[] = {
    { "name", NAME, OPTIONAL, 0 },
    { "tags", TAGS, OPTIONAL, 0 },
    { "jupyter", OBJECT, OPTIONAL, 3 },
};
static const struct property raw_meta_props[] = {
    { "format", STRING, OPTIONAL, 0 },
    { "name", NAME, OPTIONAL, 0 },
    { "tags", TAGS, OPTIONAL, 0 },
    { "jupyter", OBJECT, OPTIONAL, 3 },
};
static const struct property code_meta_props[] = {
    { "collapsed", BOOLEAN, OPTIONAL, 0 },   { "scrolled", SCROLLED, OPTIONAL, 0 },
    { "name", NAME, OPTIONAL, 0 },           { "tags", TAGS, OPTIONAL, 0 },
    { "jupyter", OBJECT, OPTIONAL, 3 },      { "execution", STRING_MAP, OPTIONAL, 4 },
};
static const struct property result_props[] = {
    { "output_type", STRING, REQUIRED, 0 },
    { "data", BUNDLE, REQUIRED, 0 },
    { "metadata", OBJECT, REQUIRED, 0 },
    { "execution_count", COUNT, REQUIRED, 0 },
};
static const struct property display_props[] = {
    { "output_type", STRING, REQUIRED, 0 },
    { "data", BUNDLE, REQUIRED, 0 },
    { "metadata", OBJECT, REQUIRED, 0 },
};
static const struct property stream_props[] = {
    { "output_type", STRING, REQUIRED, 0 },
    { "name", STRING, REQUIRED, 0 },
    { "text", MULTILINE, REQUIRED, 0 },
};
static const struct property error_props[] = {
    { "output_type", STRING, REQUIRED, 0 },
    { "ename", STRING, REQUIRED, 0 },
    { "evalue", STRING, REQUIRED, 0 },
    { "traceback", STRINGS, REQUIRED, 0 },
};
static const struct property notebook_props[] = {
    { "metadata", OBJECT, REQUIRED, 0 },
    { "nbformat_minor", ANY, REQUIRED, 0 },
    { "nbformat", ANY, REQUIRED, 0 },
    { "cells", ARRAY, REQUIRED, 0 },
};

struct typed_shape {
    const char *type;
    struct shape shape;
    struct shape metadata;
};

static const struct typed_shape cell_shapes[] = {
    { "raw", SHAPE (text_cell_props, false), SHAPE (raw_meta_props, true) },
    { "markdown", SHAPE (text_cell_props, false), SHAPE (text_meta_props, true) },
    { "code", SHAPE (code_cell_props, false), SHAPE (code_meta_props, true) },
};
static const struct typed_shape output_shapes[] = {
    { "execute_result", SHAPE (result_props, false), { 0 } },
    { "display_data", SHAPE (display_props, false), { 0 } },
    { "stream", SHAPE (stream_props, false), { 0 } },
    { "error", SHAPE (error_props, false), { 0 } },
};
static const struct shape notebook_shape = SHAPE (notebook_props, false);
static const struct shape metadata_shape = SHAPE (metadata_props, true);
static const struct shape kernelspec_shape = SHAPE (kernelspec_props, true);
static const struct shape language_shape = SHAPE (language_props, true);

struct check {
    int minor;
    bool future; /* a minor that we do not know: additional things are fine */
    char *message;
};

/* ---- failing ---------------------------------------------------------------------------------------------- */

static bool fail (struct check *c, const struct nbjson *instance, const char *text)
{
    struct buf b;
    buf_init (&b, INSTANCE_MAX);
    (void) buf_addf (&b, "Notebook validation failed: %s:\n", text);
    nbjson_write (instance, &b, NBJSON_FILE);
    if (b.overflow) {
        buf_clear (&b);
        (void) buf_addf (&b, "Notebook validation failed: %s:\n(too large to show)", text);
    }
    c->message = buf_take (&b, NULL);
    return false;
}

static bool fail_value (struct check *c, const struct nbjson *v, const char *what)
{
    struct buf b;
    buf_init (&b, 512);
    nbjson_write (v, &b, NBJSON_COMPACT);
    autofree char *text
        = xasprintf ("%s %s", b.overflow ? "a value" : b.data, what);
    buf_done (&b);
    return fail (c, v, text);
}

/* ---- kinds ------------------------------------------------------------------------------------------------ */

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
    return v->type == NBJSON_INT
           || (v->type == NBJSON_REAL && v->n > 2 && !memcmp (v->s + v->n - 2, ".0", 2));
}

static bool is_json_key (const struct nbjson_member *m)
{
    static const char prefix[] = "application/";
    size_t n = sizeof prefix - 1;
    if (m->key_len < n + 4 || memcmp (m->key, prefix, n)
        || memcmp (m->key + m->key_len - 4, "json", 4))
        return false;
    return m->key_len == n + 4 || m->key[m->key_len - 5] == '+';
}

static bool check_bundle (struct check *c, const struct nbjson *v)
{
    if (v->type != NBJSON_OBJECT)
        return fail_value (c, v, "is not of type 'object'");
    for (size_t i = 0; i < v->n; i++)
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
        good = good
               && ((ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z')
                   || ch == '-' || ch == '_');
    }
    return good || fail_value (c, v, "does not match '^[a-zA-Z0-9-_]+$'");
}

static bool check_count (struct check *c, const struct nbjson *v, bool null, int minimum)
{
    if (null && v->type == NBJSON_NULL)
        return true;
    if (!is_integer (v))
        return fail_value (c, v, null ? "is not of type 'integer', 'null'"
                                      : "is not of type 'integer'");
    if (v->s[0] == '-' || (minimum == 1 && !nbjson_truthy (v)))
        return fail_value (c, v, minimum ? "is less than the minimum of 1"
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

static bool check_kind (struct check *c, const struct nbjson *v, enum kind kind)
{
    bool boolean = v->type == NBJSON_TRUE || v->type == NBJSON_FALSE;
    bool string = v->type == NBJSON_STRING;
    switch (kind) {
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
        return expect (c, v, v->type == NBJSON_ARRAY && all_strings (v),
                       "is not an array of strings");
    case MODE:
        return expect (c, v, string || v->type == NBJSON_OBJECT,
                       "is not valid under any of the given schemas");
    case MULTILINE:
        return expect (c, v, is_multiline (v), "is not valid under any of the given schemas");
    case TAGS: return check_tags (c, v);
    case STRING_MAP: return check_string_map (c, v);
    case COUNT: return check_count (c, v, true, 0);
    case POSITIVE: return check_count (c, v, false, 1);
    case BUNDLE: return check_bundle (c, v);
    case ATTACHMENTS: return check_attachments (c, v);
    case CELL_ID: return check_id (c, v);
    }
    return true;
}

/* ---- shapes ------------------------------------------------------------------------------------------------- */

static bool known_key (const struct check *c, const struct shape *shape,
                       const struct nbjson_member *m)
{
    for (size_t i = 0; i < shape->n; i++)
        if (c->minor >= shape->props[i].since && nbjson_key_is (m, shape->props[i].key))
            return true;
    return false;
}

static bool check_additional (struct check *c, const struct nbjson *v, const struct shape *shape)
{
    autodone (buf_done) struct buf names;
    size_t n = 0;
    buf_init (&names, 1024);
    for (size_t i = 0; i < v->n; i++) {
        const struct nbjson_member *m = &v->members[i];
        if (!known_key (c, shape, m) && n++ < 8)
            (void) buf_addf (&names, "%s'%.*s'", n > 1 ? ", " : "",
                             m->key_len < 64 ? (int) m->key_len : 0, m->key);
    }
    if (n == 0)
        return true;
    autofree char *text
        = xasprintf ("Additional properties are not allowed (%s %s unexpected)", names.data,
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
        const struct nbjson *value = nbjson_get (v, p->key);
        if (c->minor < p->since)
            continue;
        if (!value && p->presence == REQUIRED) {
            autofree char *text = xasprintf ("'%s' is a required property", p->key);
            return fail (c, v, text);
        }
        if (value && !check_kind (c, value, p->kind))
            return false;
    }
    return true;
}

static const struct typed_shape *find_type (const struct typed_shape *table, size_t n,
                                            const struct nbjson *type)
{
    for (size_t i = 0; i < n; i++)
        if (nbjson_equals (type, table[i].type))
            return &table[i];
    return NULL;
}

/* Of an object whose TYPE_KEY is not in the table. */
static bool check_unknown (struct check *c, const struct nbjson *v, const char *type_key)
{
    const struct nbjson *type = nbjson_get (v, type_key);
    if (c->future && nbjson_is (type, NBJSON_STRING))
        return true;
    if (!type) {
        autofree char *text = xasprintf ("'%s' is a required property", type_key);
        return fail (c, v, text);
    }
    return fail_value (c, v, "is not valid under any of the given schemas");
}

static bool check_output (struct check *c, const struct nbjson *output)
{
    const struct typed_shape *t = find_type (output_shapes, ARRAY_SIZE (output_shapes),
                                             nbjson_get (output, "output_type"));
    return t ? check_shape (c, output, &t->shape) : check_unknown (c, output, "output_type");
}

static bool check_cell (struct check *c, const struct nbjson *cell)
{
    const struct typed_shape *t = find_type (cell_shapes, ARRAY_SIZE (cell_shapes),
                                             nbjson_get (cell, "cell_type"));
    if (!t)
        return check_unknown (c, cell, "cell_type");
    if (!check_shape (c, cell, &t->shape)
        || !check_shape (c, nbjson_get (cell, "metadata"), &t->metadata))
        return false;
    const struct nbjson *outputs = nbjson_get (cell, "outputs");
    for (size_t i = 0; nbjson_is (outputs, NBJSON_ARRAY) && i < outputs->n; i++)
        if (!check_output (c, outputs->items[i]))
            return false;
    return true;
}

static bool check_metadata (struct check *c, const struct nbjson *meta)
{
    const struct nbjson *spec = nbjson_get (meta, "kernelspec");
    const struct nbjson *language = nbjson_get (meta, "language_info");
    return check_shape (c, meta, &metadata_shape)
           && (!spec || check_shape (c, spec, &kernelspec_shape))
           && (!language || check_shape (c, language, &language_shape));
}

static bool check_notebook (struct check *c, const struct nbjson *nb)
{
    const struct nbjson *minor = nbjson_get (nb, "nbformat_minor");
    if (!check_shape (c, nb, &notebook_shape))
        return false;
    if (!is_integer (minor))
        return fail_value (c, minor, "is not of type 'integer'");
    if (minor->s[0] == '-')
        return fail (c, minor, "No schema for validating notebooks of this nbformat_minor");
    const struct nbjson *cells = nbjson_get (nb, "cells");
    for (size_t i = 0; i < cells->n; i++)
        if (!check_cell (c, cells->items[i]))
            return false;
    return check_metadata (c, nbjson_get (nb, "metadata"));
}

char *nbvalidate (const struct nbjson *nb)
{
    struct check c = { 0 };
    int64_t minor = nbjson_int_value (nbjson_get (nb, "nbformat_minor"), 0);
    c.future = minor > 5;
    c.minor = minor < 0 ? 0 : minor > 5 ? 5 : (int) minor;
    (void) check_notebook (&c, nb);
    return c.message;
}
