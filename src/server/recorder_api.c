/* recorder_api.c - GET labwright/api/kernels/{id}/cells: what runs, and all that it showed so far
 *
 * For a page that was loaded while cells run.  The answer and the page's websocket must fit together without
 * a gap: it waits until the websocket's subscription stands and the recorder has seen all that came before.
 * Texts are put together in the pool.  docs/PROTOCOL.md has the format.
 */

#include "server/recorder_private.h"

#include "base/clock.h"
#include "jupyter/jsonscan.h"
#include "server/kernel_ws.h"
#include "server/sessions.h"
#include "server/when_ready.h"

#include <string.h>

#define WAIT_US (5 * CLOCK_S)
#define ANSWER_MAX ((size_t)1 << 30)
#define HEAD_MAX (4u << 20) /* of one entry without its outputs */
#define WAITERS_MAX 64

struct waiter {
    struct list link;
    struct recorder *r;
    struct http_req *req;
    struct loop_timer *timer;
};

/* ---- the text ---- */

struct part {
    struct buf head, tail;        /* of an entry, around its outputs */
    struct outputs_view *outputs; /* NULL: not asked for */
};

struct answer {
    struct http_req *req;
    struct buf head, body, tail;
    struct part *parts;
    size_t n;
};

static struct blk *blk_of_buf (struct buf *b)
{
    size_t n;
    char *data = buf_take (b, &n);
    return blk_wrap (data, n, free, data);
}

static void work (void *arg)
{
    struct answer *a = arg;
    struct buf *b = &a->body;
    (void)buf_add (b, a->head.data, a->head.len);
    for (size_t i = 0; i < a->n; i++) {
        const struct part *p = &a->parts[i];
        (void)buf_adds (b, i ? "," : "");
        (void)buf_add (b, p->head.data, p->head.len);
        if (p->outputs)
            outputs_view_write_page (p->outputs, b);
        (void)buf_add (b, p->tail.data, p->tail.len);
    }
    (void)buf_add (b, a->tail.data, a->tail.len);
}

static void answer_free (struct answer *a)
{
    for (size_t i = 0; i < a->n; i++) {
        outputs_view_free (a->parts[i].outputs);
        buf_done (&a->parts[i].head);
        buf_done (&a->parts[i].tail);
    }
    free (a->parts);
    buf_done (&a->head);
    buf_done (&a->body);
    buf_done (&a->tail);
    free (a);
}

static void done (void *arg)
{
    struct answer *a = arg;
    struct err err;
    if (a->body.overflow || !a->body.len) {
        (void)err_set (&err, PROBLEM_TOO_LARGE, "the outputs are too large for an answer");
        http_fail (a->req, &err);
    } else {
        http_header_set (a->req, "Cache-Control", "no-store");
        http_reply_blk (a->req, 200, "application/json", blk_of_buf (&a->body));
    }
    answer_free (a);
}

/* ---- what it says ---- */

static void add_text (struct buf *b, const char *key, const char *text)
{
    (void)buf_addf (b, "\"%s\":", key);
    if (text)
        (void)buf_add_json_string (b, text, strlen (text));
    else
        (void)buf_adds (b, "null");
    (void)buf_addc (b, ',');
}

/* The question that waits, as a message. */
static void add_input (struct buf *b, const struct blk *frame)
{
    static const char *const names[] = { "header", "parent_header", "metadata", "content" };
    struct wsv1 m;
    bool good = frame && wsv1_decode (frame->data, frame->len, &m, NULL) == 0;
    for (size_t i = 0; good && i < ARRAY_SIZE (names); i++)
        good = jsonscan_valid (wsv1_part (&m, i));
    (void)buf_adds (b, "\"input_request\":");
    if (!good) {
        (void)buf_adds (b, "null,");
        return;
    }
    (void)buf_adds (b, "{\"channel\":\"stdin\",\"buffers\":[]");
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        struct slice part = wsv1_part (&m, i);
        (void)buf_addf (b, ",\"%s\":", names[i]);
        (void)buf_add (b, part.data, part.len);
    }
    (void)buf_adds (b, "},");
}

/* A page other than SESSION that shows the request as its own, and saves it. */
static bool is_anothers (const struct recorder *r, const struct entry *e,
                         const char *session)
{
    return e->owner && (!session || strcmp (e->owner, session)) &&
           page_connected (r, e->owner);
}

/* BEGINS: the first number that came over the page's websocket. */
static void add_entry (const struct entry *e, bool others, uint64_t begins, bool outputs,
                       struct part *p)
{
    struct buf *b = &p->head;
    buf_init (b, HEAD_MAX);
    buf_init (&p->tail, 16);
    (void)buf_addc (b, '{');
    add_text (b, "cell_id", e->cell_id);
    add_text (b, "msg_id", e->msg_id);
    add_text (b, "state", entry_state_names[e->state]);
    if (e->count >= 0)
        (void)buf_addf (b, "\"execution_count\":%lld,", (long long)e->count);
    else
        (void)buf_adds (b, "\"execution_count\":null,");
    add_text (b, "last_msg_id", *e->last_msg_id ? e->last_msg_id : NULL);
    (void)buf_addf (
        b, "\"live\":%s,\"clear_next\":%s,\"others\":%d,\"header\":%s,\"death\":null,",
        *e->last_msg_id && e->last >= begins ? "true" : "false",
        outputs_clears (e->outputs) ? "true" : "false", others, e->header);
    add_input (b, e->input);
    if (outputs) {
        (void)buf_adds (b, "\"outputs\":");
        p->outputs = outputs_view (e->outputs);
    } else {
        b->len--; /* the comma */
    }
    (void)buf_addc (&p->tail, '}');
}

static void adopt (struct recorder *r, struct entry *e, const char *session)
{
    free (e->owner);
    e->owner = xstrdup (session);
    e->seen = e->seen || e->state == ENTRY_DONE;
}

static void add_entries (struct recorder *r, struct http_req *req, struct answer *a)
{
    const char *session = http_req_arg (req, "session_id"),
               *take = http_req_arg (req, "adopt"), *show = http_req_arg (req, "outputs");
    uint64_t begins = UINT64_MAX;
    bool connected = session && kernel_ws_begins (recorder_kernel (r), session, &begins);
    bool outputs = !show || strcmp (show, "0") != 0;
    bool adopts = connected && take && !strcmp (take, "1");
    if (adopts)
        page_drops_repeats (r, session);
    a->parts = xcalloc (r->nentries + 1, sizeof (*a->parts));
    list_foreach (e, &r->entries, struct entry, link) {
        if (!entry_open (e) || e->displays)
            continue;
        bool others = is_anothers (r, e, session);
        add_entry (e, others, connected && begins ? begins : UINT64_MAX, outputs,
                   &a->parts[a->n++]);
        if (adopts && !others)
            adopt (r, e, session);
    }
    recorder_plan (r);
}

/* R NULL: the kernel has no notebook. */
static void reply (struct http_req *req, struct recorder *r)
{
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "kernel_id", NULL);
    autodone (strv_done) struct strv paths;
    struct answer *a = xnew (struct answer);
    a->req = req;
    strv_init (&paths);
    buf_init (&a->head, HEAD_MAX);
    buf_init (&a->body, ANSWER_MAX);
    buf_init (&a->tail, 64);
    sessions_notebooks (s->sessions, id, &paths);
    (void)buf_addc (&a->head, '{');
    add_text (&a->head, "kernel_id", id);
    add_text (&a->head, "path", paths.n ? paths.v[0] : NULL);
    (void)buf_addf (&a->head, "\"seq\":%llu,\"entries\":[",
                    (unsigned long long)(r ? r->processed : 0));
    (void)buf_adds (&a->tail, "]}");
    if (r)
        add_entries (r, req, a);
    if (pool_submit (loop_pool (s->loop), work, done, a, NULL) < 0)
        done (a);
}

/* ---- waiting for the right moment ---- */

static bool is_time (const struct recorder *r, struct http_req *req)
{
    const char *session = http_req_arg (req, "session_id");
    uint64_t begins;
    if (r->processed < r->goal)
        return false;
    if (!session || !kernel_ws_begins (recorder_kernel (r), session, &begins))
        return true;
    return begins && r->processed + 1 >= begins;
}

static struct http_req *waiter_end (struct waiter *w)
{
    struct http_req *req = w->req;
    loop_cancel (w->timer);
    list_remove (&w->link);
    free (w);
    return req;
}

static void on_late (void *arg)
{
    struct waiter *w = arg;
    struct recorder *r = w->r;
    w->timer = NULL;
    reply (waiter_end (w), r);
}

void recorder_wake (struct recorder *r)
{
    list_foreach (w, &r->waiters, struct waiter, link)
        if (is_time (r, w->req))
            reply (waiter_end (w), r);
}

void recorder_refuse_all (struct recorder *r)
{
    struct err err;
    (void)err_set (&err, PROBLEM_NOT_FOUND, "Kernel does not exist: %s", r->kernel_id);
    list_foreach (w, &r->waiters, struct waiter, link)
        http_fail (waiter_end (w), &err);
}

static void wait_or_reply (struct recorder *r, struct http_req *req)
{
    size_t n = 0;
    list_foreach (other, &r->waiters, struct waiter, link)
        n++;
    if (n >= WAITERS_MAX || is_time (r, req)) {
        reply (req, r);
        return;
    }
    struct waiter *w = xnew (struct waiter);
    w->r = r;
    w->req = req;
    w->timer = loop_after (r->server->loop, WAIT_US, on_late, w);
    list_append (&r->waiters, &w->link);
}

static void get_cells (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "kernel_id", NULL);
    const struct kernel *k = kernels_find (s->kernels, id);
    struct err err;
    if (!http_req_args_valid (req)) {
        (void)err_set (&err, PROBLEM_INVALID, "the session_id cannot be used");
        http_fail (req, &err);
    } else if (!k) {
        (void)err_set (&err, PROBLEM_NOT_FOUND, "Kernel does not exist: %s", id);
        http_fail (req, &err);
    } else if (k->recorder) {
        wait_or_reply (k->recorder, req);
    } else {
        reply (req, NULL);
    }
}

static void cells_get (struct http_req *req)
{
    when_ready (req, get_cells);
}

static const struct route rows[] = {
    { HTTP_GET, "/labwright/api/kernels/{kernel_id:id}/cells", "kernels", 0, 0, cells_get },
};
const struct route_table recorder_routes = { rows, ARRAY_SIZE (rows) };
