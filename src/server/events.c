/* events.c - the event bus and its websocket subscribers
 *
 * A subscriber that does not read is dropped when EVENTS_BACKLOG bytes wait for it: it is
 * told nothing, and the client reconnects.
 */

#include "server/events.h"

#include "base/jsonx.h"
#include "base/list.h"
#include "http/http.h"
#include "http/wsconn.h"
#include "server/events_api.h"
#include "server/server.h"

#include <string.h>

#define EVENTS_BACKLOG (4 << 20)

struct events {
    struct server *s;
    struct list subscribers;
};

struct subscriber {
    struct list link;
    struct wsconn *ws;
};

struct events *events_new (struct server *s)
{
    struct events *e = xnew (struct events);
    e->s = s;
    list_init (&e->subscribers);
    return e;
}

static void subscriber_free (struct subscriber *sub)
{
    list_remove (&sub->link);
    free (sub);
}

void events_free (struct events *e)
{
    if (!e)
        return;
    list_foreach (sub, &e->subscribers, struct subscriber, link)
        subscriber_free (sub);
    free (e);
}

bool events_wanted (const struct events *e)
{
    return !list_empty (&e->subscribers);
}

void events_emit (struct events *e, const char *schema_id, json_t *data)
{
    autojson json_t *event = data;
    if (!events_wanted (e))
        return;
    jsonx_set_str (event, "schema_id", schema_id);
    autofree char *text = jsonx_dump_string (event, 0, false);
    if (!text)
        return;
    struct blk *b = blk_dup (text, strlen (text));
    list_foreach (sub, &e->subscribers, struct subscriber, link) {
        if (wsconn_queued (sub->ws) > EVENTS_BACKLOG)
            wsconn_abort (sub->ws);
        else if (b)
            wsconn_send_blk (sub->ws, true, b);
    }
    blk_unref (b);
}

static void on_message (void *arg, struct blk *msg, bool text)
{
    (void)arg, (void)msg, (void)text; /* subscribers have nothing to say */
}

static void on_closed (void *arg, int code)
{
    (void)code;
    subscriber_free (arg);
}

void events_subscribe (struct events *e, struct http_req *req)
{
    static const struct wsconn_ops ops = { .message = on_message, .closed = on_closed };
    struct subscriber *sub = xnew (struct subscriber);
    const struct options *o = e->s->options;
    int64_t interval = options_int (o, "ServerApp.websocket_ping_interval") * 1000000;
    int64_t timeout = options_int (o, "ServerApp.websocket_ping_timeout") * 1000000;
    sub->ws = http_upgrade (req, NULL, &ops, sub);
    if (!sub->ws) {
        free (sub);
        return;
    }
    wsconn_set_ping (sub->ws, interval, timeout ? timeout : 3 * interval);
    list_append (&e->subscribers, &sub->link);
}
