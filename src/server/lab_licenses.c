/* lab_licenses.c - third-party licences of the application and of extensions */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "server/lab_licenses.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "server/labextensions.h"

#include <ctype.h>
#include <pcre2.h>
#include <string.h>

static const char file_name[] = "third-party-licenses.json";
static const char *const columns[] = { "name", "versionInfo", "licenseId",
                                       "extractedText" };

static pcre2_code *compile (const char *pattern, struct err *err)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *re = pcre2_compile ((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                    PCRE2_ANCHORED | PCRE2_UTF, &code, &offset, NULL);
    if (!re)
        (void)err_set (err, PROBLEM_INVALID, "bundles: not a regular expression");
    return re;
}

static bool matches (pcre2_code *re, const char *name)
{
    pcre2_match_data *m = pcre2_match_data_create (1, NULL);
    int rc = pcre2_match (re, (PCRE2_SPTR)name, PCRE2_ZERO_TERMINATED, 0, 0, m, NULL);
    pcre2_match_data_free (m);
    return rc >= 0;
}

/* The columns that we answer with, "" for what is missing. */
static json_t *plain_package (const json_t *package)
{
    json_t *plain = json_object ();
    for (size_t i = 0; i < ARRAY_SIZE (columns); i++)
        jsonx_set_str (plain, columns[i], jsonx_str (package, columns[i], ""));
    return plain;
}

static void add_bundle (struct lab *l, json_t *bundles, const char *name, const char *dir)
{
    autofree char *path = path_join (dir, file_name);
    struct err err;
    autojson json_t *found = file_cache_get (l->cache, path, jsonx_parse, &err);
    json_t *packages = json_array ();
    size_t i;
    json_t *package;
    json_array_foreach (json_object_get (found, "packages"), i, package)
        json_array_append_new (packages, plain_package (package));
    json_object_set_new (bundles, name, json_pack ("{s:o}", "packages", packages));
}

static void add_application (struct lab *l, json_t *bundles, pcre2_code *re)
{
    autofree char *path = path_join (l->dirs.static_files, "package.json");
    struct err err;
    autojson json_t *package = file_cache_get (l->cache, path, jsonx_parse, &err);
    const char *name = package ? jsonx_str (package, "name", "JupyterLab") : NULL;
    if (name && matches (re, name))
        add_bundle (l, bundles, name, l->dirs.static_files);
}

json_t *lab_licenses_read (struct lab *l, const char *pattern, struct err *err)
{
    pcre2_code *re = compile (pattern, err);
    if (!re)
        return NULL;
    json_t *bundles = json_object ();
    struct labextensions all;
    labextensions_scan (l->cache, &l->dirs.labextensions, &all);
    for (size_t i = 0; i < all.n; i++) {
        if (!matches (re, all.v[i].name))
            continue;
        autofree char *dir = path_join (all.v[i].dir, "static");
        add_bundle (l, bundles, all.v[i].name, dir);
    }
    labextensions_done (&all);
    add_application (l, bundles, re);
    pcre2_code_free (re);
    return bundles;
}

/* A field of CSV: quoted if it must be. */
static void add_field (struct buf *b, const char *s)
{
    if (!s[strcspn (s, ",\"\r\n")]) {
        (void)buf_adds (b, s);
        return;
    }
    (void)buf_addc (b, '"');
    for (; *s; s++) {
        if (*s == '"')
            (void)buf_addc (b, '"');
        (void)buf_addc (b, *s);
    }
    (void)buf_addc (b, '"');
}

void lab_licenses_csv (const json_t *bundles, struct buf *b)
{
    (void)buf_adds (b, "bundle");
    for (size_t k = 0; k < ARRAY_SIZE (columns); k++)
        (void)buf_addf (b, ",%s", columns[k]);
    (void)buf_adds (b, "\r\n");
    const char *name;
    json_t *bundle, *package;
    json_object_foreach ((json_t *)bundles, name, bundle)
    {
        size_t i;
        json_array_foreach (json_object_get (bundle, "packages"), i, package)
        {
            add_field (b, name);
            for (size_t k = 0; k < ARRAY_SIZE (columns); k++) {
                (void)buf_addc (b, ',');
                add_field (b, jsonx_str (package, columns[k], ""));
            }
            (void)buf_adds (b, "\r\n");
        }
    }
}

/* Of all names, for columns that stand below each other. */
static int longest_name (const json_t *bundles)
{
    size_t longest = 0, i;
    const char *name;
    json_t *bundle, *package;
    json_object_foreach ((json_t *)bundles, name, bundle)
        json_array_foreach (json_object_get (bundle, "packages"), i, package)
    {
        size_t n = strlen (jsonx_str (package, "name", ""));
        longest = n > longest ? n : longest;
    }
    return longest < 200 ? (int)longest : 200;
}

static void add_markdown_package (struct buf *b, const json_t *package, int width,
                                  bool full_text)
{
    autofree char *name = xasprintf ("**%s**", jsonx_str (package, "name", ""));
    autofree char *version = xasprintf ("`%s`", jsonx_str (package, "versionInfo", ""));
    const char *license = jsonx_str (package, "licenseId", "");
    (void)buf_addf (b, "## %-*s\t%-20s\t%s\n", width, name, version, license);
    const char *text = full_text ? jsonx_str (package, "extractedText", "") : "";
    if (*text)
        (void)buf_addf (b, "\n\n<pre/>\n%s\n\n</pre>\n\n", text);
}

void lab_licenses_markdown (const json_t *bundles, bool full_text, struct buf *b)
{
    int width = longest_name (bundles);
    const char *name;
    json_t *bundle, *package;
    json_object_foreach ((json_t *)bundles, name, bundle)
    {
        const json_t *packages = json_object_get (bundle, "packages");
        (void)buf_addf (b, "# %s\n\n", name);
        if (json_array_size (packages) == 0)
            (void)buf_adds (b, "> No licenses found\n");
        size_t i;
        json_array_foreach ((json_t *)packages, i, package)
            add_markdown_package (b, package, width, full_text);
    }
    if (b->len > 0) /* lines are joined by newlines: there is none behind the last */
        b->data[--b->len] = '\0';
}
