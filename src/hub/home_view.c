/* home_view.c - GET resources/{workspace}/…: asking the worker that sees the files
 *
 * A question connects to the worker's socket; if nobody listens there, a sandbox is asked for once or twice.
 * What comes back is a line of JSON and bytes, which are passed on as fast as the client takes them.
 */

#include "hub/home_view_private.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/url.h"
#include "hub/hub_nouns.h"
#include "hub/workspaces.h"
#include "hub/workspaces_api.h"
#include "model/state_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define QUESTION_MAX (16384 - 64) /* of a question, and */
#define HEAD_MAX (4 << 20)        /* of the first line of an answer: worker/home.h */
#define TRIES 3
#define STALL_US (60 * CLOCK_S)
#define SWEEP_US (30 * CLOCK_S)
#define PIECE 65536

static void on_io (void *arg, unsigned events);

/* ---- ends ---------------------------------------------------------------------------------------- */

static void hang_up (struct question *q)
{
    loop_cancel (take_ptr (q->timer));
    loop_unwatch (take_ptr (q->io));
    if (q->fd >= 0)
        (void)close (take_fd (q->fd));
}

void question_free (struct question *q)
{
    hang_up (q);
    list_remove (&q->link);
    q->v->open--;
    buf_done (&q->head);
    free (q->line);
    free (q);
}

void question_fail (struct question *q, const struct err *err)
{
    if (q->streaming)
        http_stream_end (q->req, false);
    else
        http_fail (q->req, err);
    question_free (q);
}

void question_fail_with (struct question *q, enum problem problem, const char *text)
{
    struct err err;
    (void)err_set (&err, problem, "%s", text);
    question_fail (q, &err);
}

static void on_stalled (void *arg)
{
    struct question *q = arg;
    q->timer = NULL;
    question_fail_with (q, PROBLEM_TIMEOUT,
                        "The files could not be read in time: try again");
}

void question_patience (struct question *q)
{
    loop_cancel (q->timer);
    q->timer = loop_after (q->v->h->loop, STALL_US, on_stalled, q);
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

/* False: Q is gone. */
static bool ask (struct question *q)
{
    size_t n = strlen (q->line);
    while (q->sent < n) {
        ssize_t r = send (q->fd, q->line + q->sent, n - q->sent, MSG_NOSIGNAL);
        if (r < 0 && errno == EAGAIN)
            return true;
        if (r < 0) {
            home_answer_end (q);
            return false;
        }
        q->sent += (size_t)r;
    }
    loop_io_events (q->io, LOOP_READ);
    return true;
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
        home_answer_end (q);
        return;
    }
    home_sandbox_used (q);
    question_patience (q);
    home_answer_take (q, piece, (size_t)n);
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

void question_reach (struct question *q)
{
    autofree char *path = state_dir_lab_sock (q->v->h->state_dir, q->view);
    q->fd = dial (path);
    if (q->fd >= 0) {
        q->io = loop_watch (q->v->h->loop, q->fd, LOOP_READ | LOOP_WRITE, on_io, q);
        question_patience (q);
    } else if (++q->tries < TRIES) {
        home_sandbox_create (q);
    } else {
        question_fail_with (q, PROBLEM_UNAVAILABLE,
                            "The files cannot be shown now: try again");
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
    (void)snprintf (q->workspace, sizeof (q->workspace), "%s", workspace);
    (void)snprintf (q->view, sizeof (q->view), "view_%.40s", workspace + strlen ("run_"));
    list_append (&v->questions, &q->link);
    v->open++;
    question_reach (q);
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
    v->sweep = loop_every (h->loop, SWEEP_US, home_sandbox_sweep, v);
    return v;
}

void home_view_free (struct home_view *v)
{
    if (!v)
        return;
    list_foreach (q, &v->questions, struct question, link)
        question_fail_with (q, PROBLEM_CANCELLED, "The hub is stopping");
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
