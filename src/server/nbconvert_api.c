/* nbconvert_api.c - /nbconvert and /api/nbconvert (contract 3.2)
 *
 * A conversion goes: pool (find and check the notebook, make a temporary directory) -
 * formats - child process - pool (read the result, or pack it with its resource files) -
 * answer.
 */
#include "server/contents_api.h"
#include "server/nbconvert.h"
#include "server/server.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/jsonx.h"
#include "base/url.h"
#include "http/files.h"
#include "server/packing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX ((size_t)1 << 40) /* ServerApp.max_body_size rules */
#define NO_STORE "no-store, no-cache, must-revalidate, max-age=0"

struct conversion {
    struct http_req *req;
    struct contents *c;
    const char *path; /* NULL: POST */
    size_t path_len;
    char *format;
    char *notebook; /* OS path */
    char *dir;      /* temporary; the result is in dir/out */
    char *out;
    char *mimetype;
    const char *go_to; /* "files" or "tree": no notebook, redirect */
    int64_t modified_us;
    struct packed result;
    int rc;
    struct err err;
};

static void conversion_free (struct conversion *v)
{
    contents_unref (v->c);
    packed_done (&v->result);
    free (v->format);
    free (v->notebook);
    free (v->dir);
    free (v->out);
    free (v->mimetype);
    free (v);
}

static int submit (struct conversion *v, void (*work) (void *), void (*done) (void *))
{
    v->rc = -1;
    return pool_submit (loop_pool (http_req_loop (v->req)), work, done, v, &v->err);
}

static void finish (void *arg)
{
    struct conversion *v = arg;
    http_fail (v->req, &v->err);
    conversion_free (v);
}

static void work_remove (void *arg)
{
    struct conversion *v = arg;
    if (v->dir)
        (void)fd_remove_tree (v->dir, NULL);
}

/* The end of a conversion that failed: remove what it made, then tell. */
static void give_up (struct conversion *v)
{
    struct err why = v->err;
    int rc = submit (v, work_remove, finish);
    v->err = why;
    if (rc < 0)
        finish (v);
}

/* ---- beginning: in the pool ------------------------------------------------------ */

static int make_directory (struct conversion *v, struct err *err)
{
    const char *tmp = getenv ("TMPDIR");
    char *dir = path_join (tmp && *tmp ? tmp : "/tmp", "labwright-nbconvert-XXXXXX");
    if (!mkdtemp (dir)) {
        int saved = errno;
        free (dir);
        return err_sys (err, saved, "make a temporary directory");
    }
    v->dir = dir;
    v->out = path_join (dir, "out");
    return fd_mkdirs (v->out, 0700, err);
}

static int look_at_path (struct conversion *v, struct err *err)
{
    bool dir;
    v->notebook = contents_locate (v->c, v->path, v->path_len, &dir, err);
    if (!v->notebook)
        return -1;
    size_t n = strlen (v->notebook);
    if (dir || n < 6 || strcmp (v->notebook + n - 6, ".ipynb")) {
        v->go_to = dir ? "tree" : "files";
        return 0;
    }
    return contents_check_notebook (v->c, v->path, v->path_len, &v->modified_us, err);
}

/* The body is a contents model: its content becomes a file of its name. */
static int write_body (struct conversion *v, struct err *err)
{
    size_t n;
    char *body = http_req_body_used (v->req, &n);
    struct contents_request r = { .body = body, .body_len = n };
    autofree char *name = NULL;
    autodone (buf_done) struct buf text;
    buf_init (&text, NBCONVERT_OUTPUT_MAX);
    if (contents_body_notebook (&r, &name, &text, err) < 0)
        return -1;
    v->notebook = path_join (v->dir, name);
    return fd_write_file_whole (v->notebook, text.data, text.len, 0600, err);
}

static void work_begin (void *arg)
{
    struct conversion *v = arg;
    v->rc = v->path ? look_at_path (v, &v->err) : 0;
    if (v->rc == 0 && !v->go_to)
        v->rc = make_directory (v, &v->err);
    if (v->rc == 0 && !v->path)
        v->rc = write_body (v, &v->err);
}

/* ---- the end: in the pool -------------------------------------------------------- */

static void work_end (void *arg)
{
    struct conversion *v = arg;
    autofree char *stem = xstrdup (path_basename (v->notebook));
    char *dot = strrchr (stem, '.');
    if (dot && dot != stem)
        *dot = 0;
    v->rc = packed_read (&v->result, v->out, stem, NBCONVERT_OUTPUT_MAX, &v->err);
    (void)fd_remove_tree (v->dir, NULL);
}

static void attach (struct http_req *req, const char *name)
{
    autofree char *disposition = files_disposition (name);
    http_header_set (req, "Content-Disposition", disposition);
}

static void done_end (void *arg)
{
    struct conversion *v = arg;
    char date[CLOCK_TEXT];
    size_t n;
    if (v->rc < 0 || http_req_gone (v->req)) {
        finish (v);
        return;
    }
    const char *download = http_req_arg (v->req, "download");
    if (v->result.zip || (v->path && download && !strcasecmp (download, "true")))
        attach (v->req, v->result.name);
    if (v->path)
        http_header_set (v->req, "Last-Modified", clock_http (v->modified_us, date));
    if (v->path || v->result.zip)
        http_header_set (v->req, "Cache-Control", NO_STORE);
    autofree char *ctype = v->result.zip  ? xstrdup ("application/zip")
                           : *v->mimetype ? xasprintf ("%s; charset=utf-8", v->mimetype)
                                          : xstrdup ("text/html; charset=UTF-8");
    char *data = buf_take (&v->result.data, &n);
    http_reply_blk (v->req, 200, ctype, blk_wrap (data, n, free, data));
    conversion_free (v);
}

/* ---- in between: on the loop ----------------------------------------------------- */

static void converted (void *arg, const struct err *why)
{
    struct conversion *v = arg;
    if (why) {
        v->err = *why;
        give_up (v);
    } else if (submit (v, work_end, done_end) < 0) {
        finish (v);
    }
}

static const char *sanitize_arg (struct conversion *v)
{
    const char *arg = http_req_arg (v->req, "sanitize_html");
    if (!arg || strcmp (v->format, "html"))
        return NULL;
    return strcasecmp (arg, "true") ? "False" : "True";
}

static void formats_known (void *arg, const json_t *formats)
{
    struct conversion *v = arg;
    struct server *s = http_req_server (v->req);
    const json_t *format = json_object_get (formats, v->format);
    if (!format) {
        if (json_object_size (formats) == 0)
            (void)err_set (&v->err, PROBLEM_INTERNAL,
                           "Could not import nbconvert: "
                           "it is not installed");
        else
            (void)err_set (&v->err, PROBLEM_NOT_FOUND, "No exporter for format: %s",
                           v->format);
        give_up (v);
        return;
    }
    v->mimetype = xstrdup (jsonx_str (format, "output_mimetype", ""));
    struct nbconvert_job job = { .format = v->format,
                                 .notebook = v->notebook,
                                 .outdir = v->out,
                                 .sanitize = sanitize_arg (v) };
    if (nbconvert_run (s->nbconvert, &job, converted, v, &v->err) < 0)
        give_up (v);
}

static void redirect (struct conversion *v)
{
    const struct server *s = http_req_server (v->req);
    autofree char *raw = xstrndup (v->path, v->path_len);
    autofree char *api = path_api_normal (raw);
    autofree char *encoded = url_encode_path (api);
    autofree char *location = xasprintf ("%s%s/%s", s->base_url, v->go_to, encoded);
    http_redirect (v->req, 302, location);
    conversion_free (v);
}

static void done_begin (void *arg)
{
    struct conversion *v = arg;
    if (v->rc < 0 || http_req_gone (v->req)) {
        give_up (v);
        return;
    }
    struct server *s = http_req_server (v->req);
    if (v->go_to)
        redirect (v);
    else
        nbconvert_formats (s->nbconvert, formats_known, v);
}

static void begin (struct http_req *req, const char *path, size_t n)
{
    struct server *s = http_req_server (req);
    struct conversion *v = xnew (struct conversion);
    v->req = req;
    v->c = contents_ref (s->contents);
    v->path = path;
    v->path_len = n;
    v->format = xstrdup (http_req_param (req, "format", NULL));
    (void)err_set (&v->err, PROBLEM_BUSY, "the server is busy with other files");
    if (submit (v, work_begin, done_begin) < 0)
        finish (v);
}

static void nbconvert_get (struct http_req *req)
{
    size_t n;
    const char *path = http_req_param (req, "path", &n);
    begin (req, path, n);
}

static void nbconvert_post (struct http_req *req)
{
    begin (req, NULL, 0);
}

static void list_known (void *arg, const json_t *formats)
{
    http_reply_json (arg, 200, json_deep_copy (formats));
}

static void nbconvert_list (struct http_req *req)
{
    struct server *s = http_req_server (req);
    nbconvert_formats (s->nbconvert, list_known, req);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/nbconvert", "nbconvert", 0, 0, nbconvert_list },
    { HTTP_POST, "/nbconvert/{format:word}", "nbconvert", ROUTE_PAGE | ROUTE_XSRF_GET,
      BODY_MAX, nbconvert_post },
    { HTTP_GET, "/nbconvert/{format:word}{path*}", "nbconvert", ROUTE_PAGE | ROUTE_XSRF_GET,
      0, nbconvert_get },
};
const struct route_table nbconvert_routes = { rows, ARRAY_SIZE (rows) };
