/* pages_hub.c - the hub's own pages
 *
 * One document for every address: the dashboard (web/dashboard, built into data/static/dashboard), which asks the
 * API what to show, as any client would.  A tree that was built without Node has a plain page instead, enough for
 * set-up, login, projects and keys (data/static/hub/hub.js).  Nothing that came from outside is put into HTML here.
 *
 * The addresses are those of web/dashboard/src/router.ts.  The dashboard's files are named by their content, so a
 * browser keeps them for ever; only the document is asked for again.
 */

#include "hub/hub_nouns.h"

#include "base/path.h"
#include "base/program.h"
#include "hub/gate_hub.h"
#include "hub/pages_hub.h"
#include "http/files.h"

#include <string.h>

static const char plain_page[] =
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
    char *data = program_find ("data", "static/hub/hub.js");
    return data ? data : xstrdup (LABWRIGHT_DATADIR);
}

static void page_get (struct http_req *req)
{
    const struct hub *h = http_req_server (req);
    http_header_set (req, "Cache-Control", "no-cache");
    if (h->dashboard)
        files_reply (req, h->dashboard, NULL, "text/html; charset=utf-8", FILES_NO_CACHE);
    else
        http_reply (req, 200, "text/html; charset=utf-8", plain_page,
                    sizeof (plain_page) - 1);
}

static void file_get (struct http_req *req, const char *folder, unsigned flags)
{
    const struct hub *h = http_req_server (req);
    size_t n;
    const char *path = http_req_param (req, "path", &n);
    struct err err;
    autofree char *root = path_join (h->data_dir, folder);
    autofree char *os = path_to_os (root, path, n, &err);
    if (os)
        files_reply (req, os, NULL, NULL, flags | FILES_STATIC_TYPES);
    else
        http_fail (req, &err);
}

static void static_get (struct http_req *req)
{
    file_get (req, "static", FILES_NO_CACHE);
}

static void dashboard_get (struct http_req *req)
{
    file_get (req, "static/dashboard", FILES_IMMUTABLE | FILES_PRECOMPRESSED);
}

char *pages_hub_find_dashboard (const char *data)
{
    autofree char *index = path_join (data, "static/dashboard/index.html");
    return access (index, R_OK) ? NULL : take_ptr (index);
}

#define PAGE(path)                                                                         \
    {                                                                                      \
        HTTP_GET, path, NULL, ROUTE_PAGE, 0, page_get                                      \
    }
#define PUBLIC_PAGE(path)                                                                  \
    {                                                                                      \
        HTTP_GET, path, NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, page_get                       \
    }

static const struct route rows[] = {
    PAGE ("/"),
    PUBLIC_PAGE ("/login"),
    PUBLIC_PAGE ("/setup"),
    PAGE ("/projects"),
    PAGE ("/projects/create"),
    PAGE ("/run"),
    PAGE ("/workspaces"),
    PAGE ("/settings"),
    PAGE ("/settings/{tab}"),
    PAGE ("/admin"),
    PAGE ("/admin/{tab}"),
    PAGE ("/{ns}/projects/{project}"),
    PAGE ("/{ns}/projects/{project}/{tab}"),
    PAGE ("/{ns}/workspaces/{id}"),
    PAGE ("/{ns}/workspaces/{id}/{tab}"),
    { HTTP_GET, "/static/dashboard/{path**}", NULL,
      ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_STATIC, 0, dashboard_get },
    { HTTP_GET, "/static/{path**}", NULL, ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_STATIC, 0,
      static_get },
};
const struct route_table hub_pages_routes = { rows, ARRAY_SIZE (rows) };
