/* proxy_up.c - a relay towards the server: the head and body of a request, frames of the browser
 *
 * A browser that goes away takes its relay with it, but what its websocket had said before is still
 * delivered, for at most PARTING_US: somebody who runs a cell and closes the tab wants the cell to run.
 */
#include "http/proxy_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PARTING_US (5 * CLOCK_S)
#define WRITE_IOV 64

/* ---- bytes ------------------------------------------------------------------------------------ */

static void on_stalled (void *arg)
{
    struct relay *r = arg;

    r->stall = NULL;
    (void)relay_end (r, PROBLEM_TIMEOUT, "the server does not take the request");
}

static void pause_client (struct relay *r, bool on)
{
    if (r->client_paused == on)
        return;
    r->client_paused = on;
    loop_cancel (take_ptr (r->stall));
    if (on)
        r->stall = loop_after (r->proxy->loop, HTTP_STALL_US, on_stalled, r);
    if (r->tunnel)
        tunnel_pause (r->tunnel, on);
    else if (r->req)
        http_req_pause_body (r->req, on);
}

static void break_up (struct relay *r)
{
    r->up_broken = true;
    outq_done (&r->up);
    memset (&r->up, 0, sizeof (r->up));
    pause_client (r, false);
}

void relay_write (struct relay *r)
{
    struct iovec iov[WRITE_IOV];
    struct msghdr msg = { .msg_iov = iov };

    while (r->up.bytes > 0 && !r->up_broken && r->io) {
        msg.msg_iovlen = outq_peek (&r->up, iov, WRITE_IOV);
        ssize_t n = sendmsg (r->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            break_up (r);
        else
            outq_take (&r->up, (size_t)n);
    }
    if (r->up.bytes <= PROXY_LOW)
        pause_client (r, false);
    relay_events (r);
}

void relay_say (struct relay *r, const void *data, size_t n)
{
    struct blk *b;

    if (r->up_broken || n == 0)
        return;
    b = blk_dup (data, n);
    if (!b) {
        break_up (r);
        return;
    }
    outq_add (&r->up, b, b->data, n, false);
    blk_unref (b);
}

static void said (struct relay *r)
{
    relay_write (r);
    if (r->up.bytes > PROXY_HIGH)
        pause_client (r, true);
}

/* ---- the body of the request ------------------------------------------------------------------ */

static void on_piece (void *arg, const void *data, size_t n)
{
    struct relay *r = arg;
    bool chunked = r->req->body_length == SIZE_MAX;
    char size[24];

    if (chunked)
        relay_say (r, size, (size_t)snprintf (size, sizeof (size), "%zx\r\n", n));
    relay_say (r, data, n);
    if (chunked)
        relay_say (r, "\r\n", 2);
    said (r);
}

static void on_body_end (void *arg)
{
    struct relay *r = arg;

    if (r->req->body_length != SIZE_MAX)
        return;
    relay_say (r, "0\r\n\r\n", 5);
    said (r);
}

const struct http_body_ops relay_body_ops = { on_piece, on_body_end, relay_client_gone };

/* ---- websockets ------------------------------------------------------------------------------- */

static void on_parted (void *arg)
{
    struct relay *r = arg;

    r->timer = NULL;
    relay_free (r);
}

static void on_tunnel_input (void *arg, const void *data, size_t n)
{
    struct relay *r = arg;

    relay_say (r, data, n);
    said (r);
}

static void on_tunnel_gone (void *arg)
{
    struct relay *r = arg;

    relay_leave_tunnel (r);
    if (r->up.bytes == 0) {
        relay_free (r);
        return;
    }
    r->parting = true;
    r->timer = loop_after (r->proxy->loop, PARTING_US, on_parted, r);
    relay_events (r);
}

const struct tunnel_ops relay_tunnel_ops = { on_tunnel_input, relay_drained,
                                             on_tunnel_gone };
