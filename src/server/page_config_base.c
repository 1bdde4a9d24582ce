/* page_config_base.c - page config from options, identity and URLs (contract 5.3, 5.4)
 *
 * The order is that of the original, since a later step overwrites an earlier one:
 * configured page_config_data and the application's own values, what is only set if absent,
 * one key for each trait of LabServerApp, the full forms of its URLs.
 */
#include "server/page_config.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/url.h"
#include "http/http.h"
#include "jupyter/jpaths.h"
#include "server/identity.h"
#include "server/kernels.h"
#include "server/options.h"
#include "server/server.h"

#include <stdbool.h>
#include <string.h>

/* jupyter_server's version_info, as JSON in a string: upload chunking and export depend on
 * it. */
static const char notebook_version[] = "[2, 21, 0, \"\"]";

/* Asked for only by extensions that bring MathJax 2. */
static const char mathjax_url[] =
    "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/MathJax.js";

enum trait_kind { TRAIT_STR, TRAIT_BOOL, TRAIT_URL };

static const struct {
    const char *key;
    const char *trait;
    enum trait_kind kind;
    const char *full_key; /* of a URL */
} traits[] = {
    { "appName", "LabServerApp.app_name", TRAIT_STR, NULL },
    { "appNamespace", "LabServerApp.app_namespace", TRAIT_STR, NULL },
    { "cacheFiles", "LabServerApp.cache_files", TRAIT_BOOL, NULL },
    { "notebookStartsKernel", "LabServerApp.notebook_starts_kernel", TRAIT_BOOL, NULL },
    { "copyAbsolutePath", "LabServerApp.copy_absolute_path", TRAIT_BOOL, NULL },
    { "appUrl", "LabServerApp.app_url", TRAIT_URL, "fullAppUrl" },
    { "labextensionsUrl", "LabServerApp.labextensions_url", TRAIT_URL,
      "fullLabextensionsUrl" },
    { "settingsUrl", "LabServerApp.settings_url", TRAIT_URL, "fullSettingsUrl" },
    { "workspacesApiUrl", "LabServerApp.workspaces_api_url", TRAIT_URL,
      "fullWorkspacesApiUrl" },
    { "listingsUrl", "LabServerApp.listings_url", TRAIT_URL, "fullListingsUrl" },
    { "themesUrl", "LabServerApp.themes_url", TRAIT_URL, "fullThemesUrl" },
    { "licensesUrl", "LabServerApp.licenses_url", TRAIT_URL, "fullLicensesUrl" },
    { "translationsApiUrl", "LabServerApp.translations_api_url", TRAIT_URL,
      "fullTranslationsApiUrl" },
    { "treeUrl", "LabServerApp.tree_url", TRAIT_URL, "fullTreeUrl" },
};

static void set_bool (json_t *config, const char *key, bool value)
{
    json_object_set_new (config, key, json_boolean (value));
}

static void set_default (json_t *config, const char *key, json_t *value)
{
    if (json_object_get (config, key))
        json_decref (value);
    else
        json_object_set_new (config, key, value);
}

static void add_untracked (json_t *config, const struct options *o)
{
    autodone (strv_done) struct strv types;
    json_t *list = json_array ();
    strv_init (&types);
    kernels_untracked (o, &types);
    for (size_t i = 0; i < types.n; i++)
        json_array_append_new (list, json_string (types.v[i]));
    json_object_set_new (config, "untracked_message_types", list);
}

static void add_application (json_t *config, const struct lab *l)
{
    const struct options *o = l->server->options;
    jsonx_set_str (config, "token", identity_token (l->server->identity));
    jsonx_set_str (config, "notebookVersion", notebook_version);
    /* Our extension asks for recorded outputs; elsewhere it would get a 404. */
    jsonx_set_str (config, "labwrightRecovery", "1");
    /* And for its workspace, which a hub has beside us below the same address. */
    if (l->server->handed.user)
        jsonx_set_str (config, "labwrightWorkspace", "1");
    set_bool (config, "devMode", false);
    set_bool (config, "buildAvailable", false);
    set_bool (config, "buildCheck", false);
    set_bool (config, "exposeAppInBrowser",
              options_bool (o, "LabApp.expose_app_in_browser"));
    set_bool (config, "quitButton", options_bool (o, "ServerApp.quit_button"));
    set_bool (config, "allow_hidden_files",
              options_bool (o, "ContentsManager.allow_hidden"));
    set_bool (config, "delete_to_trash",
              options_bool (o, "ContentsManager.delete_to_trash"));
    json_object_set_new (config, "extensionManager",
                         json_pack ("{s:s, s:b, s:n}", "name", "read-only", "can_install",
                                    0, "install_path"));
    bool news = *options_str (o, "LabApp.news_url");
    json_object_set_new (config, "news", json_pack ("{s:b}", "disabled", !news));
    add_untracked (config, o);
}

/* The root directory as people write it: "~/work". */
static char *server_root (const struct lab *l)
{
    const char *root = l->server->root_dir, *home = l->server->jpaths->home;
    size_t n = home ? strlen (home) : 0;
    if (n > 1 && !strncmp (root, home, n) && (!root[n] || root[n] == '/'))
        return xasprintf ("~%s", root + n);
    return xstrdup (root);
}

/* The API path where the file browser begins; "/" is the root. */
static char *preferred_path (const struct lab *l)
{
    const char *dir = options_str (l->server->options, "ContentsManager.preferred_dir");
    if (!*dir)
        dir = options_str (l->server->options, "ServerApp.preferred_dir");
    if (!*dir)
        return xstrdup ("/");
    if (*dir != '/')
        return path_api_normal (dir);
    char *api = path_to_api (l->server->root_dir, dir);
    if (api && *api)
        return api;
    free (api);
    return xstrdup ("/");
}

static void add_paths (json_t *config, const struct lab *l)
{
    autofree char *root = server_root (l);
    set_default (config, "serverRoot", json_string (root));
    autofree char *preferred = preferred_path (l);
    jsonx_set_str (config, "preferredPath", preferred);
    autofree char *encoded = url_encode_path (l->server->root_dir);
    autofree char *uri = xasprintf ("file://%s", encoded);
    autofree char *virtual_uri = xasprintf ("%s/.virtual_documents", uri);
    set_default (config, "rootUri", json_string (uri));
    set_default (config, "virtualDocumentsUri", json_string (virtual_uri));
}

/* A local URL gets a leading slash and loses the trailing one; an absolute one stays. */
static char *normal_url (const char *url)
{
    if (strstr (url, "://"))
        return xstrdup (url);
    size_t n = strlen (url);
    while (n > 0 && url[n - 1] == '/')
        n--;
    return xasprintf ("%s%.*s", *url == '/' ? "" : "/", (int)n, url);
}

static char *full_url (const struct lab *l, const char *url)
{
    return strstr (url, "://") ? xstrdup (url) : url_join (l->server->base_url, url);
}

static void add_url (json_t *config, const struct lab *l, size_t row)
{
    const char *set = options_str (l->server->options, traits[row].trait);
    const char *other = options_str (l->server->options, "LabApp.override_theme_url");
    if (*other && !strcmp (traits[row].key, "themesUrl"))
        set = other;
    autofree char *url = normal_url (set);
    autofree char *full = full_url (l, url);
    jsonx_set_str (config, traits[row].key, url);
    jsonx_set_str (config, traits[row].full_key, full);
}

static void add_traits (json_t *config, const struct lab *l)
{
    const struct options *o = l->server->options;
    for (size_t i = 0; i < ARRAY_SIZE (traits); i++) {
        if (traits[i].kind == TRAIT_STR)
            jsonx_set_str (config, traits[i].key, options_str (o, traits[i].trait));
        else if (traits[i].kind == TRAIT_BOOL)
            set_bool (config, traits[i].key, options_bool (o, traits[i].trait));
        else
            add_url (config, l, i);
    }
    const char *version = options_str (o, "LabServerApp.app_version");
    jsonx_set_str (config, "appVersion", *version ? version : l->version);
}

static json_t *list_of (const struct strv *s)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new (list, json_string (s->v[i]));
    return list;
}

static void add_dirs (json_t *config, const struct lab_dirs *d)
{
    jsonx_set_str (config, "appSettingsDir", d->app_settings);
    jsonx_set_str (config, "schemasDir", d->schemas);
    jsonx_set_str (config, "staticDir", d->static_files);
    jsonx_set_str (config, "templatesDir", d->static_files);
    jsonx_set_str (config, "themesDir", d->themes);
    jsonx_set_str (config, "userSettingsDir", d->user_settings);
    jsonx_set_str (config, "workspacesDir", d->workspaces);
    json_object_set_new (config, "labextensionsPath", list_of (&d->labextensions));
    json_object_set_new (config, "extraLabextensionsPath",
                         list_of (&d->extra_labextensions));
}

static void add_static_url (json_t *config, const struct lab *l)
{
    const char *other = options_str (l->server->options, "LabApp.override_static_url");
    autofree char *url =
        *other ? xstrdup (other) : url_join (l->server->base_url, "static/lab");
    set_default (config, "fullStaticUrl", json_string (url));
}

json_t *page_config_base (struct lab *l, struct http_req *req)
{
    const struct options *o = l->server->options;
    const json_t *tornado = options_json (o, "ServerApp.tornado_settings");
    const json_t *given = json_object_get (tornado, "page_config_data");
    json_t *config = json_is_object (given) ? json_deep_copy (given) : json_object ();

    add_application (config, l);
    add_static_url (config, l);
    set_default (config, "terminalsAvailable",
                 json_boolean (options_bool (o, "ServerApp.terminals_enabled")));
    set_default (config, "ignorePlugins", json_array ());
    set_default (config, "mathjaxConfig", json_string ("TeX-AMS_HTML-full,Safe"));
    set_default (config, "fullMathjaxUrl", json_string (mathjax_url));
    json_object_set_new (config, "store_id", json_integer (l->store_id++));
    add_paths (config, l);
    add_traits (config, l);
    add_dirs (config, &l->dirs);
    jsonx_set_str (config, "baseUrl", l->server->base_url);
    jsonx_set_str (config, "wsUrl", options_str (o, "ServerApp.websocket_url"));
    return config;
}
