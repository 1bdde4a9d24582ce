/* page_config.c - page config from disk: merge, extensions, lists (contract 5.5)
 *
 * Pure but for the two readers at the end.  The values that come from options are in
 * page_config_base.c.
 */
#include "server/page_config.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "jupyter/json5.h"
#include "server/config_store.h"
#include "server/server.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static const char disabled_key[] = "disabledExtensions";

static json_t *list_to_object (const json_t *list)
{
    json_t *object = json_object ();
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) if (json_is_string (item))
        json_object_set_new_nocheck (object, json_string_value (item), json_true ());
    return object;
}

void page_config_lists_to_objects (json_t *stored)
{
    static const char *const keys[] = { disabled_key, "lockedExtensions",
                                        "deferredExtensions" };
    for (size_t i = 0; i < ARRAY_SIZE (keys); i++) {
        const json_t *list = json_object_get (stored, keys[i]);
        if (json_is_array (list))
            json_object_set_new_nocheck (stored, keys[i], list_to_object (list));
    }
}

/* As Python has it: empty things and zeros are false. */
static bool truthy (const json_t *j)
{
    switch (json_typeof (j)) {
    case JSON_NULL:
    case JSON_FALSE: return false;
    case JSON_TRUE: return true;
    case JSON_STRING: return json_string_length (j) > 0;
    case JSON_INTEGER: return json_integer_value (j) != 0;
    case JSON_REAL: return json_real_value (j) != 0;
    case JSON_ARRAY: return json_array_size (j) > 0;
    case JSON_OBJECT: return json_object_size (j) > 0;
    }
    return false;
}

static json_t *truthy_keys (json_t *object)
{
    json_t *list = json_array ();
    const char *key;
    json_t *value;
    json_object_foreach (object, key, value) if (truthy (value))
        json_array_append_new (list, json_string_nocheck (key));
    return list;
}

static void objects_to_lists (json_t *config)
{
    const char *key;
    json_t *value;
    void *tmp;
    json_object_foreach_safe (config, tmp, key, value) if (json_is_object (value))
        json_object_set_new_nocheck (config, key, truthy_keys (value));
}

/* LIST of plugin ids that the extension NAME disables, unless it is itself disabled. */
static void roll_up (json_t *disabled, const json_t *configured, const char *name,
                     const json_t *list)
{
    if (json_is_true (json_object_get (configured, name)))
        return;
    size_t i;
    json_t *id;
    json_array_foreach (list, i, id) if (json_is_string (id))
        json_object_set_new_nocheck (disabled, json_string_value (id), json_true ());
}

static bool declared_by_one (const struct labextensions *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (!strcmp (all->v[i].name, name) && labextension_usable (all->v[i].package) &&
            labextension_disables (all->v[i].package))
            return true;
    return false;
}

/* What extensions disable, then what is configured: explicit values win, also false. */
static json_t *disabled_rollup (const json_t *configured, const struct labextensions *all,
                                const json_t *app_package)
{
    json_t *disabled = json_object ();
    for (size_t i = 0; i < all->n; i++)
        if (labextension_usable (all->v[i].package))
            roll_up (disabled, configured, all->v[i].name,
                     labextension_disables (all->v[i].package));
    json_t *built_in =
        json_object_get (json_object_get (app_package, "jupyterlab"), "extensionMetadata");
    const char *name;
    json_t *metadata;
    json_object_foreach (built_in, name, metadata) if (!declared_by_one (all, name))
        roll_up (disabled, configured, name, json_object_get (metadata, disabled_key));
    if (json_is_object (configured))
        json_object_update (disabled, (json_t *)configured);
    return disabled;
}

json_t *page_config_combine (const json_t *stored, const struct labextensions *all,
                             const json_t *app_package)
{
    json_t *config = json_deep_copy (stored);
    page_config_lists_to_objects (config);
    json_t *federated = json_array ();
    for (size_t i = 0; i < all->n; i++) {
        json_t *entry = labextension_entry (all->v[i].package);
        if (entry)
            json_array_append_new (federated, entry);
    }
    const json_t *configured = json_object_get (config, disabled_key);
    json_object_set_new (config, disabled_key,
                         disabled_rollup (configured, all, app_package));
    json_object_set_new (config, "federated_extensions", federated);
    objects_to_lists (config);
    return config;
}

int page_config_tojson (const json_t *config, struct buf *b)
{
    autofree char *text = jsonx_dump_string (config, 0, true);
    if (!text)
        return -1;
    for (const char *p = text; *p; p++) {
        if (strchr ("<>&'", *p))
            (void)buf_addf (b, "\\u%04x", *p);
        else
            (void)buf_addc (b, *p);
    }
    return b->overflow ? -1 : 0;
}

/* ---- from disk
 * ---------------------------------------------------------------------------- */

/* An object from a file that exists and is not empty; NULL otherwise. */
static json_t *read_nonempty (struct lab *l, const char *name, file_cache_parse parse)
{
    autofree char *path = path_join (l->dirs.app_settings, name);
    struct stat st;
    if (stat (path, &st) < 0 || st.st_size == 0)
        return NULL;
    struct err err;
    autojson json_t *j = file_cache_get (l->cache, path, parse, &err);
    if (!j)
        log_warning ("lab", "page config skipped: %s", err.text);
    return json_is_object (j) ? json_deep_copy (j) : NULL;
}

json_t *page_config_stored (struct lab *l)
{
    json_t *stored = read_nonempty (l, "page_config.json5", json5_parse);
    if (!stored)
        stored = read_nonempty (l, "page_config.json", jsonx_parse);
    if (!stored)
        stored = json_object ();
    page_config_lists_to_objects (stored);
    autojson json_t *labconfig =
        config_store_read (l->server->jpaths, "labconfig", "page_config");
    page_config_lists_to_objects (labconfig);
    jsonx_merge (stored, labconfig);
    return stored;
}

json_t *page_config_disk (struct lab *l)
{
    struct err err;
    autofree char *manifest = path_join (l->dirs.static_files, "package.json");
    autojson json_t *app_package = file_cache_get (l->cache, manifest, jsonx_parse, &err);
    autojson json_t *stored = page_config_stored (l);
    struct labextensions all;
    labextensions_scan (l->cache, &l->dirs.labextensions, &all);
    json_t *config = page_config_combine (stored, &all, app_package);
    labextensions_done (&all);
    return config;
}
