/* pages_hub.c - the hub's own pages: the start page, the login, the set-up
 *
 * One page without content; data/static/hub/hub.js asks the API what to show, as any client would.  Nothing
 * that came from outside is put into HTML here.
 */

#include "hub/hub_nouns.h"

#include "base/path.h"
#include "hub/gate_hub.h"
#include "hub/pages_hub.h"
#include "http/files.h"

#include <string.h>

static const char page[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Labwright</title>\n"
    "<link rel=\"icon\" type=\"image/x-icon\" href=\"/static/favicons/favicon.ico\">\n"
    "<link rel=\"stylesheet\" href=\"/static/style/index.css\">\n"
    "<script src=\"/static/hub/hub.js\" defer></script>\n</head>\n<body>\n"
    "<main><noscript>The pages of Labwright need JavaScript.</noscript></main>\n"
    "</body>\n</html>\n";

/* Where DIR/static/hub lies: beside the build tree, or where it was installed. */
char *pages_hub_find_data (void)
{
    static const char *const below[] = { "../data", "data" };
    char exe[4096];
    ssize_t n = readlink ("/proc/self/exe", exe, sizeof (exe) - 1);
    exe[n > 0 ? n : 0] = '\0';
    autofree char *dir = path_dirname (exe);
    for (size_t i = 0; *dir && i < ARRAY_SIZE (below); i++) {
        autofree char *joined = path_join (dir, below[i]);
        autofree char *data = path_absolute (joined);
        autofree char *probe = path_join (data, "static/hub/hub.js");
        if (!access (probe, R_OK))
            return take_ptr (data);
    }
    return xstrdup (LABWRIGHT_DATADIR);
}

static void page_get (struct http_req *req)
{
    http_header_set (req, "Cache-Control", "no-cache");
    http_reply (req, 200, "text/html; charset=utf-8", page, sizeof (page) - 1);
}

static void static_get (struct http_req *req)
{
    const struct hub *h = http_req_server (req);
    size_t n;
    const char *path = http_req_param (req, "path", &n);
    struct err err;
    autofree char *root = path_join (h->data_dir, "static");
    autofree char *os = path_to_os (root, path, n, &err);
    if (os)
        files_reply (req, os, NULL, NULL, FILES_NO_CACHE | FILES_STATIC_TYPES);
    else
        http_fail (req, &err);
}

static const struct route rows[] = {
    { HTTP_GET, "/", NULL, ROUTE_PAGE, 0, page_get },
    { HTTP_GET, "/login", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, page_get },
    { HTTP_GET, "/setup", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, page_get },
    { HTTP_GET, "/static/{path**}", NULL, ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_STATIC, 0,
      static_get },
};
const struct route_table hub_pages_routes = { rows, ARRAY_SIZE (rows) };
