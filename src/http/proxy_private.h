/* proxy_private.h - what the files of a relay share; nobody outside includes it
 *
 *     proxy.c          the relays of one server: dialling, ends, the public face
 *     proxy_up.c       to the server: the head and body of a request, frames of the browser
 *     proxy_down.c     from the server: the answer, frames of the server
 *     proxy_spare.c    connections that wait for another request
 *     proxy_head.c     the heads that pass
 *
 * A relay is in one of four conditions: it dials (the server's backlog may be full for a moment), it waits for
 * the head of the answer, it streams the answer, or it is a tunnel.  The two directions are independent: the
 * request's body goes through `up` to the server under one pressure, the answer goes to the client's queue
 * under another.
 *
 * What ends a relay returns false, and so does whoever calls that from inside a callback of the server's
 * socket, all the way up: the relay is freed then.
 */
#ifndef HTTP_PROXY_PRIVATE_H
#define HTTP_PROXY_PRIVATE_H

#include "base/list.h"
#include "http/answer.h"
#include "http/frames.h"
#include "http/http_private.h"
#include "http/proxy.h"

struct proxy {
    struct loop *loop;
    char *path;
    struct proxy_config config;
    struct list relays, spares;
    size_t open, websockets, spare_count;
    struct loop_timer *sweep; /* closes spare connections */
};

struct relay {
    struct proxy *proxy;
    struct list link;
    struct http_req *req; /* NULL: answered whole, or a tunnel */
    struct tunnel *tunnel;
    int fd;
    struct loop_io *io;
    struct loop_timer *timer; /* dials again; or ends what is left to say */
    struct loop_timer *stall; /* the server takes nothing while the client is paused */
    int64_t dial_until_us;
    struct outq up;  /* to the server */
    struct buf head; /* of the request: to be said again if a spare connection was closed */
    bool again;      /* the request may be said again */
    bool spare;      /* its connection had been used before */
    bool heard;      /* the server has answered something */
    bool up_broken;  /* it reads no more, but may still answer */
    bool streaming;  /* the head of the answer is out */
    bool pressure;   /* the client's queue is full: the server is not read */
    bool client_paused; /* `up` is full: the client is not read */
    bool lost;          /* no memory for what the server said: nothing may follow it */
    bool parting;       /* the client is gone, `up` is not empty */
    struct answer answer;
    struct frames frames;
};

/* ---- proxy.c ---- */

void relay_free (struct relay *r);
/* All return false.  Nothing was answered yet: */
bool relay_fail (struct relay *r, enum problem problem, const char *text);
/* The head of the answer is out: */
bool relay_end_answer (struct relay *r, bool complete);
/* Whatever its condition is: the server is gone, or must go. */
bool relay_end (struct relay *r, enum problem problem, const char *text);
/* The tunnel is gone, or is being finished. */
void relay_leave_tunnel (struct relay *r);
/* The spare connection was closed before anything was answered: another one. */
void relay_redial (struct relay *r);
/* What the server's socket is watched for. */
void relay_events (struct relay *r);

/* ---- proxy_spare.c ---- */

void proxy_spare_add (struct proxy *p, int fd); /* takes FD */
int proxy_spare_take (struct proxy *p);         /* -1: there is none */
void proxy_spare_end (struct proxy *p);

/* ---- proxy_up.c ---- */

extern const struct http_body_ops relay_body_ops;
extern const struct tunnel_ops relay_tunnel_ops;
void relay_say (struct relay *r, const void *data, size_t n);
void relay_write (struct relay *r);

/* ---- proxy_down.c ---- */

/* The answer to r->req is what comes next. */
void relay_await (struct relay *r);
/* The server has something to say, or is gone. */
bool relay_read (struct relay *r);
void relay_drained (void *relay); /* the client's queue is empty */
void relay_client_gone (void *relay);

#endif
