/* kernels_api.c - /api/kernels (contract 3.5) and the way to the channels */

#include "base/jsonx.h"
#include "base/url.h"
#include "http/http.h"
#include "server/kernel_ws.h"
#include "server/kernels.h"
#include "server/nouns.h"
#include "server/server.h"
#include "server/sessions.h"
#include "server/when_ready.h"

#include <string.h>

#define KERNELS_BODY 65536

/* The kernel of the URL, or NULL and it has answered 404. */
static struct kernel *kernel_of (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "kernel_id", NULL);
    struct kernel *k = kernels_find (s->kernels, id);
    struct err err;
    if (!k) {
        (void)err_set (&err, PROBLEM_NOT_FOUND, "Kernel does not exist: %s", id);
        http_fail (req, &err);
    }
    return k;
}

static void list_kernels (struct http_req *req)
{
    struct server *s = http_req_server (req);
    http_reply_json (req, 200, kernels_list (s->kernels));
}

static void kernels_get (struct http_req *req)
{
    when_ready (req, list_kernels);
}

static void get_kernel (struct http_req *req)
{
    struct kernel *k = kernel_of (req);
    if (k)
        http_reply_json (req, 200, kernels_model (k));
}

static void kernel_get (struct http_req *req)
{
    when_ready (req, get_kernel);
}

/* ---- start
 * --------------------------------------------------------------------------------------- */

static void on_started (void *arg, struct kernel *k, const struct err *err)
{
    struct http_req *req = arg;
    struct server *s = http_req_server (req);
    if (err) {
        http_fail (req, err);
        return;
    }
    autofree char *id = url_encode_all (k->id);
    autofree char *location = xasprintf ("%sapi/kernels/%s", s->base_url, id);
    http_header_set (req, "Location", location);
    http_reply_json (req, 201, kernels_model (k));
}

/* An absent key and null are the same; another type is INVALID. */
static int text_field (const json_t *body, const char *key, const char **ret,
                       struct err *err)
{
    const json_t *value = json_object_get (body, key);
    *ret = json_string_value (value);
    if (!value || json_is_null (value) || json_is_string (value))
        return 0;
    return err_set (err, PROBLEM_INVALID, "%s must be a string", key);
}

static void start_kernel (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct kernel_params p = { .name = NULL };
    struct err err;
    autojson json_t *body = NULL;
    if (http_req_json (req, &body, &err) || text_field (body, "name", &p.name, &err) ||
        text_field (body, "path", &p.path, &err) ||
        text_field (body, "kernel_id", &p.id, &err)) {
        http_fail (req, &err);
        return;
    }
    kernels_start (s->kernels, &p, on_started, req);
}

static void kernels_post (struct http_req *req)
{
    when_ready (req, start_kernel);
}

/* ---- one kernel
 * ---------------------------------------------------------------------------------- */

static void reply_no_content (void *arg, struct kernel *k, const struct err *err)
{
    if (err)
        http_fail (arg, err);
    else
        http_reply_empty (arg, 204);
}

static void delete_kernel (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct kernel *k = kernel_of (req);
    if (k)
        kernels_shutdown (s->kernels, k, reply_no_content, req);
}

static void kernel_delete (struct http_req *req)
{
    when_ready (req, delete_kernel);
}

static void interrupt_kernel (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct kernel *k = kernel_of (req);
    if (k)
        kernels_interrupt (s->kernels, k, reply_no_content, req);
}

static void interrupt_post (struct http_req *req)
{
    when_ready (req, interrupt_kernel);
}

static void fail_restart (struct http_req *req)
{
    struct err err;
    (void)err_set (&err, PROBLEM_INTERNAL, "Exception restarting kernel");
    http_fail (req, &err);
}

static void on_restarted (void *arg, struct kernel *k, const struct err *err)
{
    if (err || !k)
        fail_restart (arg);
    else
        http_reply_json (arg, 200, kernels_model (k));
}

static void restart_kernel (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "kernel_id", NULL);
    struct kernel *k = kernels_find (s->kernels, id);
    const char *path = NULL, *document = NULL;
    if (!k) {
        fail_restart (req);
        return;
    }
    (void)sessions_document (s->sessions, id, &path, &document);
    kernels_restart (s->kernels, k, path, document, on_restarted, req);
}

static void restart_post (struct http_req *req)
{
    when_ready (req, restart_kernel);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/kernels", "kernels", 0, 0, kernels_get },
    { HTTP_POST, "/api/kernels", "kernels", 0, KERNELS_BODY, kernels_post },
    { HTTP_GET, "/api/kernels/{kernel_id:id}", "kernels", 0, 0, kernel_get },
    { HTTP_DELETE, "/api/kernels/{kernel_id:id}", "kernels", 0, 0, kernel_delete },
    { HTTP_POST, "/api/kernels/{kernel_id:id}/interrupt", "kernels", 0, 0, interrupt_post },
    { HTTP_POST, "/api/kernels/{kernel_id:id}/restart", "kernels", 0, 0, restart_post },
    { HTTP_GET, "/api/kernels/{kernel_id:id}/channels", "kernels", ROUTE_WEBSOCKET, 0,
      kernel_ws_open },
};
const struct route_table kernels_routes = { rows, ARRAY_SIZE (rows) };
