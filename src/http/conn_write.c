/* conn_write.c - what waits in a connection's queue goes to its socket
 *
 * Clear text goes by sendmsg on the library's socket straight from the shared blocks, where
 * lws_write would copy what does not fit; TLS goes through lws_write in records.
 */
#include "http/http_lws.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define CONN_IOV 64
#define CONN_WRITE_TURN ((size_t)4 << 20) /* bytes before others get their turn */
#define CONN_RECORD 16384                 /* one TLS record */

/* Both return what went out; less than all: the socket is full, or the connection is dead.
 */
static size_t write_clear (struct conn *c)
{
    struct iovec iov[CONN_IOV];
    struct msghdr msg = { .msg_iov = iov };
    size_t total = 0;

    while (c->out.bytes > 0 && total < CONN_WRITE_TURN) {
        size_t want = 0;
        ssize_t n;
        msg.msg_iovlen = outq_peek (&c->out, iov, CONN_IOV);
        for (size_t i = 0; i < msg.msg_iovlen; i++)
            want += iov[i].iov_len;
        n = sendmsg (c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            conn_kill (c);
        if (n < 0)
            break;
        outq_take (&c->out, (size_t)n);
        total += (size_t)n;
        if ((size_t)n < want)
            break;
    }
    return total;
}

/* Small pieces share a record. */
static size_t next_record (const struct conn *c, uint8_t scratch[CONN_RECORD],
                           uint8_t **ret)
{
    struct iovec iov[CONN_IOV];
    size_t pieces = outq_peek (&c->out, iov, CONN_IOV);
    size_t n = 0;

    if (iov[0].iov_len >= CONN_RECORD / 4) {
        *ret = iov[0].iov_base;
        return iov[0].iov_len < CONN_RECORD ? iov[0].iov_len : CONN_RECORD;
    }
    *ret = scratch;
    for (size_t i = 0; i < pieces && n < CONN_RECORD; i++) {
        size_t part = iov[i].iov_len < CONN_RECORD - n ? iov[i].iov_len : CONN_RECORD - n;
        memcpy (scratch + n, iov[i].iov_base, part);
        n += part;
    }
    return n;
}

static size_t write_tls (struct conn *c)
{
    uint8_t scratch[CONN_RECORD];
    size_t total = 0;

    while (c->out.bytes > 0 && total < CONN_WRITE_TURN && !lws_partial_buffered (c->wsi)) {
        uint8_t *data;
        size_t n = next_record (c, scratch, &data);
        if (lws_write (c->wsi, data, n, LWS_WRITE_RAW) < 0) { /* else it took all of it */
            conn_kill (c);
            break;
        }
        outq_take (&c->out, n);
        total += n;
    }
    return total;
}

size_t conn_write (struct conn *c)
{
    if (c->out.bytes == 0)
        return 0;
    return c->tls ? write_tls (c) : write_clear (c);
}
