/* lab_page.c - the index page: /lab, /doc and everything else below /lab
 * (contract 4.1, 5.2, 5.3)
 *
 * The page is written by us; see lab_template.h for what it takes from the application.  It
 * carries the token, so nothing may store it.  A small inline script takes the token out of
 * the address bar, as the original does.
 */
#include "server/kernels.h"
#include "server/lab_api.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/url.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_preload.h"
#include "server/lab_template.h"
#include "server/lab_url.h"
#include "server/page_config.h"
#include "server/pages.h"
#include "server/server.h"
#include "server/xsrf.h"

#include <string.h>

#define PAGE_MAX (8 * 1024 * 1024)

static const char strip_token[] =
    "<script>(function () {"
    "var kept = location.search.slice(1).split('&')"
    ".filter(function (p) { return p && p.split('=')[0] !== 'token'; }).join('&');"
    "var url = location.pathname + (kept ? '?' + kept : '') + location.hash;"
    "if (/[?&]token(=|&|$)/.test(location.search)) history.replaceState(null, '', url);"
    "})();</script>";

struct page {
    json_t *config; /* what the options say; in the pool the rest is merged into it */
    json_t *target; /* what the address says: wins over everything (contract 5.3) */
    bool custom_css;
    const char *base_url; /* the server's: stays */
};

static void page_free (void *arg)
{
    struct page *p = arg;
    json_decref (p->config);
    json_decref (p->target);
    free (p);
}

static void add_html (struct buf *b, const char *s)
{
    (void)buf_add_html (b, s, strlen (s));
}

static void add_head (struct buf *b, const struct page *p)
{
    (void)buf_adds (
        b, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    add_html (b, jsonx_str (p->config, "appName", "JupyterLab"));
    (void)buf_adds (b, "</title><meta name=\"viewport\" "
                       "content=\"width=device-width,initial-scale=1\">"
                       "<script id=\"jupyter-config-data\" type=\"application/json\">");
    (void)page_config_tojson (p->config, b);
    (void)buf_adds (b, "</script>");
}

static void add_icon (struct buf *b, const struct page *p, const char *rel,
                      const char *file, const char *classes)
{
    (void)buf_addf (b, "<link rel=\"%s\" type=\"image/x-icon\" href=\"", rel);
    add_html (b, p->base_url);
    (void)buf_addf (b, "static/favicons/%s\" class=\"%s\">", file, classes);
}

static void add_links (struct buf *b, const struct page *p, const json_t *scripts)
{
    add_icon (b, p, "icon", "favicon.ico", "idle favicon");
    add_icon (b, p, "", "favicon-busy-1.ico", "busy favicon");
    if (p->custom_css) {
        (void)buf_adds (b, "<link rel=\"stylesheet\" href=\"");
        add_html (b, p->base_url);
        (void)buf_adds (b, "custom/custom.css\">");
    }
    size_t i;
    json_t *script;
    json_array_foreach (scripts, i, script)
    {
        (void)buf_adds (b, "<script defer=\"defer\" src=\"");
        add_html (b, jsonx_str (p->config, "fullStaticUrl", ""));
        (void)buf_addc (b, '/');
        add_html (b, json_string_value (script));
        (void)buf_adds (b, "\"></script>");
    }
}

/* The application is not there: a page that says so, and how to get it. */
static void missing_page (struct lab_job *job)
{
    struct buf *b = &job->data;
    (void)buf_adds (b, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<title>JupyterLab is not installed</title></head><body>"
                       "<h1>JupyterLab is not installed</h1><p>There is no <code>");
    add_html (b, job->lab->dirs.static_files);
    (void)buf_adds (b,
                    "/index.html</code>. Install the <code>jupyterlab</code> package into "
                    "the environment of this server, or name its directory with "
                    "<code>--app-dir</code>.</p></body></html>");
    job->status = 500;
}

/* The core as the first script names it, or NULL. */
static json_t *find_core (const struct lab *l, const json_t *scripts)
{
    const char *first = json_string_value (json_array_get (scripts, 0));
    autofree char *path = lab_path (l->dirs.static_files, first, strcspn (first, "?"));
    struct err err;
    return path ? file_cache_get (l->cache, path, lab_preload_core, &err) : NULL;
}

static int page_work (struct lab_job *job, struct err *err)
{
    struct page *p = job->arg;
    job->ctype = "text/html; charset=UTF-8";
    autofree char *path = path_join (job->lab->dirs.static_files, "index.html");
    autojson json_t *scripts =
        file_cache_get (job->lab->cache, path, lab_template_scripts, err);
    if (!scripts) {
        missing_page (job);
        return 0;
    }
    autojson json_t *disk = page_config_disk (job->lab);
    jsonx_merge (p->config, disk);
    json_object_update (p->config, p->target);

    struct buf *b = &job->data;
    add_head (b, p);
    add_links (b, p, scripts);
    autojson json_t *core = find_core (job->lab, scripts);
    lab_preload_links (b, p->config, core);
    (void)buf_addf (b, "</head><body class=\"jp-ThemedContainer\">%s</body></html>",
                    strip_token);
    if (b->overflow)
        return err_set (err, PROBLEM_TOO_LARGE, "the page config is too large");
    return 0;
}

static json_t *target_keys (struct http_req *req, const struct lab_url *u)
{
    const struct server *s = http_req_server (req);
    json_t *t = json_object ();
    jsonx_set_str (t, "baseUrl", s->base_url);
    jsonx_set_str (t, "wsUrl", options_str (s->options, "ServerApp.websocket_url"));
    jsonx_set_str (t, "mode", u->single_document ? "single-document" : "multiple-document");
    jsonx_set_str (t, "workspace", u->workspace);
    json_object_set_new (t, "treePath", json_stringn (u->tree_path, u->tree_path_len));
    if (u->kind == LAB_URL_NOT_FOUND)
        jsonx_set_str (t, "notFoundUrl", http_req_path (req));
    return t;
}

/* "/lab/tree/a//?x" -> "/lab/tree/a?x"; never begins with two slashes, as it begins with B
 * and "lab". */
static void redirect_without_slash (struct http_req *req)
{
    const char *path = http_req_path (req), *query = http_req_query_string (req);
    size_t n = strlen (path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    autofree char *to = xasprintf ("%.*s%s%s", (int)n, path, *query ? "?" : "", query);
    http_redirect (req, 301, to);
}

static void serve_page (struct http_req *req, const struct lab_url *u)
{
    struct lab_job *job = lab_job_new (req, NULL);
    struct page *p = xnew (struct page);
    const struct server *s = http_req_server (req);
    p->base_url = s->base_url;
    p->custom_css = options_bool (s->options, "LabApp.custom_css");
    p->config = page_config_base (job->lab, req);
    p->target = target_keys (req, u);
    job->arg = p;
    job->free_arg = page_free;
    autofree char *token = xsrf_issue (req);
    http_header_set (req, "Cache-Control", "no-store");
    lab_job_run (job, page_work);
    kernels_expect (s->kernels);
}

static void page_get (struct http_req *req)
{
    struct lab_url u;
    struct err err;
    if (lab_url_parse (http_req_subpath (req), &u, &err) < 0) {
        http_fail (req, &err);
        return;
    }
    if (u.kind == LAB_URL_SLASH)
        redirect_without_slash (req);
    else
        serve_page (req, &u);
    lab_url_done (&u);
}

static const struct route rows[] = {
    { HTTP_GET | HTTP_HEAD, "/lab", NULL, ROUTE_PAGE, 0, page_get },
    { HTTP_GET | HTTP_HEAD, "/lab/{rest**}", NULL, ROUTE_PAGE, 0, page_get },
    { HTTP_GET | HTTP_HEAD, "/doc", NULL, ROUTE_PAGE, 0, page_get },
    { HTTP_GET | HTTP_HEAD, "/doc/tree/{rest**}", NULL, ROUTE_PAGE, 0, page_get },
    { HTTP_GET | HTTP_HEAD, "/doc/workspaces/{name:ck}", NULL, ROUTE_PAGE, 0, page_get },
    { HTTP_GET | HTTP_HEAD, "/doc/workspaces/{name:ck}/tree/{rest**}", NULL, ROUTE_PAGE, 0,
      page_get },
};
const struct route_table lab_page_routes = { rows, ARRAY_SIZE (rows) };
