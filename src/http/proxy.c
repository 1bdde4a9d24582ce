/* proxy.c - relays requests and websockets to an HTTP server behind a unix socket: the relays of one server */
#include "http/proxy_private.h"

#include "http/proxy_head.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define REDIAL_US (10 * CLOCK_MS)
#define DIAL_US (10 * CLOCK_S)
#define REQUEST_HEAD_MAX (256 * 1024)

/* ---- life ------------------------------------------------------------------------------------- */

static void hang_up (struct relay *r)
{
    loop_unwatch (take_ptr (r->io));
    loop_cancel (take_ptr (r->timer));
    loop_cancel (take_ptr (r->stall));
    auto_closep (&r->fd);
    r->fd = -1;
}

void relay_free (struct relay *r)
{
    hang_up (r);
    if (r->req)
        http_req_take_body (r->req, NULL, NULL);
    list_remove (&r->link);
    r->proxy->open--;
    outq_done (&r->up);
    answer_done (&r->answer);
    buf_done (&r->head);
    free (r);
}

void relay_leave_tunnel (struct relay *r)
{
    r->tunnel = NULL;
    r->proxy->websockets--;
}

/* Nothing was answered yet. */
bool relay_fail (struct relay *r, enum problem problem, const char *text)
{
    struct proxy *p = r->proxy;
    struct http_req *req = r->req;
    struct err err;

    relay_free (r);
    (void)err_set (&err, problem, "%s", text);
    if (p->config.failed && req->conn)
        p->config.failed (p->config.arg, req, &err);
    else
        http_fail (req, &err);
    return false;
}

bool relay_end_answer (struct relay *r, bool complete)
{
    struct http_req *req = r->req;

    relay_free (r);
    http_stream_end (req, complete);
    return false;
}

/* 1012 between two frames; in the middle of one there is nothing that could be said. */
static bool end_tunnel (struct relay *r)
{
    static const uint8_t restarts[] = { 0x88, 2, 1012 >> 8, 1012 & 0xff };
    struct tunnel *t = r->tunnel;

    if (frames_between (&r->frames) && !r->frames.closed) {
        struct blk *b = blk_dup (restarts, sizeof (restarts));
        if (b)
            tunnel_write (t, b);
        blk_unref (b);
    }
    relay_leave_tunnel (r);
    relay_free (r);
    tunnel_finish (t);
    return false;
}

/* The server is gone, or must go. */
bool relay_end (struct relay *r, enum problem problem, const char *text)
{
    if (r->tunnel)
        return end_tunnel (r);
    if (r->streaming)
        return relay_end_answer (r, false);
    if (r->req)
        return relay_fail (r, problem, text);
    relay_free (r); /* parting */
    return false;
}

void relay_events (struct relay *r)
{
    bool write = r->up.bytes > 0 && !r->up_broken;

    if (r->io)
        loop_io_events (r->io, (r->pressure || r->parting ? 0 : LOOP_READ) |
                                   (write ? LOOP_WRITE : 0));
}

/* ---- dialling --------------------------------------------------------------------------------- */

static void on_server (void *arg, unsigned events)
{
    struct relay *r = arg;

    if (events & LOOP_WRITE)
        relay_write (r);
    if (r->parting && (r->up.bytes == 0 || r->up_broken || events & LOOP_HANGUP)) {
        relay_free (r);
        return;
    }
    if (events & LOOP_READ && !r->pressure && !r->parting && !relay_read (r))
        return;
    relay_events (r);
}

static int connect_to (const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    memcpy (addr.sun_path, path, strlen (path) + 1);
    if (connect (fd, (struct sockaddr *)&addr, sizeof (addr)))
        return -1;
    return take_fd (fd);
}

static void dial (struct relay *r);

static void on_redial (void *arg)
{
    struct relay *r = arg;

    r->timer = NULL;
    dial (r);
}

static void dial (struct relay *r)
{
    struct loop *l = r->proxy->loop;

    r->fd = r->again && !r->spare ? proxy_spare_take (r->proxy) : -1;
    r->spare = r->fd >= 0;
    if (!r->spare)
        r->fd = connect_to (r->proxy->path);
    if (r->fd < 0 && errno == EAGAIN && clock_mono_us () < r->dial_until_us) {
        r->timer = loop_after (l, REDIAL_US, on_redial, r); /* its backlog is full */
        return;
    }
    if (r->fd >= 0)
        r->io = loop_watch (l, r->fd, LOOP_READ, on_server, r);
    if (r->io)
        relay_write (r);
    else
        (void)relay_fail (r, PROBLEM_UNAVAILABLE, "the server is not there");
}

void relay_redial (struct relay *r)
{
    loop_unwatch (take_ptr (r->io));
    auto_closep (&r->fd);
    r->fd = -1;
    r->again = r->spare = r->up_broken = false;
    answer_done (&r->answer);
    relay_await (r);
    outq_done (&r->up);
    memset (&r->up, 0, sizeof (r->up));
    relay_say (r, r->head.data, r->head.len);
    dial (r);
}

/* ---- public ----------------------------------------------------------------------------------- */

struct proxy *proxy_new (struct loop *l, const char *path,
                         const struct proxy_config *config)
{
    struct proxy *p;

    if (strlen (path) >= sizeof (((struct sockaddr_un *)NULL)->sun_path))
        return NULL;
    p = xnew (struct proxy);
    p->loop = l;
    p->path = xstrdup (path);
    p->config = *config;
    list_init (&p->relays);
    list_init (&p->spares);
    return p;
}

void proxy_free (struct proxy *p)
{
    if (!p)
        return;
    while (!list_empty (&p->relays))
        (void)relay_end (list_entry (p->relays.next, struct relay, link),
                         PROBLEM_UNAVAILABLE, "the server is being stopped");
    proxy_spare_end (p);
    free (p->path);
    free (p);
}

static struct relay *relay_new (struct proxy *p, struct http_req *req)
{
    struct relay *r = xnew (struct relay);

    r->proxy = p;
    r->req = req;
    r->fd = -1;
    r->dial_until_us = clock_mono_us () + DIAL_US;
    relay_await (r);
    r->again = proxy_head_again (req);
    buf_init (&r->head, REQUEST_HEAD_MAX);
    list_append (&p->relays, &r->link);
    p->open++;
    return r;
}

static void refuse (struct proxy *p, struct http_req *req)
{
    struct err err;

    (void)err_set (&err, PROBLEM_BUSY, "too many requests are open here");
    http_req_take_body (req, NULL, NULL);
    if (p->config.failed)
        p->config.failed (p->config.arg, req, &err);
    else
        http_fail (req, &err);
}

void proxy_relay (struct proxy *p, struct http_req *req, const struct proxy_from *from)
{
    struct relay *r;

    if (p->open >= PROXY_OPEN) {
        refuse (p, req);
        return;
    }
    r = relay_new (p, req);
    proxy_head_request (&p->config, req, from, &r->head);
    http_req_take_body (req, &relay_body_ops, r);
    if (r->head.overflow) {
        (void)relay_fail (r, PROBLEM_TOO_LARGE, "the headers of the request are too long");
        return;
    }
    relay_say (r, r->head.data, r->head.len);
    if (!r->again)
        buf_done (&r->head);
    dial (r);
}

size_t proxy_open (const struct proxy *p)
{
    return p->open;
}

size_t proxy_websockets (const struct proxy *p)
{
    return p->websockets;
}
