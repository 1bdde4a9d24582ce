/* fuzz_wsframe.c - bytes of a client after the upgrade, in pieces, with a server that
 * echoes
 *
 * The connection is made up: it has a queue but no socket, and nothing runs the loop.
 */
#include "http/wsconn.h"

#include "http/http_private.h"

#include <assert.h>
#include <string.h>

#define MAX_MESSAGE 1000

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

struct peer {
    struct wsconn *ws;
    int closed;
};

static void on_message (void *arg, struct blk *msg, bool text)
{
    struct peer *peer = arg;

    assert (msg->len <= MAX_MESSAGE);
    if (msg->len == 1 && msg->data[0] == 'p')
        wsconn_pause (peer->ws, true);
    else if (msg->len == 1 && msg->data[0] == 'c')
        wsconn_close (peer->ws, 4000);
    else if (msg->len == 1 && msg->data[0] == 'a')
        wsconn_abort (peer->ws);
    else
        wsconn_send_blk (peer->ws, text, msg);
}

static void on_closed (void *arg, int code)
{
    ((struct peer *)arg)->closed++;
    assert (code >= 0 && code < 65536);
}

static const struct wsconn_ops ops = { .message = on_message, .closed = on_closed };

static void feed (struct conn *c, const uint8_t *data, size_t n, size_t step)
{
    for (size_t at = 0; at < n && c->ws && c->state == CONN_WEBSOCKET;) {
        size_t piece = n - at < step ? n - at : step;
        at += ws_eat (c->ws, data + at, piece);
        if (c->ws && ws_paused (c->ws))
            wsconn_pause (c->ws, false);
    }
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static struct loop *loop;
    struct http h = { .config = { .max_ws_message = MAX_MESSAGE }, .sweep_us = 0 };
    /* as inside the library's callback: nothing asks it for anything */
    struct conn c = { .http = &h,
                      .state = CONN_WEBSOCKET,
                      .in_callback = true,
                      .tx_asked = true };
    struct peer peer = { 0 };

    if (size < 1)
        return 0;
    if (!loop)
        loop = loop_new (NULL);
    h.loop = loop;
    peer.ws = ws_new (&c, &ops, &peer);
    c.ws = peer.ws;
    feed (&c, data + 1, size - 1, data[0] ? data[0] : SIZE_MAX);
    if (c.ws)
        ws_gone (c.ws);
    assert (peer.closed == 1);
    loop_cancel (h.sweep);
    outq_done (&c.out);
    return 0;
}
