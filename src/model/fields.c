/* fields.c - the keys of a mapping that a person wrote */

#include "model/fields.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <string.h>

int fields_fail (const struct fields *f, const json_t *v, const char *must)
{
    return yamlx_fail (f->y, v, f->in, f->err, "%s: %s: %s", f->what, f->key, must);
}

static const struct field *row_of (const struct field *table, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp (table[i].name, key))
            return &table[i];
    return NULL;
}

int fields_read (struct fields *f, const struct field *table, size_t n)
{
    const char *key;
    json_t *v;

    if (!json_is_object (f->in))
        return yamlx_fail (f->y, f->in, NULL, f->err, "%s: must be a mapping", f->what);
    json_object_foreach ((json_t *)f->in, key, v)
    {
        const struct field *row = row_of (table, n, key);

        f->key = key;
        if (!row)
            return fields_fail (f, v, "is no key that is known here");
        if (!json_is_null (v) && row->read (f, v) < 0)
            return -1;
    }
    return 0;
}

static bool one_line (const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

int fields_text (const struct fields *f, const json_t *v, size_t max, char **ret)
{
    const char *s = json_string_value (v);

    if (!s || !one_line (s))
        return fields_fail (f, v, "must be a text on one line");
    if (strlen (s) > max)
        return fields_fail (f, v, "is too long");
    free (*ret);
    *ret = xstrdup (s);
    return 0;
}

static int list_item (const struct fields *f, const json_t *v,
                      bool (*check) (const char *s), const char *must, struct strv *ret)
{
    const char *s = json_string_value (v);

    if (!s || !check (s))
        return fields_fail (f, v, must);
    strv_add (ret, s);
    return 0;
}

int fields_list (const struct fields *f, const json_t *v, size_t max,
                 bool (*check) (const char *s), const char *must, struct strv *ret)
{
    if (json_is_string (v))
        return list_item (f, v, check, must, ret);
    if (!json_is_array (v))
        return fields_fail (f, v, "must be a list");
    if (json_array_size (v) > max)
        return fields_fail (f, v, "has too many items");
    for (size_t i = 0; i < json_array_size (v); i++)
        if (list_item (f, json_array_get (v, i), check, must, ret) < 0)
            return -1;
    return 0;
}

int fields_integer (const struct fields *f, const json_t *v, int64_t min, int64_t max,
                    int64_t *ret)
{
    if (!json_is_integer (v) || json_integer_value (v) < min ||
        json_integer_value (v) > max)
        return fields_fail (f, v, "must be a whole number in its bounds");
    *ret = json_integer_value (v);
    return 0;
}

/* ---- words ---- */

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

static bool made_of (const char *s, const char *letters)
{
    size_t n = strlen (s);

    return n > 0 && n <= 64 && *s != '-' && *s != '.' && strspn (s, letters) == n;
}

bool field_is_name (const char *s)
{
    return made_of (s, WORD);
}

bool field_is_alias (const char *s)
{
    return made_of (s, WORD "+:");
}

bool field_is_path (const char *s)
{
    if (*s != '/' || strlen (s) > 1024 || !one_line (s))
        return false;
    autofree char *normal = path_absolute (s);
    return !strcmp (normal, s);
}
