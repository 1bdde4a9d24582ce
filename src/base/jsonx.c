/* jsonx.c - jansson with our errors, limits and idioms
 *
 * Dumping is our own: jansson writes 0.1 as 0.10000000000000001 and escapes in upper case, and a file
 * that a person or Python wrote should not change because we saved it.
 */
#include "base/jsonx.h"
#include "base/fd.h"

#include <stdio.h>
#include <string.h>

#define JSONX_MAX_FILE (64u << 20)
#define JSONX_MAX_DUMP (1u << 30)
#define JSONX_MAX_DEPTH 2048 /* what jansson itself parses */

json_t *jsonx_parse (const char *s, size_t n, struct err *err)
{
    json_error_t why;
    json_t *j = json_loadb (s, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);

    if (!j)
        (void)err_set (err, PROBLEM_INVALID, "line %d column %d: %s", why.line, why.column,
                       why.text);
    return j;
}

json_t *jsonx_read_file (const char *path, struct err *err)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, JSONX_MAX_FILE);
    if (fd_read_file (path, &b, err) < 0)
        return NULL;
    json_t *j = jsonx_parse (b.data, b.len, err);
    if (!j)
        (void)err_wrap (err, "%s", path);
    return j;
}

struct dump {
    struct buf *b;
    int indent;
    bool sort;
};

static int dump_value (const struct dump *d, const json_t *j, int depth);

static int newline (const struct dump *d, int depth)
{
    static const char spaces[] = "                                ";

    if (d->indent == 0)
        return 0;
    int bad = buf_addc (d->b, '\n');
    for (size_t n = (size_t)depth * (size_t)d->indent; n > 0 && bad == 0;) {
        size_t step = n < sizeof (spaces) - 1 ? n : sizeof (spaces) - 1;
        bad = buf_add (d->b, spaces, step);
        n -= step;
    }
    return bad;
}

static int dump_real (struct buf *b, double v)
{
    char text[40];

    /* The shortest that reads back as the same number. */
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf (text, sizeof (text), "%.*g", digits, v);
        if (strtod (text, NULL) == v)
            break;
    }
    if (!strpbrk (text, ".eEn"))
        (void)strncat (text, ".0", sizeof (text) - strlen (text) - 1);
    return buf_adds (b, text);
}

static int dump_array (const struct dump *d, const json_t *j, int depth)
{
    size_t n = json_array_size (j);
    int bad = buf_addc (d->b, '[');

    for (size_t i = 0; i < n && bad == 0; i++) {
        if (i > 0)
            bad = buf_addc (d->b, ',');
        bad |= newline (d, depth + 1);
        bad |= dump_value (d, json_array_get (j, i), depth + 1);
    }
    if (n > 0)
        bad |= newline (d, depth);
    return bad | buf_addc (d->b, ']');
}

static int compare_keys (const void *a, const void *b)
{
    return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static int dump_object (const struct dump *d, const json_t *j, int depth)
{
    size_t n = json_object_size (j), i = 0;
    autofree const char **keys = xcalloc (n, sizeof (*keys));
    const char *key;
    json_t *value;
    int bad = buf_addc (d->b, '{');

    json_object_foreach ((json_t *)j, key, value) keys[i++] = key;
    if (d->sort)
        qsort (keys, n, sizeof (*keys), compare_keys);
    for (i = 0; i < n && bad == 0; i++) {
        if (i > 0)
            bad = buf_addc (d->b, ',');
        bad |= newline (d, depth + 1);
        bad |= buf_add_json_string (d->b, keys[i], strlen (keys[i]));
        bad |= buf_adds (d->b, d->indent > 0 ? ": " : ":");
        bad |= dump_value (d, json_object_get (j, keys[i]), depth + 1);
    }
    if (n > 0)
        bad |= newline (d, depth);
    return bad | buf_addc (d->b, '}');
}

static int dump_value (const struct dump *d, const json_t *j, int depth)
{
    if (depth > JSONX_MAX_DEPTH) {
        d->b->overflow = true;
        return -1;
    }
    switch (json_typeof (j)) {
    case JSON_OBJECT: return dump_object (d, j, depth);
    case JSON_ARRAY: return dump_array (d, j, depth);
    case JSON_STRING:
        return buf_add_json_string (d->b, json_string_value (j), json_string_length (j));
    case JSON_INTEGER: return buf_addf (d->b, "%lld", (long long)json_integer_value (j));
    case JSON_REAL: return dump_real (d->b, json_real_value (j));
    case JSON_TRUE: return buf_adds (d->b, "true");
    case JSON_FALSE: return buf_adds (d->b, "false");
    default: return buf_adds (d->b, "null");
    }
}

int jsonx_dump (const json_t *j, struct buf *b, int indent, bool sort)
{
    struct dump d = { .b = b, .indent = indent, .sort = sort };

    return dump_value (&d, j, 0) ? -1 : 0;
}

char *jsonx_dump_string (const json_t *j, int indent, bool sort)
{
    struct buf b;

    buf_init (&b, JSONX_MAX_DUMP);
    (void)jsonx_dump (j, &b, indent, sort);
    return buf_take (&b, NULL);
}

const char *jsonx_str (const json_t *obj, const char *key, const char *dflt)
{
    const json_t *v = json_object_get (obj, key);

    return json_is_string (v) ? json_string_value (v) : dflt;
}

int64_t jsonx_int (const json_t *obj, const char *key, int64_t dflt)
{
    const json_t *v = json_object_get (obj, key);

    return json_is_integer (v) ? json_integer_value (v) : dflt;
}

bool jsonx_bool (const json_t *obj, const char *key, bool dflt)
{
    const json_t *v = json_object_get (obj, key);

    return json_is_boolean (v) ? json_is_true (v) : dflt;
}

void jsonx_set_str (json_t *obj, const char *key, const char *s)
{
    json_t *v = s ? json_string (s) : json_null ();

    if (!v) { /* not UTF-8: better a damaged name than a missing key */
        autodone (buf_done) struct buf b;

        buf_init (&b, strlen (s) * 6 + 3);
        (void)buf_add_json_string (&b, s, strlen (s));
        v = jsonx_parse (b.data, b.len, NULL);
    }
    (void)json_object_set_new (obj, key, v);
}

void jsonx_merge (json_t *into, const json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)from, key, value)
    {
        if (json_is_object (value)) {
            json_t *sub = json_object_get (into, key);

            if (!json_is_object (sub)) {
                sub = json_object ();
                (void)json_object_set_new (into, key, sub);
            }
            jsonx_merge (sub, value);
            if (json_object_size (sub) == 0)
                (void)json_object_del (into, key);
        } else if (json_is_null (value))
            (void)json_object_del (into, key);
        else
            (void)json_object_set (into, key, value);
    }
}
