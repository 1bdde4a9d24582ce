/* home_view_answer.c - what comes back from the worker: a listing, a file, an archive, or why not
 *
 * A line of JSON, then bytes, which are passed on as fast as the client takes them.
 */

#include "hub/home_view_private.h"

#include "base/jsonx.h"
#include "base/url.h"

#include <string.h>

static void guard_headers (struct http_req *req)
{
    http_header_set (req, "X-Content-Type-Options", "nosniff");
    http_header_set (req, "Content-Security-Policy", "sandbox; default-src 'none'");
    http_header_set (req, "Cache-Control", "no-store");
}

static const char *type_of (const char *name, bool text)
{
    static const struct {
        const char *ending, *type;
    } pictures[] = { { ".png", "image/png" },
                     { ".jpg", "image/jpeg" },
                     { ".jpeg", "image/jpeg" },
                     { ".gif", "image/gif" },
                     { ".webp", "image/webp" } };
    const char *dot = strrchr (name, '.');
    if (text)
        return "text/plain; charset=utf-8";
    for (size_t i = 0; dot && i < ARRAY_SIZE (pictures); i++)
        if (!strcasecmp (dot, pictures[i].ending))
            return pictures[i].type;
    return "application/octet-stream";
}

static void attach (struct http_req *req, const char *name, const char *ending)
{
    autofree char *encoded = url_encode_all (name);
    autofree char *value = xasprintf ("attachment; filename*=utf-8''%s%s", encoded, ending);
    http_header_set (req, "Content-Disposition", value);
}

static void on_drained (void *arg)
{
    struct question *q = arg;
    question_patience (q);
    loop_io_events (q->io, LOOP_READ);
}

static void on_aborted (void *arg)
{
    struct question *q = arg;
    http_stream_end (q->req, false);
    question_free (q);
}

/* False: Q is gone. */
static bool pass_on (struct question *q, const char *data, size_t n)
{
    size_t some = q->left >= 0 && (int64_t)n > q->left ? (size_t)q->left : n;
    struct blk *b = some ? blk_dup (data, some) : NULL;
    if (some && !b) {
        question_fail_with (q, PROBLEM_INTERNAL, "out of memory");
        return false;
    }
    if (q->left > 0)
        q->left -= (int64_t)some;
    if (b && !http_stream_write (q->req, b)) {
        loop_io_events (q->io, 0);
        loop_cancel (take_ptr (q->timer));
    }
    blk_unref (b);
    return true;
}

static void begin_file (struct question *q, const json_t *head)
{
    const char *name = jsonx_str (head, "name", "file");
    int64_t size = jsonx_int (head, "size", 0);
    q->left = size < 0 ? 0 : size;
    if (q->download)
        attach (q->req, name, "");
    q->streaming = true;
    http_stream_begin (q->req, 200, type_of (name, jsonx_bool (head, "text", false)),
                       q->left, on_drained, on_aborted, q);
}

static void begin_tar (struct question *q, const json_t *head)
{
    attach (q->req, jsonx_str (head, "name", "home"), ".tar");
    q->left = -1;
    q->streaming = true;
    http_stream_begin (q->req, 200, "application/x-tar", -1, on_drained, on_aborted, q);
}

static void pass_error (struct question *q, const json_t *e)
{
    const char *slug = jsonx_str (e, "slug", "");
    enum problem problem = PROBLEM_INTERNAL;
    for (int i = PROBLEM_INVALID; i < PROBLEM_COUNT; i++)
        if (!strcmp (slug, problem_table[i].slug))
            problem = (enum problem)i;
    question_fail_with (q, problem, jsonx_str (e, "message", "The files cannot be read"));
}

/* The first line of the answer.  False: Q is gone. */
static bool begin (struct question *q, const char *line, size_t n)
{
    autojson json_t *head = jsonx_parse (line, n, NULL);
    const char *type = jsonx_str (head, "type", "");
    const json_t *error = json_object_get (head, "error");
    guard_headers (q->req);
    if (!strcmp (type, "file")) {
        begin_file (q, head);
    } else if (!strcmp (type, "tar")) {
        begin_tar (q, head);
    } else if (!strcmp (type, "directory")) {
        http_reply_json (q->req, 200, json_incref (head));
        question_free (q);
        return false;
    } else {
        pass_error (q, error);
        return false;
    }
    return true;
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

void home_answer_take (struct question *q, const char *data, size_t n)
{
    const char *end = q->streaming ? NULL : memchr (data, '\n', n);
    size_t used = end ? (size_t)(end - data) : n;
    if (q->streaming) {
        (void)pass_on (q, data, n);
    } else if (buf_add (&q->head, data, used)) {
        question_fail_with (q, PROBLEM_INTERNAL, "The answer about the files was too long");
    } else if (end && begin (q, q->head.data, q->head.len)) {
        (void)pass_on (q, end + 1, n - used - 1);
    }
}

void home_answer_end (struct question *q)
{
    if (!q->streaming) {
        question_fail_with (q, PROBLEM_UNAVAILABLE,
                            "The files cannot be shown now: try again");
        return;
    }
    http_stream_end (q->req, q->left <= 0);
    question_free (q);
}
