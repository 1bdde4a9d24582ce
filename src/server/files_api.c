/* files_api.c - /files and /view: documents as they are (contract 3.2)
 *
 * The sandbox of the security policy comes with ROUTE_XSRF_GET (gate.c): without it an HTML
 * file could use the API in the name of its reader.
 */
#include "server/contents_api.h"
#include "server/server.h"
#include "base/path.h"
#include "base/url.h"
#include "http/files.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct look {
    struct http_req *req;
    struct contents *c;
    const char *path;
    size_t path_len;
    char *os;
    bool view;
    int rc;
    struct err err;
};

static void look_free (struct look *l)
{
    contents_unref (l->c);
    free (l->os);
    free (l);
}

/* ---- in the pool ----------------------------------------------------------------- */

static int look (struct look *l, struct err *err)
{
    bool dir;
    l->os = contents_locate (l->c, l->path, l->path_len, &dir, err);
    if (!l->os) {
        /* Leaving the root is forbidden here, where the API says 404. */
        if (err->problem == PROBLEM_NOT_FOUND && strstr (err->text, "outside root"))
            return err_set (err, PROBLEM_FORBIDDEN, "%.*s is not in root static directory",
                            (int)l->path_len, l->path);
        return -1;
    }
    if (dir && l->view)
        return err_set (err, PROBLEM_NOT_FOUND, "File does not exist: %.*s",
                        (int)l->path_len, l->path);
    if (dir)
        return err_set (err, PROBLEM_FORBIDDEN, "%.*s is not a file", (int)l->path_len,
                        l->path);
    return 0;
}

static void look_work (void *arg)
{
    struct look *l = arg;
    l->rc = look (l, &l->err);
}

/* ---- answers --------------------------------------------------------------------- */

static void send_file (struct http_req *req, const char *os)
{
    const char *download = http_req_arg (req, "download"), *name = path_basename (os);
    size_t n = strlen (name);
    bool notebook = n >= 6 && !strcasecmp (name + n - 6, ".ipynb");
    unsigned flags = FILES_NO_CACHE;
    if (notebook || (download && *download))
        flags |= FILES_ATTACHMENT;
    files_reply (req, os, name, notebook ? "application/x-ipynb+json" : NULL, flags);
}

static void send_view (struct http_req *req, const char *os)
{
    const struct server *s = http_req_server (req);
    const char *name = path_basename (os);
    autofree char *api = path_to_api (s->root_dir, os);
    autofree char *encoded = url_encode_path (api ? api : "");
    autodone (buf_done) struct buf b;
    buf_init (&b, 64 * 1024);
    (void)buf_adds (&b,
                    "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>");
    (void)buf_add_html (&b, name, strlen (name));
    (void)buf_adds (&b,
                    "</title>\n<meta name=\"viewport\" content=\"width=device-width, "
                    "initial-scale=1\">\n<style>html, body { height: 100%; margin: 0; "
                    "overflow: hidden } iframe { width: 100%; height: 100%; border: 0 }"
                    "</style>\n</head>\n<body>\n<iframe sandbox=\"allow-scripts\" src=\"");
    (void)buf_add_html (&b, s->base_url, strlen (s->base_url));
    (void)buf_adds (&b, "files/");
    (void)buf_add_html (&b, encoded, strlen (encoded));
    (void)buf_adds (&b, "\"></iframe>\n</body>\n</html>\n");
    http_reply (req, 200, "text/html; charset=UTF-8", b.data, b.len);
}

static void look_done (void *arg)
{
    struct look *l = arg;
    if (l->rc < 0 || http_req_gone (l->req))
        http_fail (l->req, &l->err);
    else if (l->view)
        send_view (l->req, l->os);
    else
        send_file (l->req, l->os);
    look_free (l);
}

static void start (struct http_req *req, bool view)
{
    struct server *s = http_req_server (req);
    struct err err;
    struct look *l = xnew (struct look);
    l->req = req;
    l->c = contents_ref (s->contents);
    l->path = http_req_param (req, "path", &l->path_len);
    l->view = view;
    l->rc = -1;
    (void)err_set (&l->err, PROBLEM_BUSY, "the server is busy with other files");
    if (pool_submit (loop_pool (s->loop), look_work, look_done, l, &err) < 0) {
        http_fail (req, &err);
        look_free (l);
    }
}

static void files_get (struct http_req *req)
{
    start (req, false);
}

static void view_get (struct http_req *req)
{
    start (req, true);
}

static const struct route rows[] = {
    { HTTP_GET | HTTP_HEAD, "/files/{path**}", "contents", ROUTE_PAGE | ROUTE_XSRF_GET, 0,
      files_get },
    { HTTP_GET, "/view{path*}", "contents", ROUTE_PAGE, 0, view_get },
};
const struct route_table files_routes = { rows, ARRAY_SIZE (rows) };
