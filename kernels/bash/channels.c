/* channels.c - the five ZeroMQ sockets of the kernel's side
 *
 * Outgoing iopub messages go through one queue, so that their order is the order of publishing.  A message is
 * tried with copies of its frames (ZeroMQ counts references), because a send that fails takes the frames.
 */

#include "bash/channels.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "jupyter/wsv1.h"
#include "loop/zsock.h"

#include <stdio.h>
#include <string.h>

#define PROTOCOL_VERSION "5.4"
#define RETRY_US (3 * CLOCK_MS)
#define OUT_PARTS 7 /* topic, delimiter, signature, header, parent, metadata, content */

struct out {
    struct list link;
    zmq_msg_t part[OUT_PARTS];
};

struct channels {
    struct loop *loop;
    const struct channels_ops *ops;
    void *arg;
    struct wire *wire;
    struct port {
        struct channels *channels;
        enum connfile_port which;
        struct zsock *sock;
    } port[CONN_PORTS];
    char session[IDENT_UUID];
    uint64_t sent;
    struct list queue; /* struct out, oldest first */
    struct loop_timer *retry;
    int64_t progress_us; /* when the queue last moved */
    bool stuck;          /* messages are dropped until one can be sent */
};

/* ---- frames ---- */

static struct slice slice_of (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static void frame_set (zmq_msg_t *m, struct slice s)
{
    if (zmq_msg_init_size (m, s.len) < 0)
        abort (); /* out of memory for something that is in memory already */
    memcpy (zmq_msg_data (m), s.data, s.len);
}

/* Delimiter, signature and the four parts into PART[0..5]. */
static void frames_make (struct channels *c, const struct request *parent, const char *type,
                         struct slice content, zmq_msg_t *part)
{
    char header[512], signature[CRYPTO_HEX], date[CLOCK_TEXT];
    struct slice body[4] = { [WSV1_METADATA] = { "{}", 2 } };
    size_t len;

    (void)snprintf (header, sizeof (header),
                    "{\"msg_id\":\"%s_%llu\",\"session\":\"%s\",\"username\":\"bash\","
                    "\"date\":\"%s\",\"msg_type\":\"%s\",\"version\":\"" PROTOCOL_VERSION
                    "\"}",
                    c->session, (unsigned long long)++c->sent, c->session,
                    clock_iso_z (clock_wall_us (), date), type);
    body[WSV1_HEADER] = slice_of (header);
    body[WSV1_PARENT] = parent ? parent->header : slice_of ("{}");
    body[WSV1_CONTENT] = content;
    len = wire_sign (c->wire, body, signature);
    frame_set (&part[0], slice_of (WIRE_DELIMITER));
    frame_set (&part[1], (struct slice){ signature, len });
    for (int i = 0; i < 4; i++)
        frame_set (&part[2 + i], body[i]);
}

/* ---- iopub ---- */

static void out_free (struct out *o)
{
    list_remove (&o->link);
    for (size_t i = 0; i < OUT_PARTS; i++)
        (void)zmq_msg_close (&o->part[i]);
    free (o);
}

static bool out_send (struct channels *c, struct out *o)
{
    zmq_msg_t copy[OUT_PARTS];
    struct err err;

    for (size_t i = 0; i < OUT_PARTS; i++) {
        (void)zmq_msg_init (&copy[i]);
        (void)zmq_msg_copy (&copy[i], &o->part[i]);
    }
    if (zsock_send (c->port[CONN_IOPUB].sock, copy, OUT_PARTS, &err) < 0) {
        if (err.problem == PROBLEM_BUSY)
            return false;
        log_warning ("iopub", "%s", err.text);
    }
    return true;
}

static void on_retry (void *arg);

static void flush (struct channels *c)
{
    list_foreach (o, &c->queue, struct out, link) {
        if (out_send (c, o))
            c->stuck = false;
        else if (!c->stuck)
            break;
        out_free (o);
        c->progress_us = clock_mono_us ();
    }
    if (!list_empty (&c->queue) && !c->retry)
        c->retry = loop_after (c->loop, RETRY_US, on_retry, c);
}

static void on_retry (void *arg)
{
    struct channels *c = arg;

    c->retry = NULL;
    if (!c->stuck && clock_mono_us () - c->progress_us > CHANNELS_STUCK_US) {
        log_warning ("iopub", "a reader takes nothing: output is dropped until it does");
        c->stuck = true;
    }
    flush (c);
    if (list_empty (&c->queue))
        c->ops->drained (c->arg);
}

void channels_publish (struct channels *c, const struct request *parent, const char *type,
                       struct slice content)
{
    struct out *o = xnew (struct out);

    list_init (&o->link);
    frame_set (&o->part[0], slice_of (type));
    frames_make (c, parent, type, content, o->part + 1);
    if (list_empty (&c->queue))
        c->progress_us = clock_mono_us ();
    list_append (&c->queue, &o->link);
    if (!c->retry)
        flush (c);
}

bool channels_clogged (const struct channels *c)
{
    return !list_empty (&c->queue);
}

/* ---- replies ---- */

/* Identities first, as the router needs them. */
static void route (struct channels *c, enum connfile_port which, const struct request *req,
                   const char *type, struct slice content)
{
    size_t ids = req->first - 2; /* before the delimiter and the signature */
    zmq_msg_t *part = xcalloc (ids + OUT_PARTS - 1, sizeof (*part));
    struct err err;

    for (size_t i = 0; i < ids; i++) {
        (void)zmq_msg_init (&part[i]);
        (void)zmq_msg_copy (&part[i], &req->part[i]);
    }
    frames_make (c, req, type, content, part + ids);
    if (zsock_send (c->port[which].sock, part, ids + OUT_PARTS - 1, &err) < 0)
        log_warning ("channels", "%s: %s", type, err.text);
    free (part);
}

void channels_reply (struct channels *c, const struct request *req, const char *type,
                     struct slice content)
{
    route (c, req->channel, req, type, content);
}

void channels_ask (struct channels *c, const struct request *req, const char *type,
                   struct slice content)
{
    route (c, CONN_STDIN, req, type, content);
}

void channels_publish_json (struct channels *c, const struct request *parent,
                            const char *type, json_t *content)
{
    autofree char *text = jsonx_dump_string (content, 0, false);

    channels_publish (c, parent, type, slice_of (text));
    json_decref (content);
}

void channels_reply_json (struct channels *c, const struct request *req, const char *type,
                          json_t *content)
{
    autofree char *text = jsonx_dump_string (content, 0, false);

    channels_reply (c, req, type, slice_of (text));
    json_decref (content);
}

/* ---- life ---- */

static void on_message (void *arg, zmq_msg_t *parts, size_t n)
{
    struct port *p = arg;
    struct channels *c = p->channels;
    struct request *req;
    struct err err;

    if (p->which == CONN_HB) {
        (void)zsock_send (p->sock, parts, n, NULL);
        return;
    }
    if (p->which == CONN_IOPUB) { /* somebody subscribed, or left */
        for (size_t i = 0; i < n; i++)
            (void)zmq_msg_close (&parts[i]);
        return;
    }
    req = request_new (p->which, c->wire, parts, n, &err);
    if (req)
        c->ops->request (c->arg, req);
    else
        log_warning ("channels", "dropped a message: %s", err.text);
}

static void set_int (struct port *p, int option, int value)
{
    (void)zmq_setsockopt (zsock_raw (p->sock), option, &value, sizeof (value));
}

static int port_open (struct port *p, void *zmq_ctx, const struct connfile *conn,
                      struct err *err)
{
    static const int types[CONN_PORTS] = { ZMQ_ROUTER, ZMQ_XPUB, ZMQ_ROUTER, ZMQ_ROUTER,
                                           ZMQ_REP };
    autofree char *endpoint = connfile_endpoint (conn, p->which);

    p->sock = zsock_new (p->channels->loop, zmq_ctx, types[p->which], NULL, 0, on_message,
                         p, err);
    if (!p->sock)
        return -1;
    if (p->which == CONN_IOPUB) {
        set_int (p, ZMQ_SNDHWM, CHANNELS_IOPUB_HWM);
        set_int (p, ZMQ_XPUB_NODROP, 1);
    } else if (p->which != CONN_HB) {
        set_int (p, ZMQ_ROUTER_HANDOVER,
                 1); /* a client that comes back may use its identity again */
    }
    if (p->which == CONN_SHELL)
        set_int (p, ZMQ_RCVHWM, CHANNELS_SHELL_HWM);
    return zsock_bind (p->sock, endpoint, err);
}

struct channels *channels_new (struct loop *l, void *zmq_ctx, const struct connfile *conn,
                               const struct channels_ops *ops, void *arg, struct err *err)
{
    struct channels *c = xnew (struct channels);

    c->loop = l;
    c->ops = ops;
    c->arg = arg;
    list_init (&c->queue);
    ident_uuid4 (c->session);
    c->wire = wire_new (conn->signature_scheme, conn->key, err);
    for (int i = 0; c->wire && i < CONN_PORTS; i++) {
        c->port[i] = (struct port){ .channels = c, .which = i };
        if (port_open (&c->port[i], zmq_ctx, conn, err) < 0) {
            channels_free (c);
            return NULL;
        }
    }
    if (c->wire)
        return c;
    channels_free (c);
    return NULL;
}

void channels_free (struct channels *c)
{
    if (!c)
        return;
    if (c->port[CONN_IOPUB].sock)
        flush (c);
    loop_cancel (c->retry);
    list_foreach (o, &c->queue, struct out, link)
        out_free (o);
    for (int i = 0; i < CONN_PORTS; i++)
        zsock_free (c->port[i].sock);
    wire_free (c->wire);
    free (c);
}

void channels_pause_shell (struct channels *c, bool on)
{
    zsock_pause (c->port[CONN_SHELL].sock, on);
}

void channels_drain_shell (struct channels *c)
{
    zsock_drain (c->port[CONN_SHELL].sock);
}
