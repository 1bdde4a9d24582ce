/* resolve_api.c - /api/resolvePath: a path that a kernel printed becomes a contents path
 * (contract 3.1)
 *
 * Whether something exists outside of the root is never said, except to the kernel's own
 * scope, which is confined to what a kernel could read anyway.  lstat calls go to the pool.
 */

#include "base/jsonx.h"
#include "base/path.h"
#include "http/http.h"
#include "server/nouns.h"
#include "server/server.h"

#include <string.h>
#include <sys/stat.h>

struct job {
    struct http_req *req;
    char *root, *path;
    char *kernel_cwd;   /* NULL: no kernel scope */
    char *api, *kernel; /* what was found */
};

static void job_free (struct job *j)
{
    free (j->root);
    free (j->path);
    free (j->kernel_cwd);
    free (j->api);
    free (j->kernel);
    free (j);
}

static bool exists (const char *path)
{
    struct stat st;
    return !lstat (path, &st);
}

/* The operating-system path that the server scope may look at, or NULL. */
static char *server_candidate (const struct job *j)
{
    bool home = j->path[0] == '~';
    autofree char *expanded = home ? path_expand_user (j->path) : xstrdup (j->path);
    if (expanded[0] == '/') {
        autofree char *absolute = path_absolute (expanded);
        autofree char *api = path_to_api (j->root, absolute);
        if (api)
            return take_ptr (absolute);
    }
    if (home)
        return NULL;
    return path_to_os (j->root, j->path, strlen (j->path), NULL);
}

static void work (void *arg)
{
    struct job *j = arg;
    autofree char *os = server_candidate (j);
    if (os && exists (os))
        j->api = path_to_api (j->root, os);
    if (!j->kernel_cwd)
        return;
    autofree char *expanded = path_expand_user (j->path);
    autofree char *joined =
        expanded[0] == '/' ? xstrdup (expanded) : path_join (j->kernel_cwd, expanded);
    autofree char *absolute = path_absolute (joined);
    if (exists (absolute))
        j->kernel = take_ptr (absolute);
}

static void add_scope (json_t *list, const char *scope, const char *path)
{
    if (!path)
        return;
    json_t *item = json_object ();
    jsonx_set_str (item, "scope", scope);
    jsonx_set_str (item, "path", path);
    (void)json_array_append_new (list, item);
}

static void done (void *arg)
{
    struct job *j = arg;
    json_t *resolved = json_array (), *out = json_object ();
    add_scope (resolved, "server", j->api);
    add_scope (resolved, "kernel", j->kernel);
    (void)json_object_set_new (out, "resolved", resolved);
    const char *kernel = http_req_arg (j->req, "kernel");
    if (kernel && *kernel && !j->kernel_cwd) {
        json_t *item = json_object ();
        jsonx_set_str (item, "scope", "kernel");
        (void)json_object_set_new (
            item, "reason", json_sprintf ("Kernel %.200s could not be found", kernel));
        (void)json_object_set_new (out, "unresolved", json_pack ("[o]", item));
    }
    http_reply_json (j->req, 200, out);
    job_free (j);
}

static void resolve_get (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *path = http_req_arg (req, "path");
    struct err err;
    if (!http_req_args_valid (req) || !path || !*path) {
        (void)err_set (&err, PROBLEM_INVALID, "Missing argument path");
        http_fail (req, &err);
        return;
    }
    struct job *j = xnew (struct job);
    j->req = req;
    j->root = xstrdup (s->root_dir);
    j->path = xstrdup (path);
    j->kernel_cwd = nouns_kernel_cwd (s, http_req_arg (req, "kernel"));
    if (pool_submit (loop_pool (s->loop), work, done, j, &err)) {
        http_fail (req, &err);
        job_free (j);
    }
}

static const struct route rows[] = {
    { HTTP_GET, "/api/resolvePath", "api", ROUTE_UNTRACKED, 0, resolve_get },
};
const struct route_table resolve_routes = { rows, ARRAY_SIZE (rows) };
