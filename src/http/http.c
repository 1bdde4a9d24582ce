/* http.c - the server as a whole: configuration, routes, deadlines */

#include "http/http_lws.h"

#include "base/log.h"

#define SWEEP_US CLOCK_S /* deadlines are kept to about this */

static int vhost_callback (struct lws *wsi, enum lws_callback_reasons reason, void *user,
                           void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
    case LWS_CALLBACK_RAW_CLOSE: return conn_callback (wsi, reason, in, len);
    default: return 0; /* vhost and TLS notices: the wsi may be a dummy */
    }
}

const struct lws_protocols http_protocols[] = {
    { .name = "http", .callback = vhost_callback },
    { .name = NULL },
};

static void set_defaults (struct http_config *config)
{
    if (!config->max_header)
        config->max_header = HTTP_MAX_HEADER;
    if (!config->max_body)
        config->max_body = HTTP_MAX_BODY;
    if (!config->max_ws_message)
        config->max_ws_message = HTTP_MAX_WS_MESSAGE;
    if (!config->header_timeout_us)
        config->header_timeout_us = HTTP_HEADER_US;
}

struct http *http_new (struct loop *l, const struct http_config *config, struct err *err)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = "http",
        .protocols = http_protocols,
    };
    struct http *h = xnew (struct http);

    h->loop = l;
    h->config = *config;
    set_defaults (&h->config);
    h->base_url = xstrdup (config->base_url ? config->base_url : "/");
    h->config.base_url = h->base_url;
    list_init (&h->listeners);
    list_init (&h->conns);
    list_init (&h->flushes);
    buf_init (&h->head, 2 * HTTP_MAX_ANSWER_HEAD);
    parse_limits (&h->config);
    struct lws_context *lws = loop_lws (l, err);
    h->vhost = lws ? lws_create_vhost (lws, &info) : NULL;
    if (!h->vhost) {
        http_free (h);
        if (lws)
            (void)err_set (err, PROBLEM_INTERNAL, "cannot make the HTTP server");
        return NULL;
    }
    return h;
}

static void http_destroy (struct http *h)
{
    buf_done (&h->head);
    free (h->tables);
    free (h->tls_vhosts);
    free (h->base_url);
    free (h);
}

void http_release (struct http *h)
{
    if (--h->req_count == 0 && h->freed)
        http_destroy (h);
}

void http_free (struct http *h)
{
    if (!h)
        return;
    listeners_stop (h);
    h->req_count++; /* keeps H while connections let go of their requests */
    h->freed = true;
    while (!list_empty (&h->conns)) {
        struct conn *c = list_entry (h->conns.next, struct conn, link);
        lws_set_timeout (c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
    }
    loop_cancel (h->sweep);
    loop_cancel (h->flush);
    for (size_t i = 0; i < h->tls_count; i++)
        lws_vhost_destroy (h->tls_vhosts[i]);
    if (h->vhost)
        lws_vhost_destroy (h->vhost);
    http_release (h);
}

/* ---- routes -----------------------------------------------------------------------------
 */

void http_add_routes (struct http *h, const struct route *routes, size_t n)
{
    h->tables = xrealloc (h->tables, h->table_count + 1, sizeof (*h->tables));
    h->tables[h->table_count++] = (struct route_table){ routes, n };
}

size_t http_route_count (const struct http *h)
{
    size_t n = 0;

    for (size_t i = 0; i < h->table_count; i++)
        n += h->tables[i].n;
    return n;
}

const struct route *http_route_at (const struct http *h, size_t i)
{
    for (size_t t = 0; t < h->table_count; t++) {
        if (i < h->tables[t].n)
            return &h->tables[t].rows[i];
        i -= h->tables[t].n;
    }
    return NULL;
}

size_t http_connection_count (const struct http *h)
{
    return h->conn_count;
}

/* ---- deadlines --------------------------------------------------------------------------
 */

static void on_sweep (void *arg)
{
    struct http *h = arg;
    int64_t now = clock_mono_us ();
    int64_t next = 0;

    h->sweep = NULL;
    h->sweep_us = 0;
    list_foreach (c, &h->conns, struct conn, link) {
        if (c->deadline_us && c->deadline_us <= now)
            conn_expired (c);
        if (c->deadline_us && (!next || c->deadline_us < next))
            next = c->deadline_us;
    }
    if (next)
        http_sweep_at (h, next);
}

/* Deadlines move on all the time and are hardly ever reached: one timer at the earliest of
 * them, which looks at all connections, and a second between two looks. */
void http_sweep_at (struct http *h, int64_t due_us)
{
    int64_t now;

    if (h->sweep && h->sweep_us <= due_us + SWEEP_US)
        return;
    now = clock_mono_us ();
    loop_cancel (h->sweep);
    h->sweep_us = due_us > now + SWEEP_US ? due_us : now + SWEEP_US;
    h->sweep = loop_after (h->loop, h->sweep_us - now, on_sweep, h);
}
