/* test_lab_files.c - what is found on disk: extensions, schemas, layouts, language packs,
 * parsed files */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/map.h"
#include "base/path.h"
#include "server/file_cache.h"
#include "server/lab_dirs.h"
#include "server/lab_layout.h"
#include "server/lab_schemas.h"
#include "server/labextensions.h"
#include "server/langpack.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <utime.h>

struct fixture {
    char *dir;
    struct lab lab;
};

static void put (const struct fixture *f, const char *name, const char *text)
{
    autofree char *path = path_join (f->dir, name);
    struct err err;
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0644, &err), 0);
}

static int set_up (void **state)
{
    struct fixture *f = xnew (struct fixture);
    char template[] = "/tmp/labfilesXXXXXX";
    f->dir = xstrdup (mkdtemp (template));
    f->lab.cache = file_cache_new ();
    autofree char *app = path_join (f->dir, "app"), *config = path_join (f->dir, "config");
    lab_dirs_set (&f->lab.dirs, app, config);
    strv_addf (&f->lab.dirs.labextensions, "%s/own", f->dir);
    strv_addf (&f->lab.dirs.labextensions, "%s/first", f->dir);
    strv_addf (&f->lab.dirs.labextensions, "%s/second", f->dir);
    strv_addf (&f->lab.dirs.site_packages, "%s/site", f->dir);
    *state = f;
    return 0;
}

static int tear_down (void **state)
{
    struct fixture *f = *state;
    lab_dirs_done (&f->lab.dirs);
    file_cache_free (f->lab.cache);
    (void)fd_remove_tree (f->dir, NULL);
    free (f->dir);
    free (f);
    return 0;
}

static void add_extensions (const struct fixture *f)
{
    put (f, "own/package.json", "{\"name\":\"@own/x\"}");
    put (f, "own/static/own.js", "own");
    put (f, "first/b/package.json", "{\"name\":\"b\",\"version\":\"1\"}");
    put (f, "first/b/static/b.js", "b");
    put (f, "first/@s/a/package.json", "{\"name\":\"@s/a\"}");
    put (f, "first/broken/package.json", "{");
    put (f, "first/.hidden/package.json", "{\"name\":\"hidden\"}");
    put (f, "second/b/package.json", "{\"name\":\"b\",\"version\":\"2\"}");
    put (f, "second/c/package.json", "{\"name\":\"c\"}");
    put (f, "outside.js", "secret");
}

static void extensions (void **state)
{
    const struct fixture *f = *state;
    add_extensions (f);
    struct labextensions all;
    labextensions_scan (f->lab.cache, &f->lab.dirs.labextensions, &all);
    static const char *const names[] = { "@own/x", "@s/a", "b", "c" };
    assert_int_equal (all.n, ARRAY_SIZE (names));
    for (size_t i = 0; i < all.n; i++)
        assert_string_equal (all.v[i].name, names[i]);
    assert_string_equal (jsonx_str (all.v[2].package, "version", ""), "1");
    labextensions_done (&all);
}

static bool served (const struct fixture *f, const char *rel)
{
    autofree char *file =
        labextensions_file (f->lab.cache, &f->lab.dirs.labextensions, rel, strlen (rel));
    return file != NULL;
}

static void extension_files (void **state)
{
    const struct fixture *f = *state;
    add_extensions (f);
    assert_true (served (f, "b/static/b.js"));
    assert_true (served (f, "@own/x/static/own.js"));
    assert_true (served (f, "c/package.json"));
    assert_false (served (f, "own/static/own.js"));
    assert_false (served (f, "../outside.js"));
    assert_false (served (f, "b/../../outside.js"));
    assert_false (served (f, "@own/x/../outside.js"));
    assert_null (labextensions_file (f->lab.cache, &f->lab.dirs.labextensions, "b\0c", 3));
}

static void schemas (void **state)
{
    struct fixture *f = *state;
    struct err err;
    put (f, "app/schemas/@j/one/a.json", "{}");
    put (f, "app/schemas/@j/one/b.json", "{}");
    put (f, "app/schemas/@j/one/package.json.orig", "{\"version\":\"4.5\"}");
    put (f, "first/x/package.json", "{\"name\":\"@j/one\"}");
    put (f, "first/x/schemas/@j/one/b.json", "{}");
    autocleanup (map_free) struct map *all = lab_schemas_find_all (&f->lab);
    autodone (strv_done) struct strv ids;
    lab_schemas_ids (all, &ids);
    assert_int_equal (ids.n, 2);
    assert_string_equal (ids.v[0], "@j/one:b");
    assert_string_equal (ids.v[1], "@j/one:a");
    assert_non_null (strstr (map_get (all, "@j/one:b"), "/first/x/schemas/"));
    autofree char *path = lab_schemas_find (&f->lab, "@j/one:a", &err);
    autofree char *version = lab_schemas_version (&f->lab, path);
    assert_string_equal (version, "4.5");
    assert_null (lab_schemas_find (&f->lab, "@j/one:none", &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

static void schema_ids (void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "a",    ":",     "a:",   ":b",   "a:b:c",    "../x:y", "a//b:c",
        "/a:b", "a/:b", "a:b/c", "a:..", ".a:b", "a/../b:c", "a:.b",   "\xff:b"
    };
    assert_true (lab_schemas_id_valid ("a:b"));
    assert_true (lab_schemas_id_valid ("@jupyterlab/apputils-extension:themes"));
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_false (lab_schemas_id_valid (bad[i]));
}

static const char layout[] =
    " {\"data\": {\"x\": 0.1e1}, \"metadata\": {\"id\": \"/default\"}} ";

static void layouts (void **state)
{
    const struct fixture *f = *state;
    const char *dir = f->lab.dirs.workspaces;
    struct err err;
    autojson json_t *empty = lab_layout_get (dir, "default", &err);
    autofree char *text = jsonx_dump_string (empty, 0, true);
    assert_string_equal (text, "{\"data\":{},\"metadata\":{\"id\":\"/default\"}}");
    assert_int_equal (lab_layout_put (dir, "default", layout, strlen (layout), &err), 0);

    autofree char *path = path_join (dir, "default-37a8.jupyterlab-workspace");
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    assert_int_equal (fd_read_file (path, &b, &err), 0);
    assert_int_equal (b.len, strlen (layout) - 2);
    assert_memory_equal (b.data, layout + 1, b.len);

    autojson json_t *one = lab_layout_get (dir, "default", &err);
    const json_t *metadata = json_object_get (one, "metadata");
    assert_non_null (strstr (jsonx_str (metadata, "last_modified", ""), "+00:00"));
    autojson json_t *all = lab_layout_list (dir);
    const json_t *ids = json_object_get (json_object_get (all, "workspaces"), "ids");
    assert_string_equal (json_string_value (json_array_get (ids, 0)), "/default");

    assert_int_equal (lab_layout_delete (dir, "default", &err), 0);
    assert_int_equal (lab_layout_delete (dir, "default", &err), -1);
    assert_string_equal (err.text, "Workspace 'default' ('default-37a8') not found");
}

static int put_layout (const struct fixture *f, const char *name, const char *body,
                       struct err *err)
{
    return lab_layout_put (f->lab.dirs.workspaces, name, body, strlen (body), err);
}

static void layout_ids (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    assert_int_equal (put_layout (f, "a b", "{\"metadata\":{\"id\":\"/a%20b\"}}", &err), 0);
    assert_int_equal (put_layout (f, "a", "{\"metadata\":{\"id\":\"b\"}}", &err), -1);
    assert_string_equal (err.text, "Workspace metadata ID mismatch: expected 'a' got 'b'");
    assert_int_equal (put_layout (f, "a", "{\"metadata\":{\"id\":3}}", &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_int_equal (put_layout (f, "a", "[]", &err), -1);
    assert_int_equal (put_layout (f, "a", "{", &err), -1);
    assert_int_equal (put_layout (f, "a", "", &err), -1);
}

static void broken_layout_is_none (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    put (f, "config/lab/workspaces/default-37a8.jupyterlab-workspace", "");
    autojson json_t *j = lab_layout_get (f->lab.dirs.workspaces, "default", &err);
    assert_int_equal (json_object_size (json_object_get (j, "data")), 0);
    autojson json_t *all = lab_layout_list (f->lab.dirs.workspaces);
    const json_t *ids = json_object_get (json_object_get (all, "workspaces"), "ids");
    assert_int_equal (json_array_size (ids), 0);
}

#define MESSAGES "site/jupyterlab_language_pack_fr_FR/locale/fr_FR/LC_MESSAGES/"

static void packs (void **state)
{
    struct fixture *f = *state;
    put (f, MESSAGES "jupyterlab.json",
         "{\"\":{\"language\":\"fr-FR\"},\"schema\\u0004Theme\":[\"Thème\"],"
         "\"settings\\u0004Size\":[\"Taille\"],\"menu\\u0004File\":[\"Fichier\"],"
         "\"own\\u0004Deep\":[\"Profond\"]}");
    assert_null (langpack_open (f->lab.cache, &f->lab.dirs.site_packages, "de_DE"));
    autocleanup (langpack_free) struct langpack *p =
        langpack_open (f->lab.cache, &f->lab.dirs.site_packages, "fr_FR");
    assert_non_null (p);
    struct err err;
    static const char schema[] =
        "{\"title\":\"Theme\",\"type\":\"Theme\",\"properties\":{\"a\":{\"title\":\"Size\","
        "\"default\":\"Size\"}},\"jupyter.lab.menus\":{\"main\":[{\"label\":\"File\"}]},"
        "\"x\":{\"deep\":\"Deep\"},"
        "\"jupyter.lab.internationalization\":{\"selectors\":{\"x/deep\":\"own\"}}}";
    autojson json_t *j = jsonx_parse (schema, strlen (schema), &err);
    langpack_translate_schema (p, j);
    assert_string_equal (jsonx_str (j, "title", ""), "Thème");
    assert_string_equal (jsonx_str (j, "type", ""), "Theme");
    const json_t *a = json_object_get (json_object_get (j, "properties"), "a");
    assert_string_equal (jsonx_str (a, "title", ""), "Taille");
    assert_string_equal (jsonx_str (a, "default", ""), "Size");
    assert_string_equal (jsonx_str (json_object_get (j, "x"), "deep", ""), "Profond");
    const json_t *menu = json_object_get (json_object_get (j, "jupyter.lab.menus"), "main");
    assert_string_equal (jsonx_str (json_array_get (menu, 0), "label", ""), "Fichier");
    autojson json_t *list = langpack_list (&f->lab.dirs.site_packages);
    assert_int_equal (json_object_size (list), 2);
    assert_string_equal (jsonx_str (json_object_get (list, "fr_FR"), "displayName", ""),
                         "French (France)");
}

static void locales (void **state)
{
    (void)state;
    static const char *const good[] = { "en", "fr_FR", "zh_Hans_CN", "es_419", "ast_ES" };
    static const char *const bad[] = { "",      "xx",  "FR",     "fr_fr", "fr-FR",
                                       "../..", "fr_", "fr_FRA", "f",     "fr_FR_" };
    for (size_t i = 0; i < ARRAY_SIZE (good); i++)
        assert_true (langpack_locale_valid (good[i]));
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_false (langpack_locale_valid (bad[i]));
}

/* As if the file had been there for an hour: only then its value is kept. */
static void cache (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    put (f, "j.json", "[1]");
    autofree char *path = path_join (f->dir, "j.json");
    struct timespec wait = { 0, (FILE_CACHE_RACY_US + 50000) * 1000 };
    nanosleep (&wait, NULL);
    for (int i = 0; i < 3; i++)
        json_decref (file_cache_get (f->lab.cache, path, jsonx_parse, &err));
    assert_int_equal (file_cache_misses (f->lab.cache), 1);
    put (f, "j.json", "[2]");
    autojson json_t *now = file_cache_get (f->lab.cache, path, jsonx_parse, &err);
    assert_int_equal (json_integer_value (json_array_get (now, 0)), 2);
    put (f, "j.json", "[");
    assert_null (file_cache_get (f->lab.cache, path, jsonx_parse, &err));
    assert_null (file_cache_get (f->lab.cache, f->dir, jsonx_parse, &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

#define CASE(f) cmocka_unit_test_setup_teardown (f, set_up, tear_down)

int main (void)
{
    const struct CMUnitTest tests[] = {
        CASE (extensions), CASE (extension_files),
        CASE (schemas),    CASE (schema_ids),
        CASE (layouts),    CASE (layout_ids),
        CASE (packs),      CASE (locales),
        CASE (cache),      CASE (broken_layout_is_none),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
