/* lab_dirs.c - the search for the lab directory, extensions, settings and language packs
 *
 * The lab directory is the first of: the option LabApp.app_dir ($JUPYTERLAB_DIR), the one
 * that the build tree unpacked, <env prefix>/share/jupyter/lab, the data path, the
 * installed one.  What is configured is used whatever it holds; of the others the first
 * that has static/index.html.
 */
#include "server/lab_dirs.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "jupyter/jpaths.h"
#include "server/options.h"

#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_app (const char *dir)
{
    autofree char *index = path_join (dir, "static/index.html");
    return access (index, R_OK) == 0;
}

static void app_candidates (struct strv *ret, const struct jpaths *p)
{
    autofree char *tree = jpaths_build_tree ();
    if (tree)
        strv_addf (ret, "%s/.cache/lab/share/jupyter/lab", tree);
    if (*p->env_prefix)
        strv_addf (ret, "%s/share/jupyter/lab", p->env_prefix);
    for (size_t i = 0; i < p->data_path.n; i++)
        strv_addf (ret, "%s/lab", p->data_path.v[i]);
    strv_add (ret, LABWRIGHT_DATADIR "/lab");
    strv_add (ret, "/usr/local/share/jupyter/lab");
}

static char *find_app (const struct options *o, const struct jpaths *p)
{
    const char *set = options_str (o, "LabApp.app_dir");
    if (!*set)
        set = getenv ("JUPYTERLAB_DIR");
    if (set && *set)
        return path_absolute (set);
    autodone (strv_done) struct strv candidates;
    strv_init (&candidates);
    app_candidates (&candidates, p);
    for (size_t i = 0; i < candidates.n; i++) {
        if (!has_app (candidates.v[i]))
            continue;
        char *real = realpath (candidates.v[i], NULL);
        return real ? real : xstrdup (candidates.v[i]);
    }
    return xstrdup (candidates.v[0]);
}

/* The option, then the environment, then BELOW/NAME. */
static char *choose (const struct options *o, const char *trait, const char *variable,
                     const char *below, const char *name)
{
    const char *set = o ? options_str (o, trait) : "";
    if (!*set && variable)
        set = getenv (variable);
    return set && *set ? path_absolute (set) : path_join (below, name);
}

static void add_list (struct strv *ret, const json_t *list)
{
    size_t i;
    json_t *dir;
    json_array_foreach (list, i, dir)
    {
        if (!json_is_string (dir))
            continue;
        autofree char *absolute = path_absolute (json_string_value (dir));
        if (!strv_has (ret, absolute))
            strv_add (ret, absolute);
    }
}

static void add_once (struct strv *ret, const char *dir)
{
    if (!strv_has (ret, dir))
        strv_add (ret, dir);
}

/* Configured ones, our own extension, then the data path (contract 5.5). */
static void find_extensions (struct lab_dirs *d, const struct options *o,
                             const struct jpaths *p)
{
    add_list (&d->extra_labextensions,
              options_json (o, "LabServerApp.extra_labextensions_path"));
    strv_copy (&d->labextensions, &d->extra_labextensions);
    autofree char *tree = jpaths_build_tree ();
    if (tree) {
        autofree char *own = path_join (tree, "web/extension/labextension");
        add_once (&d->labextensions, own);
    }
    add_once (&d->labextensions, LABWRIGHT_DATADIR "/labextensions");
    if (options_is_set (o, "LabServerApp.labextensions_path")) {
        add_list (&d->labextensions, options_json (o, "LabServerApp.labextensions_path"));
        return;
    }
    for (size_t i = 0; i < p->data_path.n; i++) {
        autofree char *dir = path_join (p->data_path.v[i], "labextensions");
        add_once (&d->labextensions, dir);
    }
}

static void add_glob (struct strv *ret, const char *pattern)
{
    glob_t g;
    if (glob (pattern, 0, NULL, &g) == 0) {
        for (size_t i = 0; i < g.gl_pathc; i++)
            add_once (ret, g.gl_pathv[i]);
        globfree (&g);
    }
}

static void find_site_packages (struct lab_dirs *d, const struct jpaths *p)
{
    autofree char *env = xasprintf ("%s/lib/python3*/site-packages", p->env_prefix);
    autofree char *user = xasprintf ("%s/.local/lib/python3*/site-packages", p->home);
    if (*p->env_prefix)
        add_glob (&d->site_packages, env);
    add_glob (&d->site_packages, user);
    add_glob (&d->site_packages, "/usr/lib/python3/dist-packages");
}

static void below_app (struct lab_dirs *d, const struct options *o)
{
    d->app_settings = choose (o, "LabServerApp.app_settings_dir", NULL, d->app, "settings");
    d->static_files = choose (o, "LabServerApp.static_dir", NULL, d->app, "static");
    d->schemas = choose (o, "LabServerApp.schemas_dir", NULL, d->app, "schemas");
    d->themes = choose (o, "LabServerApp.themes_dir", NULL, d->app, "themes");
}

void lab_dirs_find (struct lab_dirs *d, const struct options *o, const struct jpaths *p)
{
    d->app = find_app (o, p);
    below_app (d, o);
    d->user_settings = choose (o, "LabApp.user_settings_dir", "JUPYTERLAB_SETTINGS_DIR",
                               p->config_dir, "lab/user-settings");
    d->workspaces = choose (o, "LabApp.workspaces_dir", "JUPYTERLAB_WORKSPACES_DIR",
                            p->config_dir, "lab/workspaces");
    find_extensions (d, o, p);
    find_site_packages (d, p);
}

void lab_dirs_set (struct lab_dirs *d, const char *app, const char *config)
{
    d->app = xstrdup (app);
    below_app (d, NULL);
    d->user_settings = path_join (config, "lab/user-settings");
    d->workspaces = path_join (config, "lab/workspaces");
}

void lab_dirs_done (struct lab_dirs *d)
{
    free (d->app);
    free (d->app_settings);
    free (d->static_files);
    free (d->schemas);
    free (d->themes);
    free (d->user_settings);
    free (d->workspaces);
    strv_done (&d->labextensions);
    strv_done (&d->extra_labextensions);
    strv_done (&d->site_packages);
}

char *lab_path (const char *root, const char *rel, size_t n)
{
    struct err err;
    return path_to_os (root, rel, n, &err);
}
