/* lab_extensions_api.c - lab/api/extensions: what is installed, read-only (contract 4.10)
 *
 * Extensions come with packages of the environment; installing is the package manager's
 * business, and their install.json says whose.  Switching one off or on goes to the page
 * config like a plugin.
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_plugins.h"
#include "server/lab_switch.h"
#include "server/labextensions.h"
#include "server/page_config.h"

#include <stdlib.h>
#include <string.h>

#define EXTENSIONS_BODY (64 * 1024)
#define PER_PAGE 30

struct asked {
    char *query; /* "" none */
    long page, per_page;
    long pages; /* found out */
};

static void asked_free (void *arg)
{
    struct asked *a = arg;
    free (a->query);
    free (a);
}

/* A text that package.json gives plainly, or inside an object under SUB: {"author":
 * {"name": ...}}. */
static void set_text (json_t *item, const char *key, const json_t *package,
                      const char *from, const char *sub)
{
    const json_t *value = json_object_get (package, from);
    const char *text =
        json_is_object (value) ? jsonx_str (value, sub, NULL) : json_string_value (value);
    jsonx_set_str (item, key, text);
}

static json_t *install_of (struct lab *l, const char *dir)
{
    static const char *const keys[] = { "packageManager", "packageName",
                                        "uninstallInstructions" };
    autofree char *path = path_join (dir, "install.json");
    struct err err;
    autojson json_t *found = file_cache_get (l->cache, path, jsonx_parse, &err);
    if (!json_is_object (found))
        return json_null ();
    json_t *install = json_object ();
    for (size_t i = 0; i < ARRAY_SIZE (keys); i++)
        jsonx_set_str (install, keys[i], jsonx_str (found, keys[i], NULL));
    return install;
}

static bool is_disabled (const json_t *disabled, const char *name)
{
    size_t i;
    json_t *id;
    json_array_foreach ((json_t *)disabled, i,
                        id) if (!strcmp (json_string_value (id), name)) return true;
    return false;
}

static json_t *describe (struct lab *l, const struct labextension *x,
                         const json_t *disabled)
{
    json_t *item = json_object ();
    jsonx_set_str (item, "name", x->name);
    jsonx_set_str (item, "description", jsonx_str (x->package, "description", ""));
    jsonx_set_str (item, "homepage_url", jsonx_str (x->package, "homepage", ""));
    jsonx_set_str (item, "pkg_type", "prebuilt");
    json_object_set_new (item, "allowed", json_true ());
    json_object_set_new (item, "approved", json_false ());
    json_object_set_new (item, "companion", json_null ());
    json_object_set_new (item, "core", json_false ());
    json_object_set_new (item, "enabled", json_boolean (!is_disabled (disabled, x->name)));
    json_object_set_new (item, "install", install_of (l, x->dir));
    json_object_set_new (item, "installed", json_true ());
    set_text (item, "installed_version", x->package, "version", "");
    set_text (item, "latest_version", x->package, "version", "");
    jsonx_set_str (item, "status", "ok");
    set_text (item, "author", x->package, "author", "name");
    set_text (item, "license", x->package, "license", "type");
    set_text (item, "bug_tracker_url", x->package, "bugs", "url");
    json_object_set_new (item, "documentation_url", json_null ());
    json_object_set_new (item, "package_manager_url", json_null ());
    set_text (item, "repository_url", x->package, "repository", "url");
    return item;
}

static bool wanted (const struct labextension *x, const char *query)
{
    if (!labextension_usable (x->package))
        return false;
    return !*query || strcasestr (x->name, query) ||
           strcasestr (jsonx_str (x->package, "description", ""), query);
}

static json_t *all_of (struct lab *l, const char *query)
{
    autojson json_t *config = page_config_disk (l);
    const json_t *disabled = json_object_get (config, "disabledExtensions");
    struct labextensions all;
    labextensions_scan (l->cache, &l->dirs.labextensions, &all);
    json_t *list = json_array ();
    for (size_t i = 0; i < all.n; i++)
        if (wanted (&all.v[i], query))
            json_array_append_new (list, describe (l, &all.v[i], disabled));
    labextensions_done (&all);
    return list;
}

static int list_work (struct lab_job *job, struct err *err)
{
    struct asked *a = job->arg;
    autojson json_t *list = all_of (job->lab, a->query);
    size_t n = json_array_size (list), per = (size_t)a->per_page;
    a->pages = n == 0 ? 1 : (long)((n + per - 1) / per);
    job->json = json_array ();
    for (size_t i = (size_t)(a->page - 1) * per; i < n && i < (size_t)a->page * per; i++)
        json_array_append (job->json, json_array_get (list, i));
    return 0;
}

static void add_link (struct buf *b, const char *url, const struct asked *a, long page,
                      const char *rel)
{
    (void)buf_addf (b, "%s<%s?page=%ld&per_page=%ld>; rel=\"%s\"", b->len ? ", " : "", url,
                    page, a->per_page, rel);
}

/* Which pages there are besides this one, if there are. */
static void set_links (struct lab_job *job)
{
    const struct asked *a = job->arg;
    if (a->pages < 2)
        return;
    const char *url = http_req_path (job->req);
    autodone (buf_done) struct buf b;
    buf_init (&b, 16 * 1024);
    add_link (&b, url, a, a->pages, "last");
    add_link (&b, url, a, 1, "first");
    if (a->page > 1)
        add_link (&b, url, a, a->page - 1, "prev");
    if (a->page < a->pages)
        add_link (&b, url, a, a->page + 1, "next");
    if (!b.overflow)
        http_header_set (job->req, "Link", b.data);
}

static long number (struct http_req *req, const char *key, long dflt, long max)
{
    const char *s = http_req_arg (req, key);
    long n = s ? strtol (s, NULL, 10) : dflt;
    return n < 1 ? dflt : n > max ? max : n;
}

static void extensions_get (struct http_req *req)
{
    const char *query = http_req_arg (req, "query");
    struct asked *a = xnew (struct asked);
    a->query = xstrdup (query ? query : "");
    a->page = number (req, "page", 1, 100000);
    a->per_page = number (req, "per_page", PER_PAGE, 1000);
    struct lab_job *job = lab_job_new (req, NULL);
    job->arg = a;
    job->free_arg = asked_free;
    job->after = set_links;
    lab_job_run (job, list_work);
}

static bool refuse_to_install (struct http_req *req, const char *cmd)
{
    if (strcmp (cmd, "install") && strcmp (cmd, "uninstall"))
        return false;
    http_reply_json (
        req, 500,
        lab_plugins_answer ("error",
                            "Extensions are installed with the package manager "
                            "of the environment.",
                            NULL));
    return true;
}

static void extensions_post (struct http_req *req)
{
    lab_switch_post (req, "extension", refuse_to_install);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/extensions", NULL, 0, 0, extensions_get },
    { HTTP_GET, "/lab/api/extensions/", NULL, 0, 0, extensions_get },
    { HTTP_POST, "/lab/api/extensions", NULL, 0, EXTENSIONS_BODY, extensions_post },
};
const struct route_table lab_extensions_routes = { rows, ARRAY_SIZE (rows) };
