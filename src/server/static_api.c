/* static_api.c - /static, the favicon, and the redirects of contract 1.2
 *
 * Files come from ServerApp.extra_static_paths and then from our own data directory.
 * Containment is lexical, as everywhere (contract 1.7).  Looking for a file in several
 * directories is a few stat calls on the local disk: less than the hand-over to the pool
 * would cost.
 */

#include "base/path.h"
#include "base/url.h"
#include "http/files.h"
#include "http/http.h"
#include "server/nouns.h"
#include "server/server.h"

#include <string.h>
#include <sys/stat.h>

static bool is_file (const char *path)
{
    struct stat st;
    return !stat (path, &st) && S_ISREG (st.st_mode);
}

/* The file that /static/PATH means, malloc'ed, or NULL. */
static char *find_static (const struct server *s, const char *path, size_t n)
{
    size_t i;
    json_t *dir;
    json_array_foreach (options_json (s->options, "ServerApp.extra_static_paths"), i, dir)
    {
        char *os = json_is_string (dir)
                       ? path_to_os (json_string_value (dir), path, n, NULL)
                       : NULL;
        if (os && is_file (os))
            return os;
        free (os);
    }
    autofree char *root = path_join (s->data_dir, "static");
    return path_to_os (root, path, n, NULL);
}

static unsigned cache_flags (const struct server *s, const char *subpath)
{
    size_t i;
    json_t *prefix;
    json_array_foreach (
        options_json (s->options, "ServerApp.static_immutable_cache"), i,
        prefix) if (json_is_string (prefix) &&
                    !strncmp (subpath, json_string_value (prefix),
                              json_string_length (prefix))) return FILES_IMMUTABLE |
        FILES_STATIC_TYPES;
    return FILES_NO_CACHE | FILES_STATIC_TYPES;
}

static void reply_static (struct http_req *req, const char *path, size_t n)
{
    const struct server *s = http_req_server (req);
    autofree char *os = find_static (s, path, n);
    if (os) {
        files_reply (req, os, NULL, NULL, cache_flags (s, http_req_subpath (req)));
        return;
    }
    struct err err;
    (void)err_set (&err, PROBLEM_NOT_FOUND, "%s", "");
    http_fail (req, &err);
}

static void static_get (struct http_req *req)
{
    size_t n;
    const char *path = http_req_param (req, "path", &n);
    reply_static (req, path, n);
}

static void favicon_get (struct http_req *req)
{
    static const char icon[] = "favicons/favicon.ico";
    reply_static (req, icon, sizeof (icon) - 1);
}

static const struct route static_rows[] = {
    { HTTP_GET | HTTP_HEAD, "/static/{path**}", NULL,
      ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_STATIC, 0, static_get },
    { HTTP_GET | HTTP_HEAD, "/favicon.ico", NULL,
      ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_STATIC | ROUTE_HOST_ROOT, 0, favicon_get },
    { HTTP_GET | HTTP_HEAD, "/favicon.ico", NULL, ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_STATIC,
      0, favicon_get },
};
const struct route_table static_routes = { static_rows, ARRAY_SIZE (static_rows) };

/* B leads to default_url; the '?' is there even without a query. */
static void root_redirect (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    const char *dflt = options_str (s->options, "LabApp.default_url");
    bool below = !strncmp (dflt, s->base_url, strlen (s->base_url));
    autofree char *url = below ? xstrdup (dflt) : url_join (s->base_url, dflt);
    autofree char *location = xasprintf ("%s%c%s", url, strchr (url, '?') ? '&' : '?',
                                         http_req_query_string (req));
    http_redirect (req, 302, location);
}

static void notebooks_redirect (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    const char *rest = http_req_subpath (req) + strlen ("/api/notebooks");
    rest += strspn (rest, "/");
    autofree char *location =
        xasprintf ("%sapi/contents%s%s", s->base_url, *rest ? "/" : "", rest);
    http_redirect (req, 302, location);
}

#define ANY (HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE)

static const struct route redirect_rows[] = {
    { ANY, "/api/notebooks{path*}", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0,
      notebooks_redirect },
    { HTTP_GET | HTTP_HEAD, "/", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, root_redirect },
    { HTTP_GET | HTTP_HEAD, "", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, root_redirect },
};
const struct route_table redirect_routes = { redirect_rows, ARRAY_SIZE (redirect_rows) };
