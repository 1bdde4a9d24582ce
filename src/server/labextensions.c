/* labextensions.c - prebuilt (federated) extensions on disk
 *
 * A scan reads directories and asks the file cache for each package.json, so a page load
 * with unchanged extensions costs one readdir and a few stats.
 */
#include "server/labextensions.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/url.h"
#include "server/lab.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

struct scan {
    struct file_cache *cache;
    struct map *seen; /* package names */
    struct labextensions *ret;
    size_t looked;
};

static const json_t *build_of (const json_t *package)
{
    return json_object_get (json_object_get (package, "jupyterlab"), "_build");
}

bool labextension_usable (const json_t *package)
{
    const char *name = jsonx_str (package, "name", "");
    return *name && jsonx_str (build_of (package), "load", NULL);
}

json_t *labextension_entry (const json_t *package)
{
    static const char *const optional[] = { "extension", "mimeExtension", "style" };
    if (!labextension_usable (package))
        return NULL;
    const json_t *build = build_of (package);
    json_t *entry = json_object ();
    json_object_set (entry, "name", json_object_get (package, "name"));
    json_object_set (entry, "load", json_object_get (build, "load"));
    for (size_t i = 0; i < ARRAY_SIZE (optional); i++) {
        json_t *value = json_object_get (build, optional[i]);
        if (value)
            json_object_set (entry, optional[i], value);
    }
    json_t *entrypoints = json_object_get (build, "entrypoints");
    json_object_set (entry, "entrypoints", entrypoints ? entrypoints : json_null ());
    return entry;
}

const json_t *labextension_disables (const json_t *package)
{
    const json_t *list =
        json_object_get (json_object_get (package, "jupyterlab"), "disabledExtensions");
    return json_array_size (list) ? list : NULL;
}

static void add (struct scan *s, const char *dir, json_t *package)
{
    const char *name = jsonx_str (package, "name", NULL);
    if (!name || map_get (s->seen, name))
        return;
    map_set (s->seen, name, s->ret);
    struct labextensions *r = s->ret;
    r->v = xrealloc (r->v, r->n + 1, sizeof *r->v);
    r->v[r->n++] =
        (struct labextension){ xstrdup (name), xstrdup (dir), json_incref (package) };
}

/* False: DIR holds no package.json. */
static bool look (struct scan *s, const char *dir)
{
    autofree char *path = path_join (dir, "package.json");
    if (++s->looked > LABEXTENSIONS_MAX || access (path, F_OK) < 0)
        return false;
    struct err err;
    autojson json_t *package = file_cache_get (s->cache, path, jsonx_parse, &err);
    if (package)
        add (s, dir, package);
    else
        log_warning ("lab", "extension skipped: %s", err.text);
    return true;
}

/* Names in DIR that do not start with a dot, sorted. */
static void names_in (const char *dir, struct strv *ret)
{
    strv_init (ret);
    DIR *d = opendir (dir);
    if (!d)
        return;
    const struct dirent *e;
    while ((e = readdir (d)) && ret->n < LABEXTENSIONS_MAX)
        if (e->d_name[0] != '.')
            strv_add (ret, e->d_name);
    closedir (d);
    strv_sort (ret);
}

static void look_in (struct scan *s, const char *dir, bool scopes)
{
    autodone (strv_done) struct strv names;
    names_in (dir, &names);
    for (size_t i = 0; i < names.n; i++) {
        autofree char *sub = path_join (dir, names.v[i]);
        if (names.v[i][0] != '@')
            (void)look (s, sub);
        else if (scopes)
            look_in (s, sub, false);
    }
}

void labextensions_scan (struct file_cache *c, const struct strv *path,
                         struct labextensions *ret)
{
    autocleanup (map_free) struct map *seen = map_new (NULL);
    *ret = (struct labextensions){ 0 };
    struct scan s = { c, seen, ret, 0 };
    for (size_t i = 0; i < path->n; i++)
        if (!look (&s, path->v[i]))
            look_in (&s, path->v[i], true);
}

void labextensions_done (struct labextensions *e)
{
    for (size_t i = 0; i < e->n; i++) {
        free (e->v[i].name);
        free (e->v[i].dir);
        json_decref (e->v[i].package);
    }
    free (e->v);
    *e = (struct labextensions){ 0 };
}

/* REL without its leading "NAME/", if it has that. */
static const char *below_name (const char *rel, const char *name)
{
    size_t n = strlen (name);
    return n && !strncmp (rel, name, n) && rel[n] == '/' ? rel + n + 1 : NULL;
}

/* DIR is an extension by itself: its files are below its package name. */
static char *file_of_single (struct file_cache *c, const char *dir, const char *rel)
{
    struct err err;
    autofree char *manifest = path_join (dir, "package.json");
    autojson json_t *package = file_cache_get (c, manifest, jsonx_parse, &err);
    const char *rest = package ? below_name (rel, jsonx_str (package, "name", "")) : NULL;
    return rest ? lab_path (dir, rest, strlen (rest)) : NULL;
}

char *labextensions_file (struct file_cache *c, const struct strv *path, const char *rel,
                          size_t n)
{
    if (strlen (rel) != n)
        return NULL;
    for (size_t i = 0; i < path->n; i++) {
        autofree char *file = lab_path (path->v[i], rel, n);
        if (file && access (file, F_OK) == 0)
            return take_ptr (file);
        autofree char *own = file_of_single (c, path->v[i], rel);
        if (own && access (own, F_OK) == 0)
            return take_ptr (own);
    }
    return NULL;
}
