/* evstream.c - what happens, told to pages as it happens */

#include "hub/evstream.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"
#include "hub/caller.h"
#include "hub/gate_hub.h"
#include "hub/hub_nouns.h"
#include "store/event_store.h"
#include "store/user_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTENERS_MAX 2000
#define LISTENERS_EACH 20 /* of one person */
#define AT_ONCE 200       /* rows for one listener in one turn */
#define BEAT_US (20 * CLOCK_S)
#define EVENT_MAX (512 * 1024)

struct evstream {
    struct hub *h;
    struct list listeners;
    size_t count;
    struct loop_timer *wake, *beat;
};

struct listener {
    struct list link;
    struct evstream *e;
    struct http_req *req;
    char user[IDENT_SHORT + 1];
    char proof[KEY_PROOF]; /* of the login or key that must go on */
    bool admin;
    char *only;   /* of this subject alone, or NULL */
    int64_t seen; /* number of the last row that it has had */
    bool pressure;
};

static void listener_end (struct listener *l)
{
    list_remove (&l->link);
    l->e->count--;
    http_stream_end (l->req, true);
    free (l->only);
    free (l);
}

/* ---- telling ----------------------------------------------------------------------------------- */

static void send_text (struct listener *l, const struct buf *b)
{
    struct blk *blk = blk_dup (b->data, b->len);
    if (blk && !http_stream_write (l->req, blk))
        l->pressure = true;
    blk_unref (blk);
}

static bool hears (const struct listener *l, const struct event_row *row)
{
    if (l->only)
        return !strcmp (l->only, row->subject);
    return l->admin || user_store_belongs (l->e->h->db, l->user, row->namespace);
}

static void format (struct buf *b, const struct event_row *row)
{
    char at[CLOCK_TEXT];
    (void)clock_iso_z (row->at * CLOCK_S, at);
    if (row->seq)
        (void)buf_addf (b, "id: %lld\n", (long long)row->seq);
    (void)buf_addf (b, "event: %s\ndata: {\"subject\":", row->kind);
    (void)buf_add_json_string (b, row->subject, strlen (row->subject));
    (void)buf_adds (b, ",\"namespace\":");
    (void)buf_add_json_string (b, row->namespace, strlen (row->namespace));
    (void)buf_addf (b, ",\"at\":\"%s\",\"body\":", at);
    (void)buf_adds (b, row->body);
    (void)buf_adds (b, "}\n\n");
}

static void tell (struct listener *l, const struct event_row *row)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, EVENT_MAX);
    if (!hears (l, row))
        return;
    format (&b, row);
    if (!b.overflow)
        send_text (l, &b);
}

struct pump {
    struct listener *l;
    int64_t rows;
};

static bool on_row (void *arg, const struct event_row *row)
{
    struct pump *p = arg;
    tell (p->l, row);
    p->l->seen = row->seq;
    p->rows++;
    return !p->l->pressure;
}

static void wake_soon (struct evstream *e);

/* What L has not had yet, as far as its connection takes it. */
static void pump (struct listener *l)
{
    struct pump p = { l, 0 };
    struct err err;
    if (l->pressure)
        return;
    if (event_store_each (l->e->h->db, l->seen, AT_ONCE, on_row, &p, &err))
        log_error ("events", "%s", err.text);
    else if (p.rows == AT_ONCE)
        wake_soon (l->e);
}

static void on_wake (void *arg)
{
    struct evstream *e = arg;
    e->wake = NULL;
    list_foreach (l, &e->listeners, struct listener, link)
        pump (l);
}

static void wake_soon (struct evstream *e)
{
    if (!e->wake && !list_empty (&e->listeners))
        e->wake = loop_soon (e->h->loop, on_wake, e);
}

void evstream_wake (struct hub *h)
{
    wake_soon (h->events);
}

void evstream_note (struct hub *h, const char *kind, const char *subject,
                    const char *namespace, const json_t *body)
{
    autofree char *text = jsonx_dump_string (body, 0, false);
    const struct event_row row = { .kind = kind,
                                   .subject = subject,
                                   .namespace = namespace,
                                   .body = text };
    struct err err;
    if (event_store_add (h->db, &row, &err))
        log_error ("events", "%s of %s was not noted: %s", kind, subject, err.text);
    evstream_wake (h);
}

void evstream_flash (struct hub *h, const char *kind, const char *subject,
                     const char *namespace, const json_t *body)
{
    autofree char *text = NULL;
    list_foreach (l, &h->events->listeners, struct listener, link) {
        if (l->pressure)
            continue;
        if (!text)
            text = jsonx_dump_string (body, 0, false);
        const struct event_row row = { .at = clock_wall_us () / CLOCK_S,
                                       .kind = kind,
                                       .subject = subject,
                                       .namespace = namespace,
                                       .body = text };
        tell (l, &row);
    }
}

size_t evstream_listeners (const struct evstream *e)
{
    return e->count;
}

/* ---- listeners ----------------------------------------------------------------------------------- */

static void on_drained (void *arg)
{
    struct listener *l = arg;
    l->pressure = false;
    wake_soon (l->e);
}

static void on_aborted (void *arg)
{
    listener_end (arg);
}

/* May who began to listen still do so?  Also notes whether he is an admin now. */
static bool still_may (struct listener *l)
{
    struct hub *h = l->e->h;
    struct user_model u;
    if (!key_store_stands (h->db, l->proof, l->user) ||
        user_store_get (h->db, l->user, &u, NULL))
        return false;
    l->admin = u.admin;
    user_model_done (&u);
    return true;
}

static void on_beat (void *arg)
{
    struct evstream *e = arg;
    autodone (buf_done) struct buf b;
    buf_init (&b, 16);
    (void)buf_adds (&b, ":\n\n");
    list_foreach (l, &e->listeners, struct listener, link) {
        if (!still_may (l))
            listener_end (l);
        else if (!l->pressure)
            send_text (l, &b);
    }
}

static size_t count_of (const struct evstream *e, const char *user)
{
    size_t n = 0;
    list_foreach (l, &e->listeners, struct listener, link)
        n += !strcmp (l->user, user);
    return n;
}

/* The number that the client has had: a browser that reconnects says it. */
static int64_t where_to_begin (struct http_req *req, int64_t last)
{
    const char *text = http_req_header (req, "Last-Event-ID");
    char *end;
    if (!text)
        text = http_req_arg (req, "after");
    if (!text || !*text)
        return last;
    long long v = strtoll (text, &end, 10);
    return *end || v < 0 || v > last ? last : v;
}

static void begin (struct evstream *e, struct http_req *req, const char *subject,
                   int64_t last)
{
    const struct caller *c = caller_of (req);
    struct listener *l = xnew (struct listener);
    autodone (buf_done) struct buf b;
    l->e = e;
    l->req = req;
    memcpy (l->user, c->user.id, sizeof (l->user));
    memcpy (l->proof, c->proof, sizeof (l->proof));
    l->admin = c->user.admin;
    l->only = subject ? xstrdup (subject) : NULL;
    l->seen = where_to_begin (req, last);
    list_append (&e->listeners, &l->link);
    e->count++;
    http_header_set (req, "X-Accel-Buffering", "no");
    http_stream_begin (req, 200, "text/event-stream", -1, on_drained, on_aborted, l);
    buf_init (&b, 64);
    (void)buf_addf (&b, "retry: 1000\nid: %lld\n\n", (long long)l->seen);
    send_text (l, &b);
    wake_soon (e);
}

void evstream_listen (struct http_req *req, const char *subject)
{
    struct hub *h = http_req_server (req);
    struct evstream *e = h->events;
    int64_t last;
    struct err err;
    if (http_req_method (req) == HTTP_HEAD)
        http_reply (req, 200, "text/event-stream", "", 0);
    else if (e->count >= LISTENERS_MAX ||
             count_of (e, caller_of (req)->user.id) >= LISTENERS_EACH)
        (void)gate_hub_refuse (req, PROBLEM_LIMIT,
                               "Too many pages listen at a time: close some");
    else if (event_store_last (h->db, &last, &err))
        http_fail (req, &err);
    else
        begin (e, req, subject, last);
}

static void events_get (struct http_req *req)
{
    evstream_listen (req, NULL);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/events", NULL, 0, 0, events_get },
};
const struct route_table hub_events_routes = { rows, ARRAY_SIZE (rows) };

/* ---- life ------------------------------------------------------------------------------------------ */

struct evstream *evstream_new (struct hub *h)
{
    struct evstream *e = xnew (struct evstream);
    e->h = h;
    list_init (&e->listeners);
    e->beat = loop_every (h->loop, BEAT_US, on_beat, e);
    return e;
}

void evstream_free (struct evstream *e)
{
    if (!e)
        return;
    list_foreach (l, &e->listeners, struct listener, link)
        listener_end (l);
    loop_cancel (e->wake);
    loop_cancel (e->beat);
    free (e);
}
