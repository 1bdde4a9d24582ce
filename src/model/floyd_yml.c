/* floyd_yml.c - floyd.yml of a repository, as far as a new workspace can use it */

#include "model/floyd_yml.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "model/fields.h"

#include <stdio.h>
#include <string.h>

#define SOURCE_MAX 256
#define DESTINATION_MAX 128

static int fail (const struct yamlx *y, const json_t *v, struct err *err, const char *key,
                 const char *must)
{
    return yamlx_fail (y, v, y->root, err, "%s: %s", key, must);
}

/* ---- env and machine ---- */

static int take_name (const struct yamlx *y, const char *key, char *ret, size_t room,
                      struct err *err)
{
    const json_t *v = json_object_get (y->root, key);
    const char *s = json_string_value (v);
    if (!v || json_is_null (v))
        return 0;
    if (!s || !field_is_alias (s))
        return fail (y, v, err, key, "must be a name");
    (void)snprintf (ret, room, "%s", s);
    return 0;
}

/* ---- description ---- */

/* Control characters become spaces; cut at a character. */
static char *one_line (const char *s)
{
    size_t n = strlen (s);
    if (n > FLOYD_YML_TEXT)
        for (n = FLOYD_YML_TEXT; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
            n--;
    char *out = xstrndup (s, n);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    while (n && out[n - 1] == ' ')
        out[--n] = '\0';
    return out;
}

/* ---- inputs ---- */

static bool is_word (const char *s, size_t max)
{
    size_t n = strlen (s);
    if (!n || n > max || *s == '-')
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr ("\"'\\`$", *s))
            return false;
    return true;
}

/* A place below /floyd/input, or "" */
static bool is_destination (const char *s)
{
    return !*s || (is_word (s, DESTINATION_MAX) && !strstr (s, ".."));
}

static int add_input (const struct yamlx *y, const json_t *v, const char *source,
                      const char *destination, json_t *list, struct err *err)
{
    if (!source || !is_word (source, SOURCE_MAX))
        return fail (y, v, err, "input", "a source must be the name of a dataset");
    if (!is_destination (destination))
        return fail (y, v, err, "input", "a destination must be the name of a folder");
    if (json_array_size (list) >= FLOYD_YML_INPUTS)
        return fail (y, v, err, "input", "there are more than 5");
    (void)json_array_append_new (
        list, json_pack ("{s:s, s:s}", "source", source, "destination", destination));
    return 0;
}

static int take_input (const struct yamlx *y, const json_t *v, json_t *list,
                       struct err *err)
{
    const char *text = json_string_value (v);
    if (!text)
        return add_input (y, v, jsonx_str (v, "source", NULL),
                          jsonx_str (v, "destination", ""), list, err);
    const char *colon = strrchr (text, ':');
    autofree char *source = xstrndup (text, colon ? (size_t)(colon - text) : strlen (text));
    return add_input (y, v, source, colon ? colon + 1 : "", list, err);
}

static int take_inputs (const struct yamlx *y, const char *key, json_t *list,
                        struct err *err)
{
    const json_t *v = json_object_get (y->root, key);
    if (!v || json_is_null (v))
        return 0;
    if (!json_is_array (v))
        return fail (y, v, err, key, "must be a list");
    for (size_t i = 0; i < json_array_size (v); i++)
        if (take_input (y, json_array_get (v, i), list, err) < 0)
            return -1;
    return 0;
}

static int fill (const struct yamlx *y, struct floyd_yml *f, struct err *err)
{
    if (!json_is_null (y->root) && !json_is_object (y->root))
        return yamlx_fail (y, y->root, NULL, err, "must be a mapping: env, machine, input");
    f->description = one_line (jsonx_str (y->root, "description", ""));
    if (take_name (y, "machine", f->machine, sizeof (f->machine), err) < 0 ||
        take_name (y, "env", f->env, sizeof (f->env), err) < 0 ||
        take_inputs (y, "input", f->inputs, err) < 0)
        return -1;
    return take_inputs (y, "data", f->inputs, err);
}

int floyd_yml_parse (const char *text, size_t n, struct floyd_yml *ret, struct err *err)
{
    struct yamlx y;
    *ret = (struct floyd_yml){ .inputs = NULL };
    if (yamlx_parse (text, n, "floyd.yml", &y, err) < 0)
        return -1;
    ret->inputs = json_array ();
    int rc = fill (&y, ret, err);
    yamlx_done (&y);
    if (rc < 0)
        floyd_yml_done (ret);
    return rc;
}

void floyd_yml_done (struct floyd_yml *f)
{
    free (f->description);
    json_decref (f->inputs);
    *f = (struct floyd_yml){ .inputs = NULL };
}

json_t *floyd_yml_json (const struct floyd_yml *f)
{
    return json_pack ("{s:s, s:s, s:s, s:O}", "machine", f->machine, "env", f->env,
                      "description", f->description, "input", f->inputs);
}
