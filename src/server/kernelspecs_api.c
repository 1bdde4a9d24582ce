/* kernelspecs_api.c - /api/kernelspecs and the files of kernelspecs (contract 3.6)
 *
 * The answers are made in the pool, where the directories are read.
 */

#include "base/jsonx.h"
#include "base/path.h"
#include "base/url.h"
#include "http/files.h"
#include "http/http.h"
#include "server/kernels.h"
#include "server/nouns.h"
#include "server/server.h"
#include "server/specs.h"

#include <string.h>

#define ANSWER_MAX (16u << 20)

struct asked {
    struct http_req *req;
    const char *base_url; /* borrowed from the server */
    const struct kernels *kernels;
    char *name, *file; /* of the URL, or NULL */
    struct buf answer;
    char *path; /* of the resource */
    struct err err;
};

static struct asked *asked_new (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct asked *a = xnew (struct asked);
    a->req = req;
    a->base_url = s->base_url;
    a->kernels = s->kernels;
    buf_init (&a->answer, ANSWER_MAX);
    return a;
}

static void asked_free (struct asked *a)
{
    buf_done (&a->answer);
    free (a->name);
    free (a->file);
    free (a->path);
    free (a);
}

static void ask (struct asked *a, void (*work) (struct kernelspecs *list, void *arg),
                 void (*done) (void *arg))
{
    struct server *s = http_req_server (a->req);
    (void)err_set (&a->err, PROBLEM_CANCELLED,
                   "the server ends"); /* if the pool drops it */
    if (specs_run (kernels_specs (s->kernels), work, done, a, &a->err)) {
        http_fail (a->req, &a->err);
        asked_free (a);
    }
}

/* ---- in the pool
 * --------------------------------------------------------------------------------- */

static void make_list (struct kernelspecs *list, void *arg)
{
    struct asked *a = arg;
    a->err.problem = PROBLEM_NONE;
    autojson json_t *all = json_object ();
    for (size_t i = 0; i < kernelspecs_count (list); i++) {
        const struct kernelspec *spec = kernelspecs_at (list, i);
        (void)json_object_set_new (all, spec->name, kernelspec_to_json (spec, a->base_url));
    }
    autojson json_t *answer =
        json_pack ("{s:s, s:O}", "default", kernels_default_name (a->kernels, list),
                   "kernelspecs", all);
    if (!answer || jsonx_dump (answer, &a->answer, 0, false))
        (void)err_set (&a->err, PROBLEM_TOO_LARGE, "the list of kernelspecs is too large");
}

static const struct kernelspec *find (struct kernelspecs *list, struct asked *a)
{
    const struct kernelspec *spec = kernelspecs_find (list, a->name);
    a->err.problem = PROBLEM_NONE;
    if (!spec)
        (void)err_set (&a->err, PROBLEM_NOT_FOUND, "Kernel spec %s not found", a->name);
    return spec;
}

static void make_one (struct kernelspecs *list, void *arg)
{
    struct asked *a = arg;
    const struct kernelspec *spec = find (list, a);
    if (!spec)
        return;
    autojson json_t *answer = kernelspec_to_json (spec, a->base_url);
    if (!answer || jsonx_dump (answer, &a->answer, 0, false))
        (void)err_set (&a->err, PROBLEM_TOO_LARGE, "the kernelspec is too large");
}

static void find_file (struct kernelspecs *list, void *arg)
{
    struct asked *a = arg;
    const struct kernelspec *spec = find (list, a);
    if (!spec)
        return;
    a->path = path_to_os (spec->dir, a->file, strlen (a->file), NULL);
    if (!a->path)
        (void)err_set (&a->err, PROBLEM_FORBIDDEN, "%s is not in the kernelspec", a->file);
}

/* ---- answers
 * ------------------------------------------------------------------------------------- */

static void reply (void *arg)
{
    struct asked *a = arg;
    if (a->err.problem)
        http_fail (a->req, &a->err);
    else
        http_reply (a->req, 200, "application/json", a->answer.data, a->answer.len);
    asked_free (a);
}

static void reply_file (void *arg)
{
    struct asked *a = arg;
    const char *dot = strrchr (a->file, '.');
    unsigned flags = FILES_ETAG;
    if (dot && !strcasecmp (dot, ".png"))
        flags |= FILES_MAX_AGE_MONTH;
    if (a->err.problem)
        http_fail (a->req, &a->err);
    else
        files_reply (a->req, a->path, NULL, NULL, flags);
    asked_free (a);
}

static void kernelspecs_get (struct http_req *req)
{
    ask (asked_new (req), make_list, reply);
}

/* The name is percent-decoded once more than other parameters (contract 1.1). */
static void kernelspec_get (struct http_req *req)
{
    size_t n;
    struct asked *a = asked_new (req);
    const char *name = http_req_param (req, "name", &n);
    a->name = url_decode (name, n, false, NULL);
    ask (a, make_one, reply);
}

static void resource_get (struct http_req *req)
{
    size_t n;
    struct asked *a = asked_new (req);
    const char *file = http_req_param (req, "file", &n);
    a->name = xstrdup (http_req_param (req, "name", NULL));
    a->file = xstrdup (file);
    if (strlen (file) == n) {
        ask (a, find_file, reply_file);
        return;
    }
    (void)err_set (&a->err, PROBLEM_NOT_FOUND, "no such file");
    http_fail (req, &a->err);
    asked_free (a);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/kernelspecs", "kernelspecs", 0, 0, kernelspecs_get },
    { HTTP_GET, "/api/kernelspecs/{name:spec}", "kernelspecs", 0, 0, kernelspec_get },
    { HTTP_GET | HTTP_HEAD, "/kernelspecs/{name:spec}/{file**}", NULL, ROUTE_PAGE, 0,
      resource_get },
};
const struct route_table kernelspecs_routes = { rows, ARRAY_SIZE (rows) };
