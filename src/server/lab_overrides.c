/* lab_overrides.c - defaults that an administrator gives to settings
 *
 * Lowest first: our own, <app settings>/overrides.d/NAME in byte order, overrides.json,
 * overrides.json5, then labconfig/default_setting_overrides over the config path.
 */
#include "server/lab_overrides.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "jupyter/json5.h"
#include "server/config_store.h"
#include "server/options.h"
#include "server/server.h"

#include <dirent.h>
#include <string.h>

/* Without a feed there is no news, so the front end need not ask whether to fetch it. */
static json_t *own_overrides (const struct lab *l)
{
    if (*options_str (l->server->options, "LabApp.news_url"))
        return json_object ();
    return json_pack ("{s:{s:s, s:b}}", "@jupyterlab/apputils-extension:notification",
                      "fetchNews", "false", "checkForUpdates", 0);
}

static bool ends_with (const char *s, const char *suffix)
{
    size_t n = strlen (s), k = strlen (suffix);
    return n > k && !strcmp (s + n - k, suffix);
}

static void merge_file (struct lab *l, json_t *into, const char *dir, const char *name)
{
    autofree char *path = path_join (dir, name);
    file_cache_parse parse = ends_with (name, ".json5") ? json5_parse : jsonx_parse;
    struct err err;
    autojson json_t *j = file_cache_get (l->cache, path, parse, &err);
    if (json_is_object (j))
        jsonx_merge (into, j);
    else if (j || err.problem != PROBLEM_NOT_FOUND)
        log_warning ("lab", "overrides skipped: %s", j ? path : err.text);
}

static void merge_dir (struct lab *l, json_t *into)
{
    autofree char *dir = path_join (l->dirs.app_settings, "overrides.d");
    DIR *d = opendir (dir);
    if (!d)
        return;
    autodone (strv_done) struct strv names;
    strv_init (&names);
    const struct dirent *e;
    while ((e = readdir (d)) && names.n < 1024)
        if (ends_with (e->d_name, ".json") || ends_with (e->d_name, ".json5"))
            strv_add (&names, e->d_name);
    closedir (d);
    strv_sort (&names);
    for (size_t i = 0; i < names.n; i++)
        merge_file (l, into, dir, names.v[i]);
}

json_t *lab_overrides_read (struct lab *l)
{
    json_t *all = own_overrides (l);
    merge_dir (l, all);
    merge_file (l, all, l->dirs.app_settings, "overrides.json");
    merge_file (l, all, l->dirs.app_settings, "overrides.json5");
    autojson json_t *labconfig =
        config_store_read (l->server->jpaths, "labconfig", "default_setting_overrides");
    jsonx_merge (all, labconfig);
    return all;
}

static void apply_one (json_t *properties, const char *key, json_t *value)
{
    json_t *property = json_object_get (properties, key);
    if (!json_is_object (property)) {
        property = json_object ();
        json_object_set_new_nocheck (properties, key, property);
    }
    json_t *now = json_object_get (property, "default");
    if (json_is_object (now) && json_is_object (value))
        jsonx_merge (now, value);
    else
        json_object_set_new (property, "default", json_deep_copy (value));
}

void lab_overrides_apply (json_t *schema, const json_t *values)
{
    json_t *properties = json_object_get (schema, "properties");
    if (!json_is_object (properties)) {
        properties = json_object ();
        json_object_set_new (schema, "properties", properties);
    }
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)values, key, value) apply_one (properties, key, value);
}
