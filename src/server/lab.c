/* lab.c - where the files of JupyterLab are (contract 5.1, 0.4)
 *
 * The directories are settled once, at start.  The version is that of static/package.json,
 * which is the application's own manifest.
 */
#include "server/lab.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "http/http.h"
#include "jupyter/jpaths.h"
#include "server/lab_dirs.h"
#include "server/options.h"
#include "server/server.h"

#include <string.h>

/* "4.6.6", or "" if there is no application. */
static char *read_version (struct lab *l)
{
    autofree char *path = path_join (l->dirs.static_files, "package.json");
    struct err err;
    autojson json_t *package = file_cache_get (l->cache, path, jsonx_parse, &err);
    const json_t *lab = package ? json_object_get (package, "jupyterlab") : NULL;
    const char *version = jsonx_str (lab, "version", NULL);
    if (!version && package)
        version = jsonx_str (package, "version", NULL);
    return xstrdup (version ? version : "");
}

struct lab *lab_new (struct server *s, struct err *err)
{
    struct lab *l = xnew (struct lab);
    l->server = s;
    l->cache = file_cache_new ();
    l->locale = xstrdup ("");
    lab_dirs_find (&l->dirs, s->options, s->jpaths);
    l->version = read_version (l);
    if (*l->version)
        log_info ("lab", "application version=%s dir=%s", l->version, l->dirs.app);
    else
        log_warning ("lab", "no JupyterLab application in dir=%s", l->dirs.app);
    return l;
}

void lab_free (struct lab *l)
{
    if (!l)
        return;
    lab_dirs_done (&l->dirs);
    file_cache_free (l->cache);
    free (l->version);
    free (l->locale);
    free (l);
}

struct lab *lab_of (const struct http_req *req)
{
    const struct server *s = http_req_server (req);
    return s->lab;
}
