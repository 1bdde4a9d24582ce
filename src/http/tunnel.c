/* tunnel.c - a client's connection after a 101, as bytes in both directions */

#include "http/http_private.h"

struct tunnel {
    struct conn *conn;
    const struct tunnel_ops *ops;
    void *arg;
    bool paused, pressure;
};

struct tunnel *http_tunnel (struct http_req *req, const struct tunnel_ops *ops, void *arg)
{
    struct conn *c = req->conn;
    struct tunnel *t;

    if (!c || c->state == CONN_DEAD) {
        req->status = 499;
        response_done (req);
        return NULL;
    }
    t = xnew (struct tunnel);
    t->conn = c;
    t->ops = ops;
    t->arg = arg;
    req->keep_alive = true;
    response_head (req, 101, NULL, -1, false);
    outq_copy (&c->out, req->http->head.data, req->http->head.len);
    c->tunnel = t;
    conn_continue (c, CONN_TUNNEL);
    response_done (req);
    return t;
}

void tunnel_gone (struct tunnel *t)
{
    t->conn->tunnel = NULL;
    t->ops->gone (t->arg);
    free (t);
}

/* ---- receiving ------------------------------------------------------------------------------ */

size_t tunnel_eat (struct tunnel *t, const void *data, size_t n)
{
    if (t->paused)
        return 0;
    t->ops->input (t->arg, data, n);
    return n;
}

bool tunnel_paused (const struct tunnel *t)
{
    return t->paused;
}

void tunnel_pause (struct tunnel *t, bool on)
{
    t->paused = on;
    if (!on)
        conn_write_soon (t->conn); /* also looks at input that waits */
}

/* ---- sending -------------------------------------------------------------------------------- */

void tunnel_write (struct tunnel *t, struct blk *b)
{
    struct conn *c = t->conn;

    if (c->state != CONN_TUNNEL)
        return;
    outq_add (&c->out, b, b->data, b->len, false);
    if (c->out.bytes > TUNNEL_HIGH)
        t->pressure = true;
    conn_write_soon (c);
}

bool tunnel_pressure (const struct tunnel *t)
{
    return t->pressure;
}

void tunnel_wrote (struct tunnel *t)
{
    if (!t->pressure || t->conn->out.bytes > TUNNEL_LOW)
        return;
    t->pressure = false;
    t->ops->drained (t->arg);
}

void tunnel_finish (struct tunnel *t)
{
    struct conn *c = t->conn;

    c->tunnel = NULL;
    free (t);
    conn_finish (c);
    if (c->state == CONN_LINGER)
        conn_deadline (c, HTTP_WS_CLOSE_US);
}
