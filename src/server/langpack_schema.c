/* langpack_schema.c - translate a settings schema
 *
 * Every string of the schema has a path ("/properties/theme/title").  Which ones are texts
 * for people, and in which context they stand in the pack, follows from the path: the rules
 * below, plus the regular expressions that the schema brings in
 * "jupyter.lab.internationalization".selectors.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "server/langpack.h"

#include "base/cleanup.h"
#include "base/jsonx.h"

#include <pcre2.h>
#include <string.h>

#define MAX_DEPTH 32
#define MAX_SELECTORS 32

struct selector {
    pcre2_code *code;
    const char *context; /* borrowed from the schema */
};

struct walk {
    const struct langpack *pack;
    const char *domain;
    struct selector selectors[MAX_SELECTORS];
    size_t n;
};

static bool begins (const char *s, const char *with)
{
    return !strncmp (s, with, strlen (with));
}

static bool ends (const char *s, const char *with)
{
    size_t n = strlen (s), k = strlen (with);
    return n >= k && !strcmp (s + n - k, with);
}

/* The context of the text at PATH by the stock rules; NULL: it is no text for people. */
static const char *stock_context (const char *path)
{
    bool text = ends (path, "/title") || ends (path, "/description");
    if (text && strchr (path + 1, '/') == NULL)
        return "schema";
    if (text && (begins (path, "/properties/") ||
                 (begins (path, "/definitions/") && strstr (path, "/properties/"))))
        return "settings";
    if (!strcmp (path, "/jupyter.lab.setting-icon-label"))
        return "settings";
    if (begins (path, "/jupyter.lab.menus/") && ends (path, "/label"))
        return "menu";
    if (begins (path, "/jupyter.lab.toolbars/") && ends (path, "/label"))
        return "toolbar";
    return NULL;
}

static bool selects (const struct selector *s, const char *path)
{
    pcre2_match_data *m = pcre2_match_data_create (1, NULL);
    int rc = pcre2_match (s->code, (PCRE2_SPTR)path, PCRE2_ZERO_TERMINATED, 0, 0, m, NULL);
    pcre2_match_data_free (m);
    return rc >= 0;
}

static const char *context_of (const struct walk *w, const char *path)
{
    const char *context = stock_context (path);
    for (size_t i = 0; !context && i < w->n; i++)
        if (selects (&w->selectors[i], path))
            context = w->selectors[i].context;
    return context;
}

/* The translation of the string J at PATH: new reference, or NULL to leave it. */
static json_t *translate (const struct walk *w, const json_t *j, const char *path)
{
    const char *msgid = json_string_value (j), *context;
    if (!msgid || !*msgid || !(context = context_of (w, path)))
        return NULL;
    const char *text = langpack_text (w->pack, w->domain, context, msgid);
    return text ? json_string (text) : NULL;
}

static void walk (const struct walk *w, json_t *j, const char *path, int depth);

static void walk_object (const struct walk *w, json_t *j, const char *path, int depth)
{
    const char *key;
    json_t *value;
    void *tmp;
    json_object_foreach_safe (j, tmp, key, value)
    {
        autofree char *below = xasprintf ("%s/%s", path, key);
        json_t *text = translate (w, value, below);
        if (text)
            json_object_set_new (j, key, text);
        else
            walk (w, value, below, depth + 1);
    }
}

static void walk (const struct walk *w, json_t *j, const char *path, int depth)
{
    if (depth > MAX_DEPTH)
        return;
    if (json_is_object (j))
        walk_object (w, j, path, depth);
    for (size_t i = 0; i < json_array_size (j); i++) {
        autofree char *below = xasprintf ("%s/%zu", path, i);
        json_t *value = json_array_get (j, i);
        json_t *text = translate (w, value, below);
        if (text)
            json_array_set_new (j, i, text);
        else
            walk (w, value, below, depth + 1);
    }
}

static void add_selectors (struct walk *w, json_t *selectors)
{
    const char *pattern;
    json_t *context;
    json_object_foreach (selectors, pattern, context)
    {
        int code;
        PCRE2_SIZE offset;
        if (w->n == MAX_SELECTORS || !json_is_string (context))
            continue;
        autofree char *anchored = xasprintf ("^/%s$", pattern);
        pcre2_code *re = pcre2_compile ((PCRE2_SPTR)anchored, PCRE2_ZERO_TERMINATED, 0,
                                        &code, &offset, NULL);
        if (re)
            w->selectors[w->n++] = (struct selector){ re, json_string_value (context) };
    }
}

void langpack_translate_schema (const struct langpack *p, json_t *schema)
{
    json_t *i18n =
        json_incref (json_object_get (schema, "jupyter.lab.internationalization"));
    struct walk w = { .pack = p, .domain = jsonx_str (i18n, "domain", "jupyterlab") };
    add_selectors (&w, json_object_get (i18n, "selectors"));
    walk (&w, schema, "", 0);
    for (size_t i = 0; i < w.n; i++)
        pcre2_code_free (w.selectors[i].code);
    json_decref (i18n);
}
