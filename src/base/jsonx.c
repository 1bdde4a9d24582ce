/* jsonx.c - jansson with our errors, limits and idioms */

#include "base/jsonx.h"
#include "base/fd.h"

#include <string.h>

#define FILE_MAX (64u << 20)

json_t *jsonx_parse (const char *s, size_t n, struct err *err)
{
    json_error_t e;
    json_t *j = json_loadb (s, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);

    if (!j)
        err_set (err, PROBLEM_INVALID, "line %d column %d: %s", e.line, e.column, e.text);
    return j;
}

json_t *jsonx_read_file (const char *path, struct err *err)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, FILE_MAX);
    if (fd_read_file (path, &b, err) < 0)
        return NULL;
    json_t *j = jsonx_parse (b.data, b.len, err);
    if (!j)
        err_wrap (err, "%s", path);
    return j;
}

static int add_chunk (const char *s, size_t n, void *arg)
{
    return buf_add (arg, s, n);
}

int jsonx_dump (const json_t *j, struct buf *b, int indent, bool sort)
{
    size_t flags = JSON_ENCODE_ANY | (indent ? JSON_INDENT ((size_t) indent) : JSON_COMPACT) |
                   (sort ? JSON_SORT_KEYS : 0);

    return json_dump_callback (j, add_chunk, b, flags);
}

char *jsonx_dump_string (const json_t *j, int indent, bool sort)
{
    struct buf b;

    buf_init (&b, SIZE_MAX / 2);
    (void) jsonx_dump (j, &b, indent, sort);
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

    (void) json_object_set_new (obj, key, v ? v : json_string (""));
}

void jsonx_merge (json_t *into, const json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *) from, key, value)
    {
        if (json_is_null (value)) {
            (void) json_object_del (into, key);
            continue;
        }
        if (!json_is_object (value)) {
            (void) json_object_set_new (into, key, json_deep_copy (value));
            continue;
        }
        json_t *sub = json_object_get (into, key);
        if (!json_is_object (sub)) {
            sub = json_object ();
            (void) json_object_set_new (into, key, sub);
        }
        jsonx_merge (sub, value);
        if (json_object_size (sub) == 0)
            (void) json_object_del (into, key);
    }
}
