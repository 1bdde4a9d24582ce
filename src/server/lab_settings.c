/* lab_settings.c - settings of plugins: schema, defaults, and what the person typed */

#include "server/lab_settings.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "jupyter/json5.h"
#include "jupyter/jschema.h"
#include "server/lab_overrides.h"
#include "server/lab_schemas.h"
#include "server/langpack.h"

#include <string.h>
#include <sys/stat.h>

static const char translation_plugin[] = "@jupyterlab/translation-extension:plugin";

/* What the person typed for one plugin. */
struct typed {
    char *raw;
    size_t raw_len;
    json_t *settings;
    int64_t created_us, modified_us; /* 0: there is no file */
};

static void typed_done (struct typed *t)
{
    free (t->raw);
    json_decref (t->settings);
}

static char *user_path (const struct lab *l, const char *id)
{
    return lab_schemas_path (l->dirs.user_settings, id, ".jupyterlab-settings");
}

static void typed_reset (struct typed *t)
{
    free (t->raw);
    json_decref (t->settings);
    t->raw = xstrdup ("{}");
    t->raw_len = 2;
    t->settings = json_object ();
}

/* No file: nothing typed.  -1 if it cannot be read or parsed; T is then as if nothing was
 * typed. */
static int typed_read (const struct lab *l, const char *id, struct typed *t,
                       struct err *err)
{
    *t = (struct typed){ 0 };
    typed_reset (t);
    autofree char *path = user_path (l, id);
    struct stat st;
    if (stat (path, &st) < 0)
        return 0;
    t->modified_us = clock_timespec_us (st.st_mtim);
    t->created_us = clock_timespec_us (st.st_ctim);
    autodone (buf_done) struct buf b;
    buf_init (&b, LAB_SETTINGS_MAX);
    if (fd_read_file (path, &b, err) < 0)
        return err_wrap (err, "Failed loading settings (%s)", id);
    if (b.len == 0)
        return 0;
    json_t *parsed = json5_parse (b.data, b.len, err);
    if (!parsed)
        return err_wrap (err, "Failed loading settings (%s)", id);
    json_decref (t->settings);
    t->settings = parsed;
    free (t->raw);
    t->raw = buf_take (&b, &t->raw_len);
    return 0;
}

/* The schema as the front end gets it: defaults overridden, texts translated.  New
 * reference; shared if nothing had to be changed. */
static json_t *load_schema (struct lab_settings_view *v, const char *id, const char *path,
                            struct err *err)
{
    json_t *schema = file_cache_get (v->lab->cache, path, jsonx_parse, err);
    if (schema && !json_is_object (schema)) {
        json_decref (schema);
        (void)err_set (err, PROBLEM_INVALID, "%s: the schema is no object", path);
        return NULL;
    }
    const json_t *values = json_object_get (v->overrides, id);
    if (!schema || (!json_is_object (values) && !v->langpack))
        return schema;
    json_t *copy = json_deep_copy (schema);
    json_decref (schema);
    if (json_is_object (values))
        lab_overrides_apply (copy, values);
    if (v->langpack)
        langpack_translate_schema (v->langpack, copy);
    return copy;
}

static void set_time (json_t *item, const char *key, int64_t us)
{
    char text[CLOCK_TEXT];
    jsonx_set_str (item, key, us ? clock_iso_offset (us, text) : NULL);
}

/* WARNING is what was wrong with the settings, or NULL. */
static json_t *make_item (struct lab_settings_view *v, const char *id, const char *path,
                          json_t *schema, const struct typed *t, const char *warning)
{
    autofree char *version = lab_schemas_version (v->lab, path);
    json_t *item = json_object ();
    jsonx_set_str (item, "id", id);
    json_object_set (item, "schema", schema);
    jsonx_set_str (item, "version", version);
    json_t *raw = json_stringn (t->raw, t->raw_len);
    json_object_set_new (item, "raw", raw ? raw : json_string ("{}"));
    json_object_set (item, "settings", t->settings);
    jsonx_set_str (item, "warning", warning);
    set_time (item, "last_modified", t->modified_us);
    set_time (item, "created", t->created_us);
    return item;
}

/* LENIENT: settings that cannot be parsed are a warning, too. */
static json_t *load_item (struct lab_settings_view *v, const char *id, const char *path,
                          bool lenient, struct err *err)
{
    autojson json_t *schema = load_schema (v, id, path, err);
    if (!schema)
        return NULL;
    struct err problem = { 0 };
    struct typed t;
    json_t *item = NULL;
    if (typed_read (v->lab, id, &t, &problem) < 0 && !lenient) {
        *err = problem;
        typed_done (&t);
        return NULL;
    }
    if (json_object_size (t.settings) > 0 || !json_is_object (t.settings)) {
        if (jschema_validate (schema, t.settings, &problem) < 0) {
            (void)err_wrap (&problem, "Failed validating settings (%s)", id);
            typed_reset (&t);
        }
    }
    if (problem.problem != PROBLEM_NONE)
        log_warning ("lab", "%s", problem.text);
    item = make_item (v, id, path, schema, &t,
                      problem.problem != PROBLEM_NONE ? problem.text : NULL);
    typed_done (&t);
    return item;
}

/* The locale in the settings of the translation plugin; "" if it is not set or "default".
 */
static char *chosen_locale (const struct lab *l)
{
    struct typed t;
    struct err err;
    char *locale = NULL;
    if (typed_read (l, translation_plugin, &t, &err) == 0) {
        const char *set = jsonx_str (t.settings, "locale", "");
        locale = xstrdup (strcmp (set, "default") ? set : "");
    }
    typed_done (&t);
    return locale ? locale : xstrdup ("");
}

void lab_settings_view_init (struct lab_settings_view *v, struct lab *l, const char *locale)
{
    *v = (struct lab_settings_view){ .lab = l, .overrides = lab_overrides_read (l) };
    autofree char *chosen = chosen_locale (l);
    const char *wanted = *chosen ? chosen : locale;
    if (*wanted)
        v->langpack = langpack_open (l->cache, &l->dirs.site_packages, wanted);
}

void lab_settings_view_done (struct lab_settings_view *v)
{
    json_decref (v->overrides);
    langpack_free (v->langpack);
    *v = (struct lab_settings_view){ 0 };
}

json_t *lab_settings_list (struct lab_settings_view *v, bool ids_only)
{
    autocleanup (map_free) struct map *schemas = lab_schemas_find_all (v->lab);
    autodone (strv_done) struct strv ids;
    lab_schemas_ids (schemas, &ids);
    json_t *list = json_array ();
    for (size_t i = 0; i < ids.n; i++) {
        struct err err;
        const char *id = ids.v[i];
        json_t *item = ids_only ? json_pack ("{s:s}", "id", id)
                                : load_item (v, id, map_get (schemas, id), true, &err);
        if (item)
            json_array_append_new (list, item);
        else
            log_warning ("lab", "settings left out id=%s: %s", id, err.text);
    }
    return json_pack ("{s:o}", "settings", list);
}

/* Whatever is broken on disk is not the client's fault. */
static int not_the_clients (struct err *err)
{
    if (err && err->problem != PROBLEM_NOT_FOUND)
        err->problem = PROBLEM_INTERNAL;
    return -1;
}

json_t *lab_settings_get (struct lab_settings_view *v, const char *id, struct err *err)
{
    autofree char *path = lab_schemas_find (v->lab, id, err);
    if (!path)
        return NULL;
    json_t *item = load_item (v, id, path, false, err);
    if (!item)
        (void)not_the_clients (err);
    return item;
}

/* The text to store, borrowed from PAYLOAD. */
static const json_t *raw_of (const json_t *payload, struct err *err)
{
    const json_t *raw = json_object_get (payload, "raw");
    if (json_is_string (raw))
        return raw;
    (void)err_set (err, PROBLEM_INVALID,
                   "Invalid format for JSON payload. Must be in the form {'raw': ...}");
    return NULL;
}

static int check_raw (struct lab_settings_view *v, const char *id, const char *path,
                      const json_t *raw, struct err *err)
{
    autojson json_t *settings =
        json5_parse (json_string_value (raw), json_string_length (raw), err);
    if (!settings)
        return err_wrap (err, "Failed parsing settings");
    autojson json_t *schema = load_schema (v, id, path, err);
    if (!schema)
        return not_the_clients (err);
    if (jschema_validate (schema, settings, err) < 0)
        return err_wrap (err, "Failed validating input");
    return 0;
}

int lab_settings_put (struct lab_settings_view *v, const char *id, const char *payload,
                      size_t n, struct err *err)
{
    autofree char *path = lab_schemas_find (v->lab, id, err);
    if (!path)
        return -1;
    autojson json_t *parsed = jsonx_parse (payload, n, err);
    if (!parsed)
        return err_wrap (err, "Failed parsing JSON payload");
    const json_t *raw = raw_of (parsed, err);
    if (!raw || check_raw (v, id, path, raw, err) < 0)
        return -1;
    autofree char *file = user_path (v->lab, id);
    return fd_write_file_atomic (file, json_string_value (raw), json_string_length (raw),
                                 0600, err);
}
