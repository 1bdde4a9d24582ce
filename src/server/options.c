/* options.c - values of all traits
 *
 * Each source fills one layer: sections that stand at the top level of a file, and sections
 * that are nested in their owner, both as {class: {trait: value}}.  After a change the
 * layers are merged, weakest first, and every trait of the table is looked up once along
 * the chain of its class; so the accessors are array look-ups.  A nested section beats a
 * top-level one, and a specific class a general one.
 */

#include "server/options.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "jupyter/jpaths.h"
#include "server/option_value.h"
#include "server/options_private.h"

#include <assert.h>
#include <string.h>

/* Every name that a trait can be asked for, once: accessors are on the path of each
 * request. */
static void index_traits (struct options *o)
{
    o->index = map_new (NULL);
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        for (const char *p = option_chain (t->class); *p;) {
            size_t n = strcspn (p, " ");
            autofree char *name = xasprintf ("%.*s.%s", (int)n, p, t->name);
            if (option_find (p, n, t->name) == t)
                map_set (o->index, name, (void *)t);
            p += n;
            p += strspn (p, " ");
        }
    }
}

struct options *options_new (void)
{
    struct options *o = xnew (struct options);
    for (int i = 0; i < OPTIONS_LAYERS; i++) {
        o->layer[i].top = json_object ();
        o->layer[i].nested = json_object ();
    }
    o->value = xcalloc (option_traits_n, sizeof (*o->value));
    o->set = xcalloc (option_traits_n, sizeof (*o->set));
    o->told = xcalloc (option_inert_n, sizeof (*o->told));
    o->empty_list = json_array ();
    o->empty_dict = json_object ();
    index_traits (o);
    options_resolve (o);
    return o;
}

void options_free (struct options *o)
{
    if (!o)
        return;
    for (int i = 0; i < OPTIONS_LAYERS; i++) {
        json_decref (o->layer[i].top);
        json_decref (o->layer[i].nested);
    }
    for (size_t i = 0; i < option_traits_n; i++)
        json_decref (o->value[i]);
    map_free (o->index);
    json_decref (o->empty_list);
    json_decref (o->empty_dict);
    free (o->value);
    free (o->set);
    free (o->told);
    free (o);
}

/* Dicts merge key by key, anything else is replaced; unlike jsonx_merge a null stays: it
 * means none. */
static void merge_value (json_t *into, const char *key, json_t *value)
{
    json_t *old = json_object_get (into, key);
    if (!json_is_object (old) || !json_is_object (value)) {
        (void)json_object_set (into, key, value);
        return;
    }
    json_t *copy = json_deep_copy (old);
    const char *k;
    json_t *v;
    json_object_foreach (value, k, v) merge_value (copy, k, v);
    (void)json_object_set_new (into, key, copy);
}

void options_layer_set (struct options *o, enum options_source source, bool nested,
                        const char *class, const char *trait, json_t *value)
{
    json_t *sections = nested ? o->layer[source].nested : o->layer[source].top;
    json_t *section = json_object_get (sections, class);
    if (!section) {
        section = json_object ();
        (void)json_object_set_new (sections, class, section);
    }
    if (source == OPTIONS_ARGS) /* the command line has merged by itself */
        (void)json_object_set (section, trait, value);
    else
        merge_value (section, trait, value);
}

/* The strongest value of T in SECTIONS, or NULL; PREVIOUS layers are overlaid by later
 * ones. */
static json_t *find_in_chain (const json_t *sections, const char *chain, const char *trait)
{
    json_t *found = NULL;
    for (const char *p = chain; *p;) {
        char class[64];
        size_t n = strcspn (p, " ");
        assert (n < sizeof (class));
        memcpy (class, p, n);
        class[n] = '\0';
        json_t *v = json_object_get (json_object_get (sections, class), trait);
        if (v)
            found = v;
        p += n;
        p += strspn (p, " ");
    }
    return found;
}

/* TOP or NESTED of all layers as one. */
static json_t *merged_sections (const struct options *o, bool nested)
{
    json_t *all = json_object ();
    for (int i = 0; i < OPTIONS_LAYERS; i++) {
        const char *key;
        json_t *section;
        json_object_foreach (nested ? o->layer[i].nested : o->layer[i].top, key, section)
            merge_value (all, key, section);
    }
    return all;
}

static json_t *find_legacy (const json_t *top, const char *legacy)
{
    char class[64];
    const char *dot = strchr (legacy, '.');
    assert (dot && (size_t)(dot - legacy) < sizeof (class));
    memcpy (class, legacy, (size_t)(dot - legacy));
    class[dot - legacy] = '\0';
    return find_in_chain (top, option_chain (class), dot + 1);
}

void options_resolve (struct options *o)
{
    autojson json_t *top = merged_sections (o, false);
    autojson json_t *nested = merged_sections (o, true);
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        const char *chain = option_chain (t->class);
        json_t *v = find_in_chain (nested, chain, t->name);
        if (!v)
            v = find_in_chain (top, chain, t->name);
        if (!v && t->legacy)
            v = find_legacy (top, t->legacy);
        o->set[i] = v && !json_is_null (v);
        json_decref (o->value[i]);
        o->value[i] = o->set[i] ? json_incref (v) : option_value_default (t);
    }
}

static size_t trait_index (const struct options *o, const char *trait)
{
    const struct option_trait *t = map_get (o->index, trait);
    assert (t);
    return (size_t)(t - option_traits);
}

static const json_t *value_of (const struct options *o, const char *trait)
{
    return o->value[trait_index (o, trait)];
}

const char *options_str (const struct options *o, const char *trait)
{
    const char *s = json_string_value (value_of (o, trait));
    return s ? s : "";
}

int64_t options_int (const struct options *o, const char *trait)
{
    return json_integer_value (value_of (o, trait));
}

double options_real (const struct options *o, const char *trait)
{
    return json_number_value (value_of (o, trait));
}

bool options_bool (const struct options *o, const char *trait)
{
    return json_is_true (value_of (o, trait));
}

const json_t *options_json (const struct options *o, const char *trait)
{
    size_t i = trait_index (o, trait);
    if (o->value[i])
        return o->value[i];
    return option_traits[i].type == OPTION_LIST ? o->empty_list : o->empty_dict;
}

bool options_is_set (const struct options *o, const char *trait)
{
    return o->set[trait_index (o, trait)];
}

void options_set (struct options *o, const char *trait, json_t *value)
{
    size_t i = trait_index (o, trait);
    json_decref (o->value[i]);
    o->value[i] = value;
    o->set[i] = true;
}
