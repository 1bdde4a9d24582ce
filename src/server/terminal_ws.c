/* terminal_ws.c - somebody who looks at a terminal (contract 6.10)
 *
 * Each viewer reads the journal at its own pace through a subscription of its own.  It begins HISTORY_MAX
 * bytes back; what was there when the subscription was made is gathered and sent as one message, and after
 * that each piece as it comes.
 */

#include "server/terminals_private.h"

#include "base/ident.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "http/http.h"
#include "http/wsconn.h"
#include "server/delivery.h"
#include "server/term_size.h"
#include "server/utf8stream.h"
#include "server/ws_settings.h"

#include <string.h>

#define HISTORY_MAX (1u << 20)
#define PIECE_MAX (64u << 20) /* text of one message */
#define LINE_SEARCH 4096      /* history begins with a whole line if one begins so soon */
#define WINDOW (512u << 10)

struct terminal_ws {
    struct list link; /* in terminal->viewers while TERMINAL is set */
    struct server *server;
    struct terminal *terminal; /* NULL: gone */
    struct wsconn *ws;
    struct keep_sub *sub;
    struct delivery delivery;
    struct utf8stream utf8;
    struct term_size size;
    struct buf history;
    uint64_t begin, history_end; /* numbers; END 0: not yet known */
    uint64_t last;               /* number that came last */
    bool live;
};

/* ---- to the client
 * ------------------------------------------------------------------------------- */

static void send_text (struct terminal_ws *w, const char *text, size_t n)
{
    struct buf b;
    if (n == 0)
        return;
    buf_init (&b, PIECE_MAX);
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
    utf8stream_feed (&w->utf8, data, n, &text);
    send_text (w, text.data, text.len);
}

/* Where to begin when the oldest bytes were cut off: not within a character, rather with a line. */
static size_t clean_begin (const char *data, size_t n)
{
    size_t search = n < LINE_SEARCH ? n : LINE_SEARCH, at = 0;
    const char *line = memchr (data, '\n', search);
    if (line)
        return (size_t)(line - data) + 1;
    while (at < search && at < 3 && ((unsigned char)data[at] & 0xc0) == 0x80)
        at++;
    return at;
}

static void go_live (struct terminal_ws *w)
{
    struct buf *h = &w->history;
    size_t cut = h->len > HISTORY_MAX ? h->len - HISTORY_MAX : 0;
    w->live = true;
    if (cut || w->begin > 1)
        cut += clean_begin (h->data + cut, h->len - cut);
    send_bytes (w, h->data + cut, h->len - cut);
    buf_done (h);
}

static void gather (struct terminal_ws *w, struct slice s)
{
    struct buf *h = &w->history;
    if (h->len + s.len > 2 * HISTORY_MAX)
        buf_consume (h, h->len < HISTORY_MAX ? h->len : h->len - HISTORY_MAX / 2);
    (void)buf_add (h, s.data, s.len);
}

static void on_data (void *arg, uint64_t number, unsigned channel, struct blk *b,
                     struct slice s)
{
    struct terminal_ws *w = arg;
    uint64_t acked;
    w->terminal->last = w->last = number;
    if (!w->live) {
        gather (w, s);
        if (w->history_end && number >= w->history_end)
            go_live (w);
    } else {
        send_bytes (w, s.data, s.len);
        terminals_touch (w->server->terminals, w->terminal);
    }
    delivery_add (&w->delivery, wsconn_payload_queued_total (w->ws), number);
    if (delivery_sent (&w->delivery, w->delivery.sent, &acked))
        keep_sub_ack (w->sub, acked);
}

static void on_ready (void *arg, uint64_t next, const struct err *err)
{
    struct terminal_ws *w = arg;
    if (err) {
        log_warning ("terminals", "terminal=%s: %s", w->terminal->name, err->text);
        wsconn_close (w->ws, 1011);
        return;
    }
    if (w->live)
        return; /* made again after a reconnect */
    w->history_end = next - 1;
    if (w->history_end <= w->last || w->history_end <= (w->begin > 1 ? w->begin : 0))
        go_live (w);
}

static void on_gap (void *arg, uint64_t first)
{
    static const char text[] = "\r\n[earlier output was dropped]\r\n";
    struct terminal_ws *w = arg;
    if (w->live)
        send_text (w, text, sizeof (text) - 1);
}

static const struct keep_sub_ops sub_ops = { .data = on_data,
                                             .gap = on_gap,
                                             .ready = on_ready };

static void on_sent (void *arg, uint64_t total)
{
    struct terminal_ws *w = arg;
    uint64_t acked;
    if (delivery_sent (&w->delivery, total, &acked) && w->sub)
        keep_sub_ack (w->sub, acked);
}

/* ---- from the client
 * ----------------------------------------------------------------------------- */

static void resize (struct terminal_ws *w)
{
    struct terminal *t = w->terminal;
    struct term_size size = { 0, 0 };
    list_foreach (viewer, &t->viewers, struct terminal_ws, link)
        term_size_fit (&size, &viewer->size);
    if (!size.rows || !size.cols || (size.rows == t->rows && size.cols == t->cols))
        return;
    t->rows = size.rows;
    t->cols = size.cols;
    struct buf *b = keep_client_begin (w->server->keeper, KEEP_RESIZE, t->object);
    keep_put_u32 (b, t->rows);
    keep_put_u32 (b, t->cols);
    keep_client_tell (w->server->keeper, 0);
}

static void type_in (struct terminal_ws *w, const json_t *text)
{
    struct keep_client *kc = w->server->keeper;
    if (!json_is_string (text))
        return;
    struct buf *b = keep_client_begin (kc, KEEP_SEND, w->terminal->object);
    (void)buf_add (b, json_string_value (text), json_string_length (text));
    keep_client_tell (kc, 0);
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
    else if (command && !strcmp (command, "set_size") && term_size_read (j, &w->size))
        resize (w);
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
    if (how == KEEP_SUB_FORGET && !list_empty (&w->terminal->viewers))
        resize (w);
    w->terminal = NULL;
}

static void on_closed (void *arg, int code)
{
    struct terminal_ws *w = arg;
    leave (w, KEEP_SUB_FORGET);
    buf_done (&w->history);
    delivery_done (&w->delivery);
    free (w);
}

void terminal_ws_gone (struct terminal *t)
{
    static const char text[] = "[\"disconnect\", 1]";
    list_foreach (w, &t->viewers, struct terminal_ws, link) {
        if (!w->live)
            go_live (w);
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
    char name[IDENT_UUID];
    ident_uuid4 (name);
    w->server = s;
    w->terminal = t;
    w->begin = t->last > HISTORY_MAX ? t->last - HISTORY_MAX : 1;
    buf_init (&w->history, 2 * HISTORY_MAX + PIECE_MAX);
    w->ws = http_upgrade (req, NULL, &ws_ops, w);
    if (!w->ws) {
        buf_done (&w->history);
        free (w);
        return;
    }
    ws_settings_ping (s, w->ws);
    wsconn_send_text (w->ws, setup, sizeof (setup) - 1);
    list_append (&t->viewers, &w->link);
    if (t->paused)
        wsconn_pause (w->ws, true);
    w->sub = keep_sub_new (s->keeper, t->object, name, w->begin, WINDOW, &sub_ops, w);
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
