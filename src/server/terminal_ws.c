/* terminal_ws.c - somebody who looks at a terminal (contract 6.10)
 *
 * Each viewer reads the journal at its own pace through a subscription of its own.  It begins with a repaint
 * of the screen, which the keeper makes (docs/internals/screens.md), and gets another one instead of what it
 * fell too far behind for, and when its first size changes the terminal's.
 *
 * What a program asks a terminal, every viewer's terminal answers; only one answer is let through.
 */

#include "server/terminals_private.h"

#include "base/ident.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "http/http.h"
#include "http/wsconn.h"
#include "server/delivery.h"
#include "server/term_reply.h"
#include "server/term_size.h"
#include "server/utf8stream.h"
#include "server/ws_settings.h"

#include <string.h>

#define HISTORY_MAX (1u << 20) /* from a keeper that makes no repaints */
#define PIECE_MAX (64u << 20)  /* text of one message */
/* Bytes that wait for a viewer; up to six times as much as JSON. */
#define WINDOW (128u << 10)

struct terminal_ws {
    struct list link; /* in terminal->viewers while TERMINAL is set */
    struct server *server;
    struct terminal *terminal; /* NULL: gone */
    struct wsconn *ws;
    struct keep_sub *sub;
    struct delivery delivery;
    struct utf8stream utf8;
    struct term_size size;
    bool sized; /* it said its size */
};

/* ---- to the client
 * ------------------------------------------------------------------------------- */

static void send_text (struct terminal_ws *w, const char *text, size_t n)
{
    struct buf b;
    if (n == 0)
        return;
    buf_init (&b, PIECE_MAX);
    (void)buf_reserve (&b, n + n / 16 + 64); /* a line end in every 32 bytes */
    (void)buf_adds (&b, "[\"stdout\", ");
    (void)buf_add_json_string (&b, text, n);
    (void)buf_addc (&b, ']');
    if (b.overflow) {
        buf_done (&b);
        return;
    }
    size_t len;
    char *data = buf_take (&b, &len);
    autocleanup (blk_unref) struct blk *blk = blk_wrap (data, len, free, data);
    wsconn_send_blk (w->ws, true, blk);
}

static void send_bytes (struct terminal_ws *w, const void *data, size_t n)
{
    autodone (buf_done) struct buf text;
    buf_init (&text, PIECE_MAX);
    if (utf8stream_run (&w->utf8, data, n) == n) {
        send_text (w, data, n);
        return;
    }
    utf8stream_feed (&w->utf8, data, n, &text);
    send_text (w, text.data, text.len);
}

static void on_data (void *arg, uint64_t number, unsigned channel, struct blk *b,
                     struct slice s)
{
    struct terminal_ws *w = arg;
    uint64_t acked;
    w->terminal->last = number;
    if (channel == KEEP_SCREEN)
        w->utf8 = (struct utf8stream){ 0 };
    else
        terminals_touch (w->server->terminals, w->terminal);
    send_bytes (w, s.data, s.len);
    delivery_add (&w->delivery, wsconn_payload_queued_total (w->ws), number);
    if (delivery_sent (&w->delivery, w->delivery.sent, &acked))
        keep_sub_ack (w->sub, acked);
}

static void on_ready (void *arg, uint64_t next, const struct err *err)
{
    struct terminal_ws *w = arg;
    if (!err)
        return;
    log_warning ("terminals", "terminal=%s: %s", w->terminal->name, err->text);
    wsconn_close (w->ws, 1011);
}

static const struct keep_sub_ops sub_ops = {
    .flags = KEEP_SUB_SCREEN, .at_once = true, .data = on_data, .ready = on_ready
};

/* Under a name of its own, so that nothing of an earlier subscription is taken for its. */
static void subscribe (struct terminal_ws *w)
{
    const struct terminal *t = w->terminal;
    uint64_t from = t->last > HISTORY_MAX ? t->last - HISTORY_MAX : 1;
    char name[IDENT_UUID];
    ident_uuid4 (name);
    w->sub = keep_sub_new (w->server->keeper, t->object, name, from, WINDOW, &sub_ops, w);
}

static void on_sent (void *arg, uint64_t total)
{
    struct terminal_ws *w = arg;
    uint64_t acked;
    if (delivery_sent (&w->delivery, total, &acked) && w->sub)
        keep_sub_ack (w->sub, acked);
}

/* ---- from the client
 * ----------------------------------------------------------------------------- */

/* True: the terminal has another size now. */
static bool resize (struct terminal_ws *w)
{
    struct terminal *t = w->terminal;
    struct term_size size = { 0, 0 };
    list_foreach (viewer, &t->viewers, struct terminal_ws, link)
        term_size_fit (&size, &viewer->size);
    if (!size.rows || !size.cols || (size.rows == t->rows && size.cols == t->cols))
        return false;
    t->rows = size.rows;
    t->cols = size.cols;
    struct buf *b = keep_client_begin (w->server->keeper, KEEP_RESIZE, t->object);
    keep_put_u32 (b, t->rows);
    keep_put_u32 (b, t->cols);
    keep_client_tell (w->server->keeper);
    return true;
}

/* What it was painted at first was for another size, perhaps with lines that it had to break. */
static void first_size (struct terminal_ws *w)
{
    if (!resize (w))
        return;
    uint64_t sent = w->delivery.sent;
    keep_sub_free (w->sub, KEEP_SUB_FORGET);
    delivery_done (&w->delivery);
    w->delivery.sent = sent;
    subscribe (w);
}

static void type_in (struct terminal_ws *w, const json_t *text)
{
    struct keep_client *kc = w->server->keeper;
    if (!json_is_string (text))
        return;
    if (!term_reply_is (json_string_value (text), json_string_length (text)))
        w->terminal->speaker = w;
    else if (w->terminal->speaker != w)
        return;
    struct buf *b = keep_client_begin (kc, KEEP_SEND, w->terminal->object);
    (void)buf_add (b, json_string_value (text), json_string_length (text));
    keep_client_tell (kc);
    if (keep_client_pressure (kc))
        wsconn_pause (w->ws, true);
    terminals_touch (w->server->terminals, w->terminal);
}

static void on_message (void *arg, struct blk *msg, bool is_text)
{
    struct terminal_ws *w = arg;
    if (!w->terminal)
        return;
    autojson json_t *j = jsonx_parse ((const char *)msg->data, msg->len, NULL);
    const char *command = json_string_value (json_array_get (j, 0));
    if (command && !strcmp (command, "stdin"))
        type_in (w, json_array_get (j, 1));
    else if (command && !strcmp (command, "set_size") && term_size_read (j, &w->size)) {
        bool first = !w->sized;
        w->sized = true;
        if (first)
            first_size (w);
        else
            (void)resize (w);
    }
}

/* ---- the end
 * ------------------------------------------------------------------------------------- */

static void leave (struct terminal_ws *w, enum keep_sub_end how)
{
    if (!w->terminal)
        return;
    keep_sub_free (w->sub, how);
    w->sub = NULL;
    list_remove (&w->link);
    if (w->terminal->speaker == w)
        w->terminal->speaker =
            list_empty (&w->terminal->viewers)
                ? NULL
                : list_entry (w->terminal->viewers.next, struct terminal_ws, link);
    if (how == KEEP_SUB_FORGET && !list_empty (&w->terminal->viewers))
        (void)resize (w);
    w->terminal = NULL;
}

static void on_closed (void *arg, int code)
{
    struct terminal_ws *w = arg;
    leave (w, KEEP_SUB_FORGET);
    delivery_done (&w->delivery);
    free (w);
}

void terminal_ws_gone (struct terminal *t)
{
    static const char text[] = "[\"disconnect\", 1]";
    list_foreach (w, &t->viewers, struct terminal_ws, link) {
        autodone (buf_done) struct buf rest;
        buf_init (&rest, 16);
        utf8stream_end (&w->utf8, &rest);
        send_text (w, rest.data, rest.len);
        wsconn_send_text (w->ws, text, sizeof (text) - 1);
        leave (w, KEEP_SUB_SILENT);
        wsconn_close (w->ws, 0);
    }
}

void terminal_ws_pause (struct terminal *t, bool on)
{
    list_foreach (w, &t->viewers, struct terminal_ws, link)
        wsconn_pause (w->ws, on);
}

void terminal_ws_drop_all (struct terminal *t)
{
    list_foreach (w, &t->viewers, struct terminal_ws, link)
        leave (w, KEEP_SUB_SILENT);
}

/* ---- the beginning
 * ------------------------------------------------------------------------------- */

static const struct wsconn_ops ws_ops = { .message = on_message,
                                          .sent = on_sent,
                                          .closed = on_closed };

static void view (struct http_req *req, struct terminal *t)
{
    static const char setup[] = "[\"setup\", {}]";
    struct server *s = http_req_server (req);
    struct terminal_ws *w = xnew (struct terminal_ws);
    w->server = s;
    w->terminal = t;
    w->ws = http_upgrade (req, NULL, &ws_ops, w);
    if (!w->ws) {
        free (w);
        return;
    }
    ws_settings_ping (s, w->ws);
    wsconn_send_text (w->ws, setup, sizeof (setup) - 1);
    list_append (&t->viewers, &w->link);
    if (!t->speaker)
        t->speaker = w;
    if (t->paused)
        wsconn_pause (w->ws, true);
    subscribe (w);
}

static void on_keeper_ready (void *arg, const struct err *err)
{
    struct http_req *req = arg;
    struct server *s = http_req_server (req);
    const char *name = http_req_param (req, "name", NULL);
    struct err gone;
    struct terminal *t = err ? NULL : terminals_find (s->terminals, name);
    if (!err && !t) {
        (void)err_set (&gone, PROBLEM_NOT_FOUND, "Terminal not found: %s", name);
        err = &gone;
    }
    if (err)
        http_fail (req, err);
    else
        view (req, t);
}

void terminal_ws_open (struct http_req *req)
{
    struct server *s = http_req_server (req);
    keep_client_when_ready (s->keeper, on_keeper_ready, req);
}
