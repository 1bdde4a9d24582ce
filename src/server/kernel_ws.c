/* kernel_ws.c - the life of a browser's connection to a kernel */

#include "server/kernel_ws_private.h"

#include "base/ident.h"
#include "base/log.h"
#include "jupyter/wsv1.h"
#include "server/inject.h"
#include "server/recorder.h"
#include "server/ws_settings.h"

#include <string.h>

/* ---- the end
 * ------------------------------------------------------------------------------------- */

/* Bytes at the end that may not have arrived.  What a proxy between us took and did not deliver nobody can
 * tell, so a page that drops repeats gets more than is certainly lost. */
static uint64_t doubtful (const struct kernel_ws *w)
{
    bool again = recorder_page_drops_repeats (w->kernel->recorder, w->session);
    return wsconn_unacknowledged (w->ws) + (again ? KERNEL_WS_AGAIN : 0);
}

/* Let go of the kernel; the connection may live on. */
static void leave (struct kernel_ws *w, enum keep_sub_end how, bool clean)
{
    uint64_t number;
    if (!w->kernel)
        return;
    /* Never to before this connection: what came then may be none of this page's. */
    if (how == KEEP_SUB_RETAIN && delivery_rewind (&w->delivery, doubtful (w), &number))
        keep_sub_rewind (w->sub, !number && w->begins ? w->begins - 1 : number);
    keep_sub_free (w->sub, how);
    w->sub = NULL;
    list_remove (&w->link);
    kernels_socket_closed (w->server->kernels, w->kernel, w->session,
                           how == KEEP_SUB_RETAIN, clean);
    w->kernel = NULL;
}

static bool said_goodbye (int code)
{
    return code == 1000 || code == 1001 || code == 1005;
}

static void on_closed (void *arg, int code)
{
    struct kernel_ws *w = arg;
    bool retain =
        options_bool (w->server->options, "MappingKernelManager.buffer_offline_messages");
    if (w->kernel)
        log_debug ("kernel_ws", "closed kernel=%s session=%s code=%d", w->kernel->id,
                   w->session, code);
    leave (w, retain ? KEEP_SUB_RETAIN : KEEP_SUB_FORGET, said_goodbye (code));
    rate_limit_free (w->limit);
    delivery_done (&w->delivery);
    free (w->session);
    free (w);
}

void kernel_ws_kernel_gone (struct kernel *k, bool unexpected)
{
    list_foreach (w, &k->sockets, struct kernel_ws, link) {
        if (unexpected) {
            autodone (buf_done) struct buf b;
            buf_init (&b, 1 << 16);
            inject_status (&b, kernel_ws_session (k), "dead");
            kernel_ws_inject (w, &b);
        }
        leave (w, KEEP_SUB_SILENT, false);
    }
}

void kernel_ws_drop_all (struct kernel *k)
{
    list_foreach (w, &k->sockets, struct kernel_ws, link)
        leave (w, KEEP_SUB_SILENT, false);
}

void kernel_ws_pause (struct kernel *k, bool on)
{
    list_foreach (w, &k->sockets, struct kernel_ws, link)
        wsconn_pause (w->ws, on);
}

/* ---- for the recorder ---- */

static struct kernel_ws *find (const struct kernel *k, const char *session)
{
    list_foreach (w, &k->sockets, struct kernel_ws, link)
        if (!strcmp (w->session, session))
            return w;
    return NULL;
}

bool kernel_ws_begins (const struct kernel *k, const char *session, uint64_t *ret)
{
    const struct kernel_ws *w = k ? find (k, session) : NULL;
    if (w)
        *ret = w->begins;
    return w != NULL;
}

void kernel_ws_deliver (const struct kernel *k, const char *session, struct blk *b,
                        struct slice s)
{
    struct kernel_ws *w = find (k, session);
    if (w)
        kernel_ws_send (w, b, s);
}

/* ---- the beginning
 * ------------------------------------------------------------------------------- */

static const struct wsconn_ops ws_ops = {
    .message = kernel_ws_message,
    .sent = kernel_ws_sent,
    .closed = on_closed,
};

/* An older connection of the same client: it is stale (contract 6.2 step 4). */
static void evict (struct kernel *k, const char *session)
{
    list_foreach (old, &k->sockets, struct kernel_ws, link) {
        if (strcmp (old->session, session))
            continue;
        log_info ("kernel_ws", "replaced kernel=%s session=%s", k->id, session);
        leave (old, KEEP_SUB_RETAIN, false);
        wsconn_close (old->ws, 0);
    }
}

/* The subprotocol to echo, or NULL; *RET_V1: its layout is v1. */
static const char *choose_protocol (const struct server *s, const struct http_req *req,
                                    bool *ret_v1)
{
    static const char trait[] = "ZMQChannelsWebsocketConnection.kernel_ws_protocol";
    const char *wanted = options_is_set (s->options, trait)
                             ? options_str (s->options, trait)
                             : WSV1_SUBPROTOCOL;
    if (!*wanted || !http_offers_subprotocol (req, wanted))
        wanted = NULL;
    *ret_v1 = wanted && !strcmp (wanted, WSV1_SUBPROTOCOL);
    return wanted;
}

static char *session_of (struct http_req *req)
{
    const char *session = http_req_arg (req, "session_id");
    char uuid[IDENT_UUID];
    if (session && *session)
        return xstrdup (session);
    ident_uuid4 (uuid);
    return xstrdup (uuid);
}

static void attach (struct kernel_ws *w, struct kernel *k)
{
    struct server *s = w->server;
    evict (k, w->session);
    w->kernel = k;
    list_append (&k->sockets, &w->link);
    kernels_socket_opened (s->kernels, k, w->session);
    if (k->paused)
        wsconn_pause (w->ws, true);
    w->sub = keep_sub_new (s->keeper, k->object, w->session, 0, KERNEL_WS_WINDOW,
                           &kernel_ws_sub_ops, w);
    log_debug ("kernel_ws", "open kernel=%s session=%s protocol=%s", k->id, w->session,
               w->v1 ? "v1" : "legacy");
}

static void upgrade (struct http_req *req, struct kernel *k)
{
    struct server *s = http_req_server (req);
    struct kernel_ws *w = xnew (struct kernel_ws);
    const char *protocol = choose_protocol (s, req, &w->v1);
    w->server = s;
    w->session = session_of (req);
    list_init (&w->link);
    kernel_ws_out_init (w);
    w->ws = http_upgrade (req, protocol, &ws_ops, w);
    if (!w->ws) {
        rate_limit_free (w->limit);
        free (w->session);
        free (w);
        return;
    }
    ws_settings_ping (s, w->ws);
    attach (w, k);
}

static void on_keeper_ready (void *arg, const struct err *err)
{
    struct http_req *req = arg;
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "kernel_id", NULL);
    struct err gone;
    struct kernel *k = err ? NULL : kernels_find (s->kernels, id);
    if (!err && !k) {
        (void)err_set (&gone, PROBLEM_NOT_FOUND, "Kernel does not exist: %s", id);
        err = &gone;
    }
    if (err)
        http_fail (req, err);
    else
        upgrade (req, k);
}

void kernel_ws_open (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *session = http_req_arg (req, "session_id");
    struct err err;
    if (!http_req_args_valid (req) ||
        (session &&
         (strlen (session) > KERNEL_WS_MAX_SESSION || !strcmp (session, RECORDER_NAME)))) {
        (void)err_set (&err, PROBLEM_INVALID, "the session_id cannot be used");
        http_fail (req, &err);
        return;
    }
    keep_client_when_ready (s->keeper, on_keeper_ready, req);
}
