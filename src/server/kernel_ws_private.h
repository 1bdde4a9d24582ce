/* kernel_ws_private.h - what the files of the kernel websocket share */
#ifndef SERVER_KERNEL_WS_PRIVATE_H
#define SERVER_KERNEL_WS_PRIVATE_H

#include "base/list.h"
#include "http/http.h"
#include "http/wsconn.h"
#include "server/delivery.h"
#include "server/keep_client.h"
#include "server/kernel_ws.h"
#include "server/kernels.h"
#include "server/rate_limit.h"
#include "server/server.h"

/* Of a connection that broke, what is sent again to a page that drops repeats: more than proxies and the
 * systems on the way hold. */
#define KERNEL_WS_AGAIN (4u << 20)

struct kernel_ws {
    struct list link; /* in kernel->sockets while KERNEL is set */
    struct server *server;
    struct kernel *kernel; /* NULL: gone, or taken over by another connection */
    char *session;
    struct wsconn *ws;
    struct keep_sub *sub;
    struct delivery delivery;
    uint64_t begins;          /* the first number that came, or will; 0: not known yet */
    struct rate_limit *limit; /* NULL: none */
    bool v1;
    bool plain; /* nothing is to be looked at on the way to the client */
    bool hide_tracebacks;
    bool complained; /* about a frame of the client */
};

/* kernel_ws_out.c: to the client */
void kernel_ws_out_init (struct kernel_ws *w);
extern const struct keep_sub_ops kernel_ws_sub_ops;
/* A v1 frame of ours. */
void kernel_ws_inject (struct kernel_ws *w,
                       struct buf *frame); /* takes the content of FRAME */
/* header.session of what we say in the name of K. */
struct slice kernel_ws_session (const struct kernel *k);
/* A record, as this client wants it. */
void kernel_ws_send (struct kernel_ws *w, struct blk *b, struct slice s);
void kernel_ws_sent (void *arg, uint64_t total);

/* kernel_ws_in.c: from the client */
void kernel_ws_message (void *arg, struct blk *msg, bool text);

#endif
