/* lab_schemas.c - where the settings schemas of plugins are */

#include "server/lab_schemas.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/url.h"
#include "server/labextensions.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 4 /* directories between the schemas directory and a schema */

bool lab_schemas_id_valid (const char *id)
{
    const char *colon = strchr (id, ':');
    if (!colon || strchr (colon + 1, ':') || !colon[1] || strchr (colon + 1, '/') ||
        strlen (id) > 512 || !utf8_valid (id, strlen (id)))
        return false;
    for (const char *p = id; p <= colon;) {
        size_t n = strcspn (p, "/:");
        if (n == 0 || *p == '.')
            return false;
        p += n + 1;
    }
    return colon[1] != '.';
}

char *lab_schemas_path (const char *root, const char *id, const char *suffix)
{
    const char *colon = strchr (id, ':');
    return xasprintf ("%s/%.*s/%s%s", root, (int)(colon - id), id, colon + 1, suffix);
}

static bool ends_with (const char *s, const char *suffix)
{
    size_t n = strlen (s), k = strlen (suffix);
    return n > k && !strcmp (s + n - k, suffix);
}

static bool is_dir (const char *path)
{
    struct stat st;
    return stat (path, &st) == 0 && S_ISDIR (st.st_mode);
}

/* DIR/NAME.json is the schema of "PACKAGE:NAME", if nobody had that id before. */
static void add_schema (struct map *found, const char *dir, const char *package,
                        const char *name)
{
    autofree char *id = xasprintf ("%s:%.*s", package, (int)(strlen (name) - 5), name);
    if (map_count (found) < LAB_SCHEMAS_MAX && lab_schemas_id_valid (id) &&
        !map_get (found, id))
        map_set (found, id, path_join (dir, name));
}

/* PACKAGE is the part of DIR below the schemas directory. */
static void search (struct map *found, const char *dir, const char *package, int depth)
{
    DIR *d = opendir (dir);
    if (!d)
        return;
    const struct dirent *e;
    while ((e = readdir (d))) {
        if (e->d_name[0] == '.')
            continue;
        if (ends_with (e->d_name, ".json")) {
            add_schema (found, dir, package, e->d_name);
            continue;
        }
        autofree char *sub = path_join (dir, e->d_name);
        if (depth < MAX_DEPTH && !strchr (e->d_name, ':') && is_dir (sub)) {
            autofree char *below =
                *package ? path_join (package, e->d_name) : xstrdup (e->d_name);
            search (found, sub, below, depth + 1);
        }
    }
    closedir (d);
}

struct map *lab_schemas_find_all (struct lab *l)
{
    struct map *found = map_new (free);
    struct labextensions all;
    labextensions_scan (l->cache, &l->dirs.labextensions, &all);
    for (size_t i = 0; i < all.n; i++) {
        autofree char *dir = path_join (all.v[i].dir, "schemas");
        search (found, dir, "", 0);
    }
    labextensions_done (&all);
    search (found, l->dirs.schemas, "", 0);
    return found;
}

void lab_schemas_ids (const struct map *schemas, struct strv *ret)
{
    strv_init (ret);
    for (struct map_item *i = map_first (schemas); i; i = map_next (i))
        strv_add (ret, i->key);
    strv_sort (ret);
    for (size_t i = 0, k = ret->n; i + 1 < k; i++) {
        k--;
        char *t = ret->v[i];
        ret->v[i] = ret->v[k];
        ret->v[k] = t;
    }
}

char *lab_schemas_find (struct lab *l, const char *id, struct err *err)
{
    if (!lab_schemas_id_valid (id)) {
        (void)err_set (err, PROBLEM_NOT_FOUND, "Schema not found: %s", id);
        return NULL;
    }
    struct labextensions all;
    labextensions_scan (l->cache, &l->dirs.labextensions, &all);
    char *found = NULL;
    for (size_t i = 0; i < all.n && !found; i++) {
        autofree char *dir = path_join (all.v[i].dir, "schemas");
        autofree char *path = lab_schemas_path (dir, id, ".json");
        if (access (path, F_OK) == 0)
            found = take_ptr (path);
    }
    labextensions_done (&all);
    if (found)
        return found;
    autofree char *path = lab_schemas_path (l->dirs.schemas, id, ".json");
    if (access (path, F_OK) == 0)
        return take_ptr (path);
    (void)err_set (err, PROBLEM_NOT_FOUND, "Schema not found: %s", path);
    return NULL;
}

char *lab_schemas_version (struct lab *l, const char *schema_path)
{
    autofree char *dir = path_dirname (schema_path);
    autofree char *path = path_join (dir, "package.json.orig");
    struct err err;
    autojson json_t *package = file_cache_get (l->cache, path, jsonx_parse, &err);
    return xstrdup (package ? jsonx_str (package, "version", "N/A") : "N/A");
}
