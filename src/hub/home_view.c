/* home_view.c - GET resources/{workspace}/…: asking the worker that sees the files
 *
 * A question connects to the worker's socket; if nobody listens there, a sandbox is asked for once or twice.
 * What comes back is a line of JSON and bytes, which are passed on as fast as the client takes them.
 */

#include "hub/home_view.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"
#include "base/url.h"
#include "hub/catalog.h"
#include "hub/hub_nouns.h"
#include "hub/workspaces.h"
#include "hub/workspaces_api.h"
#include "model/state_dir.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define VIEW "/floyd/view"
#define QUESTION_MAX (16384 - 64) /* of a question, and */
#define HEAD_MAX (4 << 20)        /* of the first line of an answer: worker/home.h */
#define TRIES 3
#define AGAIN_US (200 * CLOCK_MS)
#define STALL_US (60 * CLOCK_S)
#define SWEEP_US (30 * CLOCK_S)
#define PIECE 65536

/* Its sandbox may be there. */
struct view {
    struct list link;
    char id[SANDBOX_ID];
    int64_t used_us;
};

struct home_view {
    struct hub *h;
    struct list views, questions;
    size_t open;
    struct loop_timer *sweep;
};

struct question {
    struct list link;
    struct home_view *v;
    struct http_req *req;
    char view[SANDBOX_ID], workspace[NAME_WORKSPACE_ID];
    char *line; /* what is asked */
    size_t sent;
    bool download, streaming, creating;
    unsigned tries;
    int fd;
    struct loop_io *io;
    struct loop_timer *timer;
    struct buf head;
    int64_t left; /* bytes to come; -1: to the end */
};

static void on_io (void *arg, unsigned events);
static void reach (struct question *q);

/* ---- ends ---------------------------------------------------------------------------------------- */

static void hang_up (struct question *q)
{
    loop_cancel (take_ptr (q->timer));
    loop_unwatch (take_ptr (q->io));
    if (q->fd >= 0)
        (void)close (take_fd (q->fd));
}

static void question_free (struct question *q)
{
    hang_up (q);
    list_remove (&q->link);
    q->v->open--;
    buf_done (&q->head);
    free (q->line);
    free (q);
}

static void fail (struct question *q, const struct err *err)
{
    if (q->streaming)
        http_stream_end (q->req, false);
    else
        http_fail (q->req, err);
    question_free (q);
}

static void fail_with (struct question *q, enum problem problem, const char *text)
{
    struct err err;
    (void)err_set (&err, problem, "%s", text);
    fail (q, &err);
}

static void on_stalled (void *arg)
{
    struct question *q = arg;
    q->timer = NULL;
    fail_with (q, PROBLEM_TIMEOUT, "The files could not be read in time: try again");
}

static void patience (struct question *q)
{
    loop_cancel (q->timer);
    q->timer = loop_after (q->v->h->loop, STALL_US, on_stalled, q);
}

/* ---- the answer ------------------------------------------------------------------------------------ */

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
    patience (q);
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
        fail_with (q, PROBLEM_INTERNAL, "out of memory");
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
    fail_with (q, problem, jsonx_str (e, "message", "The files cannot be read"));
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

static void take (struct question *q, const char *data, size_t n)
{
    const char *end = q->streaming ? NULL : memchr (data, '\n', n);
    size_t used = end ? (size_t)(end - data) : n;
    if (q->streaming) {
        (void)pass_on (q, data, n);
    } else if (buf_add (&q->head, data, used)) {
        fail_with (q, PROBLEM_INTERNAL, "The answer about the files was too long");
    } else if (end && begin (q, q->head.data, q->head.len)) {
        (void)pass_on (q, end + 1, n - used - 1);
    }
}

static void at_end (struct question *q)
{
    if (!q->streaming) {
        fail_with (q, PROBLEM_UNAVAILABLE, "The files cannot be shown now: try again");
        return;
    }
    http_stream_end (q->req, q->left <= 0);
    question_free (q);
}

/* False: Q is gone. */
static bool ask (struct question *q)
{
    size_t n = strlen (q->line);
    while (q->sent < n) {
        ssize_t r = send (q->fd, q->line + q->sent, n - q->sent, MSG_NOSIGNAL);
        if (r < 0 && errno == EAGAIN)
            return true;
        if (r < 0) {
            at_end (q);
            return false;
        }
        q->sent += (size_t)r;
    }
    loop_io_events (q->io, LOOP_READ);
    return true;
}

static void touch (struct question *q)
{
    list_foreach (w, &q->v->views, struct view, link)
        if (!strcmp (w->id, q->view))
            w->used_us = clock_mono_us ();
}

static void on_io (void *arg, unsigned events)
{
    struct question *q = arg;
    char piece[PIECE];
    if (q->sent < strlen (q->line) && (!ask (q) || !(events & LOOP_READ)))
        return;
    ssize_t n = recv (q->fd, piece, sizeof (piece), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        at_end (q);
        return;
    }
    touch (q);
    patience (q);
    take (q, piece, (size_t)n);
}

/* ---- its sandbox ------------------------------------------------------------------------------------- */

static void set_text (char *ret, size_t room, const char *text)
{
    (void)snprintf (ret, room, "%s", text);
}

static int fill_spec (struct question *q, const struct user_model *owner,
                      struct sandbox_spec *ret, struct err *err)
{
    static const char *const argv[] = { "labwright", "worker", "home", VIEW };
    const struct machine *m = catalog_machine (q->v->h, "", err);
    if (!m)
        return -1;
    sandbox_spec_init (ret);
    ret->kind = SANDBOX_JOB;
    ret->generation = clock_wall_us () / CLOCK_S;
    ret->owner = (uint32_t)owner->number;
    ret->listen = true;
    ret->network = SANDBOX_NET_NONE;
    ret->limits.cpus = m->cpus < 1 ? m->cpus : 1;
    ret->limits.memory = 256u << 20;
    ret->limits.pids = 32;
    set_text (ret->id, sizeof (ret->id), q->view);
    set_text (ret->home, sizeof (ret->home), q->view);
    set_text (ret->person, sizeof (ret->person), owner->name);
    set_text (ret->machine, sizeof (ret->machine), m->name);
    free (ret->cwd);
    ret->cwd = xstrdup ("/tmp");
    for (size_t i = 0; i < ARRAY_SIZE (argv); i++)
        strv_add (&ret->argv, argv[i]);
    sandbox_spec_add_bind (ret, SANDBOX_FROM_HOME, q->workspace, VIEW, true);
    return 0;
}

static void on_again (void *arg)
{
    struct question *q = arg;
    q->timer = NULL;
    reach (q);
}

static void on_created (void *arg, const json_t *ok, const struct err *err)
{
    struct question *q = arg;
    q->creating = false;
    if (ok)
        reach (q);
    else if (err->problem == PROBLEM_CONFLICT) /* it is there, or about to end */
        q->timer = loop_after (q->v->h->loop, AGAIN_US, on_again, q);
    else if (err->problem == PROBLEM_UNAVAILABLE || err->problem == PROBLEM_NO_SPACE)
        fail (q, err);
    else
        fail_with (q, PROBLEM_INTERNAL, err->text);
}

static void remember (struct question *q)
{
    struct view *w;
    list_foreach (other, &q->v->views, struct view, link)
        if (!strcmp (other->id, q->view))
            return;
    w = xnew (struct view);
    set_text (w->id, sizeof (w->id), q->view);
    w->used_us = clock_mono_us ();
    list_append (&q->v->views, &w->link);
}

static void create (struct question *q)
{
    struct hub *h = q->v->h;
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    autodone (user_model_done) struct user_model owner = { .id = "" };
    struct sandbox_spec spec;
    struct err err;
    if (workspace_store_get (h->db, q->workspace, &w, &err) ||
        user_store_get (h->db, w.owner, &owner, &err) ||
        fill_spec (q, &owner, &spec, &err)) {
        fail (q, &err);
        return;
    }
    remember (q);
    q->creating = true;
    const struct spawn_request r = { .what = SPAWN_CREATE, .spec = &spec };
    spawn_client_ask (workspaces_spawner (h), &r, on_created, q);
    sandbox_spec_done (&spec);
}

static int dial (const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen (path) >= sizeof (to.sun_path))
        return -1;
    memcpy (to.sun_path, path, strlen (path) + 1);
    return connect (fd, (const struct sockaddr *)&to, sizeof (to)) ? -1 : take_fd (fd);
}

static void reach (struct question *q)
{
    autofree char *path = state_dir_lab_sock (q->v->h->state_dir, q->view);
    q->fd = dial (path);
    if (q->fd >= 0) {
        q->io = loop_watch (q->v->h->loop, q->fd, LOOP_READ | LOOP_WRITE, on_io, q);
        patience (q);
    } else if (++q->tries < TRIES) {
        create (q);
    } else {
        fail_with (q, PROBLEM_UNAVAILABLE, "The files cannot be shown now: try again");
    }
}

static void on_sweep (void *arg)
{
    struct home_view *v = arg;
    int64_t old = clock_mono_us () - HOME_VIEW_KEEP_S * CLOCK_S;
    list_foreach (w, &v->views, struct view, link) {
        struct spawn_request r = { .what = SPAWN_DESTROY };
        if (w->used_us > old)
            continue;
        memcpy (r.sandbox, w->id, sizeof (r.sandbox));
        spawn_client_ask (workspaces_spawner (v->h), &r, NULL, NULL);
        list_remove (&w->link);
        free (w);
    }
}

/* ---- the route ----------------------------------------------------------------------------------------- */

/* It never ran: there is nothing yet. */
static void reply_empty_home (struct http_req *req, bool root)
{
    struct err err;
    (void)err_set (&err, PROBLEM_NOT_FOUND, "The workspace has no files yet");
    if (root)
        http_reply_json (req, 200,
                         json_pack ("{s:s, s:s, s:[], s:i, s:i}", "type", "directory",
                                    "name", "home", "files", "total_files", 0,
                                    "skipped_files", 0));
    else
        http_fail (req, &err);
}

static char *line_of (const char *path, size_t n, bool download)
{
    autodone (buf_done) struct buf encoded;
    buf_init (&encoded, QUESTION_MAX);
    if (url_encode (&encoded, path, n, "/"))
        return NULL;
    autojson json_t *j =
        json_pack ("{s:s, s:b}", "path", encoded.len ? encoded.data : "", "tar", download);
    autofree char *text = jsonx_dump_string (j, 0, false);
    return xasprintf ("%s\n", text);
}

static void start (struct home_view *v, struct http_req *req, const char *workspace,
                   char *line, bool download)
{
    struct question *q = xnew (struct question);
    q->v = v;
    q->req = req;
    q->line = line;
    q->download = download;
    q->fd = -1;
    buf_init (&q->head, HEAD_MAX);
    set_text (q->workspace, sizeof (q->workspace), workspace);
    (void)snprintf (q->view, sizeof (q->view), "view_%.40s", workspace + strlen ("run_"));
    list_append (&v->questions, &q->link);
    v->open++;
    reach (q);
}

static void resources_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    const char *flag = http_req_arg (req, "download");
    bool download = flag && strcmp (flag, "0") != 0 && strcmp (flag, "false") != 0;
    size_t n = 0;
    const char *path = http_req_param (req, "path", &n);
    struct err err;
    if (workspace_of (req, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    if (w.generation == 0) {
        reply_empty_home (req, n == 0);
        return;
    }
    char *line = line_of (path ? path : "", n, download);
    if (line && h->viewers->open < HOME_VIEW_OPEN) {
        start (h->viewers, req, w.id, line, download);
        return;
    }
    (void)err_set (&err, line ? PROBLEM_BUSY : PROBLEM_NOT_FOUND,
                   line ? "Too many people look at files now: try again in a moment"
                        : "There is no file of that name");
    free (line);
    http_fail (req, &err);
}

struct home_view *home_view_new (struct hub *h)
{
    struct home_view *v = xnew (struct home_view);
    v->h = h;
    list_init (&v->views);
    list_init (&v->questions);
    v->sweep = loop_every (h->loop, SWEEP_US, on_sweep, v);
    return v;
}

void home_view_free (struct home_view *v)
{
    if (!v)
        return;
    list_foreach (q, &v->questions, struct question, link)
        fail_with (q, PROBLEM_CANCELLED, "The hub is stopping");
    list_foreach (w, &v->views, struct view, link) {
        list_remove (&w->link);
        free (w);
    }
    loop_cancel (v->sweep);
    free (v);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/resources/{id}{path*}", NULL, 0, 0, resources_get },
};
const struct route_table hub_home_routes = { rows, ARRAY_SIZE (rows) };
