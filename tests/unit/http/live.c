/* live.c - a real server on a loopback port and a raw client beside it on the same loop */

#include "live.h"

#include "base/fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define LIVE_TIMEOUT_US 5000000

int live_open (struct live *l, const struct http_config *config, const struct route *rows,
               size_t n)
{
    struct err err;

    memset (l, 0, sizeof (*l));
    l->fd = -1;
    buf_init (&l->got, 256 << 20);
    l->loop = loop_new (&err);
    l->http = l->loop ? http_new (l->loop, config, &err) : NULL;
    if (!l->http)
        return -1;
    http_add_routes (l->http, rows, n);
    return http_listen_tcp (l->http, "127.0.0.1", 0, NULL, &l->port, &err);
}

static void hang_up (struct live *l)
{
    loop_unwatch (l->io);
    l->io = NULL;
    if (l->fd >= 0)
        (void)close (l->fd);
    l->fd = -1;
}

void live_close (struct live *l)
{
    hang_up (l);
    http_free (l->http);
    loop_free (l->loop);
    buf_done (&l->got);
}

static bool satisfied (const struct live *l)
{
    if (l->until_len)
        return l->got.len >= l->until_len;
    return l->until && memmem (l->got.data, l->got.len, l->until, strlen (l->until));
}

static void on_client (void *arg, unsigned events)
{
    struct live *l = arg;
    char piece[65536];
    ssize_t n;

    if ((events & LOOP_WRITE) && l->left > 0) {
        n = send (l->fd, l->send, l->step && l->step < l->left ? l->step : l->left,
                  MSG_NOSIGNAL);
        l->send += n > 0 ? n : 0;
        l->left -= n > 0 ? (size_t)n : 0;
        if (l->left == 0)
            loop_io_events (l->io, LOOP_READ);
    }
    n = recv (l->fd, piece, sizeof (piece), MSG_DONTWAIT);
    if (n > 0)
        (void)buf_add (&l->got, piece, (size_t)n);
    else if (n == 0 || errno != EAGAIN)
        l->closed = true;
    if (l->closed || satisfied (l))
        loop_stop (l->loop, 0);
    if (l->closed)
        hang_up (l);
}

void live_connect (struct live *l)
{
    struct sockaddr_in in = { .sin_family = AF_INET,
                              .sin_port = htons ((uint16_t)l->port),
                              .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

    hang_up (l);
    buf_clear (&l->got);
    l->left = l->until_len = 0;
    l->closed = l->timed_out = false;
    l->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)!connect (l->fd, (struct sockaddr *)&in, sizeof (in));
    (void)fd_set_nonblock (l->fd, true);
    l->io = loop_watch (l->loop, l->fd, LOOP_READ, on_client, l);
}

static void on_timeout (void *arg)
{
    struct live *l = arg;

    l->timed_out = true;
    loop_stop (l->loop, 0);
}

void live_run (struct live *l, int64_t us)
{
    struct loop_timer *t = loop_after (l->loop, us, on_timeout, l);

    l->timed_out = false;
    (void)loop_run (l->loop);
    if (!l->timed_out)
        loop_cancel (t);
}

void live_talk (struct live *l, const char *send, size_t n, const char *until)
{
    l->send = send;
    l->left = n;
    l->until = until;
    l->until_len = 0;
    if (l->io && n)
        loop_io_events (l->io, LOOP_READ | LOOP_WRITE);
    if (!l->closed)
        live_run (l, LIVE_TIMEOUT_US);
}

void live_receive (struct live *l, size_t n)
{
    l->until_len = n;
    if (!l->closed && l->got.len < n)
        live_run (l, LIVE_TIMEOUT_US);
}

const char *live_ask (struct live *l, const char *send)
{
    live_connect (l);
    live_talk (l, send, strlen (send), NULL);
    return l->got.data;
}

size_t live_count (const struct live *l, const char *what)
{
    size_t count = 0, n = strlen (what);
    const char *s = l->got.data, *end = s + l->got.len;

    while ((s = memmem (s, (size_t)(end - s), what, n))) {
        count++;
        s += n;
    }
    return count;
}
