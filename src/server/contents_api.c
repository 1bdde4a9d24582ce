/* contents_api.c - /api/contents: files, checkpoints, trust (contract 3.4)
 *
 * A handler notes what the request says, submits it to the pool in the order of its path,
 * and answers when the pool is done.  Everything that depends on the size of a document,
 * the ETag included, is done in the pool thread.
 */
#include "server/contents.h"
#include "server/checkpoint.h"
#include "server/contents_api.h"
#include "server/contents_stream.h"
#include "server/events.h"
#include "server/recorder.h"
#include "server/server.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/path.h"
#include "base/jsonx.h"
#include "base/url.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX ((size_t)1 << 40) /* ServerApp.max_body_size rules */

struct op {
    struct http_req *req;
    struct contents *c;
    int (*work) (struct op *op, struct err *err);
    void (*reply) (struct op *op);
    const char *action; /* of the event; NULL: none */
    struct contents_query query;
    struct contents_request request;
    const char *id; /* of a checkpoint */
    struct contents_answer a;
    char etag[CRYPTO_HEX + 2];
    char *source; /* of a rename or copy */
    int rc;
    struct err err;
};

static void op_free (struct op *op)
{
    contents_unref (op->c);
    contents_answer_done (&op->a);
    free (op->source);
    free (op);
}

/* ---- events ---------------------------------------------------------------------- */

static void emit (struct server *s, const char *action, const char *path,
                  const char *source)
{
    json_t *data = json_object ();
    jsonx_set_str (data, "action", action);
    jsonx_set_str (data, "path", path);
    if (source)
        jsonx_set_str (data, "source_path", source);
    events_emit (s->events, EVENTS_CONTENTS, data);
}

static void emit_all (const struct op *op)
{
    struct server *s = http_req_server (op->req);
    if (!op->action || !events_wanted (s->events))
        return;
    for (size_t i = 0; i < op->a.children.n; i++)
        emit (s, "get", op->a.children.v[i], NULL);
    emit (s, op->action, op->a.path ? op->a.path : "", op->source);
}

/* ---- answers --------------------------------------------------------------------- */

static void set_location (struct http_req *req, const char *path, const char *below)
{
    const struct server *s = http_req_server (req);
    autofree char *encoded = url_encode_path (path);
    autofree char *location = xasprintf ("%sapi/contents%s%s%s", s->base_url,
                                         *encoded ? "/" : "", encoded, below);
    http_header_set (req, "Location", location);
}

static void send_body (struct op *op, int status)
{
    size_t n;
    char *text = buf_take (&op->a.body, &n);
    http_reply_blk (op->req, status, "application/json", blk_wrap (text, n, free, text));
}

static int work_put (struct op *op, struct err *err);

static int work_get (struct op *op, struct err *err)
{
    return contents_get (op->c, &op->query, &op->a, err);
}

static void reply_model (struct op *op)
{
    char date[CLOCK_TEXT];
    if (op->work != work_get)
        set_location (op->req, op->a.path, "");
    else if (!op->a.rest)
        http_header_set (op->req, "ETag", op->etag);
    http_header_set (op->req, "Last-Modified", clock_http (op->a.modified_us, date));
    if (op->a.rest)
        contents_stream (op->req, op->c, &op->a);
    else
        send_body (op, op->a.created ? 201 : 200);
}

static void reply_list (struct op *op)
{
    send_body (op, 200);
}

static void reply_checkpoint (struct op *op)
{
    autofree char *raw = xstrndup (op->request.path, op->request.path_len);
    autofree char *path = path_api_normal (raw);
    set_location (op->req, path, "/checkpoints/" CHECKPOINT_ID);
    send_body (op, 201);
}

static void reply_nothing (struct op *op)
{
    http_reply_empty (op->req, 204);
}

static void reply_created (struct op *op)
{
    http_reply_empty (op->req, 201);
}

/* ---- the way through the pool ---------------------------------------------------- */

/* As the original: a digest of the body.  Of a notebook that was hashed already the beginning
 * says it all, together with the length, which the verdict about its trust changes. */
static void make_etag (struct op *op)
{
    const struct buf *body = &op->a.body;
    size_t n = op->a.etag_len ? op->a.etag_len : body->len;
    char hex[CRYPTO_HEX], length[24];
    struct digest *d = digest_new ("sha1");
    if (!d)
        return;
    digest_add (d, body->data, n);
    if (n < body->len)
        digest_add (d, length, (size_t)snprintf (length, sizeof length, "%zu", body->len));
    digest_hex (d, hex);
    (void)snprintf (op->etag, sizeof op->etag, "\"%s\"", hex);
}

static void op_work (void *arg)
{
    struct op *op = arg;
    op->rc = op->work (op, &op->err);
    if (op->rc == 0 && op->work == work_get && !op->a.rest)
        make_etag (op);
}

/* The recorder hears what became of its outputs, and who may have got a document. */
static void tell_recorder (struct op *op)
{
    struct server *s = http_req_server (op->req);
    recorder_saved (s, take_ptr (op->request.recorded), op->rc == 0);
    if (op->rc == 0 && op->work == work_get && op->query.content)
        recorder_loaded (s, op->a.path);
}

static void op_done (void *arg)
{
    struct op *op = arg;
    tell_recorder (op);
    if (op->rc < 0 || http_req_gone (op->req)) {
        http_fail (op->req, &op->err);
    } else {
        emit_all (op);
        op->reply (op);
    }
    op_free (op);
}

static struct op *op_new (struct http_req *req, int (*work) (struct op *, struct err *),
                          void (*reply) (struct op *))
{
    struct server *s = http_req_server (req);
    struct op *op = xnew (struct op);
    op->req = req;
    op->c = contents_ref (s->contents);
    op->work = work;
    op->reply = reply;
    op->rc = -1;
    (void)err_set (&op->err, PROBLEM_BUSY, "the server is busy with other files");
    op->request.path = http_req_param (req, "path", &op->request.path_len);
    op->request.body = http_req_body_used (req, &op->request.body_len);
    contents_answer_init (&op->a);
    op->a.list_children = events_wanted (s->events);
    return op;
}

/* OTHER: a second path that takes part, or NULL. */
static void op_start (struct op *op, const char *other)
{
    autofree char *raw = xstrndup (op->request.path, op->request.path_len);
    autofree char *key = path_api_normal (raw);
    autofree char *key2 = other ? path_api_normal (other) : NULL;
    struct err err;
    if (op->work == work_put)
        op->request.recorded = recorder_expect (http_req_server (op->req), key);
    if (pathq_submit (contents_queue (op->c), key, key2, op_work, op_done, op, &err) < 0) {
        recorder_saved (http_req_server (op->req), take_ptr (op->request.recorded), false);
        http_fail (op->req, &err);
        op_free (op);
    }
}

/* ---- GET ------------------------------------------------------------------------- */

static int flag_arg (struct http_req *req, const char *key, bool dflt, bool *ret,
                     struct err *err)
{
    const char *v = http_req_arg (req, key);
    *ret = v ? *v == '1' : dflt;
    if (!v || !strcmp (v, "0") || !strcmp (v, "1"))
        return 0;
    if (!strcmp (key, "hash"))
        return err_set (err, PROBLEM_INVALID,
                        "Hash argument '%s' is invalid. It must be '0' or '1'.", v);
    return err_set (err, PROBLEM_INVALID, "Content '%s' is invalid", v);
}

static int parse_query (struct http_req *req, struct contents_query *q, struct err *err)
{
    const char *type = http_req_arg (req, "type"), *format = http_req_arg (req, "format");
    if (!http_req_args_valid (req))
        return err_set (err, PROBLEM_INVALID, "Invalid unicode in the query");
    if (type)
        q->type = !strcmp (type, "directory")  ? CONTENTS_DIRECTORY
                  : !strcmp (type, "notebook") ? CONTENTS_NOTEBOOK
                                               : CONTENTS_FILE;
    if (format && strcmp (format, "text") && strcmp (format, "base64"))
        return err_set (err, PROBLEM_INVALID, "Format '%s' is invalid", format);
    if (format)
        q->format = *format == 't' ? CONTENTS_TEXT : CONTENTS_BASE64;
    if (flag_arg (req, "content", true, &q->content, err) < 0)
        return -1;
    return flag_arg (req, "hash", false, &q->hash, err);
}

static void contents_get_handler (struct http_req *req)
{
    struct err err;
    struct op *op = op_new (req, work_get, reply_model);
    op->action = "get";
    op->query.path = op->request.path;
    op->query.path_len = op->request.path_len;
    if (parse_query (req, &op->query, &err) < 0) {
        http_fail (req, &err);
        op_free (op);
        return;
    }
    op_start (op, NULL);
}

/* ---- changes --------------------------------------------------------------------- */

static int work_post (struct op *op, struct err *err)
{
    return contents_post (op->c, &op->request, &op->a, err);
}

static int work_put (struct op *op, struct err *err)
{
    return contents_put (op->c, &op->request, &op->a, err);
}

static int work_patch (struct op *op, struct err *err)
{
    return contents_patch (op->c, &op->request, &op->a, err);
}

static int work_delete (struct op *op, struct err *err)
{
    return contents_delete (op->c, &op->request, err);
}

static void post_handler (struct http_req *req)
{
    struct op *op = op_new (req, work_post, reply_model);
    op->source = contents_copy_source (&op->request);
    op->action = op->source ? "copy" : "save";
    op_start (op, NULL);
}

static void put_handler (struct http_req *req)
{
    struct op *op = op_new (req, work_put, reply_model);
    op->action = "save";
    op_start (op, NULL);
}

static void patch_handler (struct http_req *req)
{
    struct op *op = op_new (req, work_patch, reply_model);
    autofree char *target = contents_patch_target (&op->request);
    autofree char *raw = xstrndup (op->request.path, op->request.path_len);
    op->source = path_api_normal (raw);
    op->action = target && strcmp (target, op->source) ? "rename" : "get";
    op_start (op, target);
}

static void delete_handler (struct http_req *req)
{
    struct op *op = op_new (req, work_delete, reply_nothing);
    autofree char *raw = xstrndup (op->request.path, op->request.path_len);
    op->a.path = path_api_normal (raw);
    op->action = "delete";
    op_start (op, NULL);
}

/* ---- checkpoints and trust ------------------------------------------------------- */

static int work_list (struct op *op, struct err *err)
{
    return checkpoint_list (op->c, &op->request, &op->a.body, err);
}

static int work_checkpoint (struct op *op, struct err *err)
{
    return checkpoint_create (op->c, &op->request, &op->a.body, err);
}

static int work_restore (struct op *op, struct err *err)
{
    return checkpoint_restore (op->c, &op->request, op->id, err);
}

static int work_remove (struct op *op, struct err *err)
{
    return checkpoint_remove (op->c, &op->request, op->id, err);
}

static int work_trust (struct op *op, struct err *err)
{
    return contents_trust (op->c, &op->request, err);
}

static void checkpoints_get (struct http_req *req)
{
    op_start (op_new (req, work_list, reply_list), NULL);
}

static void checkpoints_post (struct http_req *req)
{
    op_start (op_new (req, work_checkpoint, reply_checkpoint), NULL);
}

static void one_checkpoint (struct http_req *req, int (*work) (struct op *, struct err *))
{
    struct op *op = op_new (req, work, reply_nothing);
    op->id = http_req_param (req, "id", NULL);
    op_start (op, NULL);
}

static void checkpoint_post (struct http_req *req)
{
    one_checkpoint (req, work_restore);
}

static void checkpoint_delete (struct http_req *req)
{
    one_checkpoint (req, work_remove);
}

static void trust_post (struct http_req *req)
{
    op_start (op_new (req, work_trust, reply_created), NULL);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/contents{path*}/checkpoints", "contents", 0, 0, checkpoints_get },
    { HTTP_POST, "/api/contents{path*}/checkpoints", "contents", 0, 4096,
      checkpoints_post },
    { HTTP_POST, "/api/contents{path*}/checkpoints/{id:ck}", "contents", 0, 4096,
      checkpoint_post },
    { HTTP_DELETE, "/api/contents{path*}/checkpoints/{id:ck}", "contents", 0, 0,
      checkpoint_delete },
    { HTTP_POST, "/api/contents{path*}/trust", "contents", ROUTE_PAGE, 4096, trust_post },
    { HTTP_GET, "/api/contents{path*}", "contents", 0, 0, contents_get_handler },
    { HTTP_POST, "/api/contents{path*}", "contents", 0, BODY_MAX, post_handler },
    { HTTP_PUT, "/api/contents{path*}", "contents", 0, BODY_MAX, put_handler },
    { HTTP_PATCH, "/api/contents{path*}", "contents", 0, 1 << 20, patch_handler },
    { HTTP_DELETE, "/api/contents{path*}", "contents", 0, 0, delete_handler },
};
const struct route_table contents_routes = { rows, ARRAY_SIZE (rows) };
