/* link.c - HTTP and websockets as a blocking client
 *
 * Frames are sent with a mask of zeroes, which the protocol allows and which costs the client
 * nothing; frames of the server are given out where they were received.
 */

#include "link.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define READ_SIZE ((size_t)1 << 20)

enum { FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

/* ---- bytes ---- */

bool link_try (struct link *l, const struct target *t)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons ((uint16_t)t->port) };
    struct timeval patience = { .tv_sec = PATIENCE_S };
    int on = 1;

    *l = (struct link){ .target = t };
    to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    l->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        die ("socket: %s", strerror (errno));
    (void)setsockopt (l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof (patience));
    (void)setsockopt (l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof (on));
    if (connect (l->fd, (struct sockaddr *)&to, sizeof (to)) < 0) {
        (void)close (l->fd);
        return false;
    }
    buf_init (&l->in, LINK_MAX + READ_SIZE);
    buf_init (&l->joined, LINK_MAX);
    return true;
}

void link_open (struct link *l, const struct target *t)
{
    if (!link_try (l, t))
        die ("nobody listens on port %u", t->port);
}

void link_close (struct link *l)
{
    (void)close (l->fd);
    buf_done (&l->in);
    buf_done (&l->joined);
}

static size_t available (const struct link *l)
{
    return l->in.len - l->used;
}

static const char *front (const struct link *l)
{
    return l->in.data + l->used;
}

static void read_more (struct link *l)
{
    char *room;
    ssize_t n;

    if (l->used == l->in.len) {
        buf_clear (&l->in);
        l->used = 0;
    } else if (l->used >= READ_SIZE) {
        buf_consume (&l->in, l->used);
        l->used = 0;
    }
    room = buf_reserve (&l->in, READ_SIZE);
    if (!room)
        die ("a message is larger than %zu bytes", LINK_MAX);
    do
        n = recv (l->fd, room, READ_SIZE, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        die ("the server %s", n ? strerror (errno) : "closed the connection");
    l->in.len += (size_t)n;
    l->in.data[l->in.len] = '\0';
}

static void need (struct link *l, size_t n)
{
    while (available (l) < n)
        read_more (l);
}

static void write_all (struct link *l, struct iovec *iov, size_t n)
{
    struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };

    while (msg.msg_iovlen > 0) {
        ssize_t sent = sendmsg (l->fd, &msg, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            die ("send: %s", strerror (errno));
        while (msg.msg_iovlen > 0 && (size_t)sent >= msg.msg_iov->iov_len) {
            sent -= (ssize_t)msg.msg_iov->iov_len;
            msg.msg_iov++;
            msg.msg_iovlen--;
        }
        if (msg.msg_iovlen > 0) {
            msg.msg_iov->iov_base = (char *)msg.msg_iov->iov_base + sent;
            msg.msg_iov->iov_len -= (size_t)sent;
        }
    }
}

/* ---- HTTP ---- */

static void send_head (struct link *l, const char *method, const char *path,
                       const char *more, const void *body, size_t n)
{
    autofree char *head = xasprintf (
        "%s /%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: token %s\r\n%s\r\n",
        method, path, l->target->port, l->target->token, more);
    struct iovec iov[2] = { { head, strlen (head) }, { (void *)body, n } };

    write_all (l, iov, n ? 2 : 1);
}

void link_request (struct link *l, const char *method, const char *path, const void *body,
                   size_t n)
{
    autofree char *more =
        body ? xasprintf ("Content-Type: application/json\r\nContent-Length: %zu\r\n", n)
             : xstrdup ("");

    send_head (l, method, path, more, body, n);
}

/* The head of an answer with its empty line; it is used up, and borrowed until the next read. */
static const char *read_head (struct link *l, size_t *ret_len)
{
    const char *end;

    need (l, 1);
    while (!(end = strstr (front (l), "\r\n\r\n")))
        read_more (l);
    const char *head = front (l);
    *ret_len = (size_t)(end - head) + 4;
    l->used += *ret_len;
    return head;
}

static const char *header (const char *head, size_t len, const char *name)
{
    size_t n = strlen (name);

    for (const char *p = head; (p = memchr (p, '\n', len - (size_t)(p - head))) != NULL;) {
        if (++p >= head + len)
            break;
        if (!strncasecmp (p, name, n) && p[n] == ':')
            return p + n + 1;
    }
    return NULL;
}

static void take_body (struct link *l, struct buf *body, uint64_t n)
{
    while (n > 0) {
        need (l, 1);
        size_t part = available (l) < n ? available (l) : (size_t)n;
        if (body && buf_add (body, front (l), part) < 0)
            die ("an answer is larger than %zu bytes", body->max);
        l->used += part;
        n -= part;
    }
}

static uint64_t take_chunks (struct link *l, struct buf *body)
{
    uint64_t total = 0, n;

    do {
        char *end;
        need (l, 1);
        while (!strstr (front (l), "\r\n"))
            read_more (l);
        n = strtoul (front (l), &end, 16);
        l->used += (size_t)(strstr (end, "\r\n") + 2 - front (l));
        take_body (l, body, n);
        take_body (l, NULL, 2);
        total += n;
    } while (n > 0);
    return total;
}

int link_reply (struct link *l, struct buf *body, uint64_t *ret_bytes)
{
    size_t len;
    const char *head = read_head (l, &len);
    const char *length = header (head, len, "Content-Length");
    const char *coding = header (head, len, "Transfer-Encoding");
    int status = (int)strtol (head + strlen ("HTTP/1.1 "), NULL, 10);
    uint64_t n = length ? strtoull (length, NULL, 10) : 0;

    if (coding)
        n = take_chunks (l, body);
    else
        take_body (l, body, n);
    if (ret_bytes)
        *ret_bytes = n;
    return status;
}

void link_call (const struct target *t, const char *method, const char *path,
                const char *body, struct buf *ret)
{
    struct link l;

    link_open (&l, t);
    link_request (&l, method, path, body, body ? strlen (body) : 0);
    int status = link_reply (&l, ret, NULL);
    if (status / 100 != 2)
        die ("%s %s: %d", method, path, status);
    link_close (&l);
}

/* ---- websockets ---- */

void link_websocket (struct link *l, const char *path, const char *protocol)
{
    autofree char *more = xasprintf (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n%s%s%s",
        protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "",
        protocol ? "\r\n" : "");
    size_t len;

    send_head (l, "GET", path, more, NULL, 0);
    const char *head = read_head (l, &len);
    if (strncmp (head, "HTTP/1.1 101", 12) != 0)
        die ("GET %s: %.*s", path, (int)strcspn (head, "\r"), head);
    if (protocol && !header (head, len, "Sec-WebSocket-Protocol"))
        die ("the server does not speak %s", protocol);
}

static void send_frame (struct link *l, uint8_t opcode, const void *data, size_t n)
{
    uint8_t head[14] = { (uint8_t)(0x80 | opcode) };
    size_t len = 2;

    if (n < 126) {
        head[1] = (uint8_t)(0x80 | n);
    } else if (n < 65536) {
        head[1] = 0x80 | 126;
        memcpy (head + 2, &(uint16_t){ htobe16 ((uint16_t)n) }, 2);
        len = 4;
    } else {
        head[1] = 0x80 | 127;
        memcpy (head + 2, &(uint64_t){ htobe64 (n) }, 8);
        len = 10;
    }
    struct iovec iov[2] = { { head, len + 4 }, { (void *)data, n } };
    write_all (l, iov, 2);
}

void link_send (struct link *l, bool binary, const void *data, size_t n)
{
    send_frame (l, binary ? FRAME_BINARY : FRAME_TEXT, data, n);
}

/* One frame: its payload; *RET_FIRST is its first byte. */
static struct slice recv_frame (struct link *l, uint8_t *ret_first)
{
    const uint8_t *p;
    size_t len = 2;
    uint64_t n;

    need (l, 2);
    p = (const uint8_t *)front (l);
    n = p[1];
    len += n == 127 ? 8 : n == 126 ? 2 : 0;
    need (l, len);
    p = (const uint8_t *)front (l);
    *ret_first = p[0];
    if (len == 4) {
        n = (uint64_t)p[2] << 8 | p[3];
    } else if (len == 10) {
        memcpy (&n, p + 2, 8);
        n = be64toh (n);
    }
    if (n > LINK_MAX)
        die ("a frame of %llu bytes", (unsigned long long)n);
    need (l, len + n);
    struct slice s = { front (l) + len, (size_t)n };
    l->used += len + n;
    return s;
}

struct slice link_recv (struct link *l)
{
    uint8_t first;

    buf_clear (&l->joined);
    for (;;) {
        struct slice s = recv_frame (l, &first);
        uint8_t opcode = first & 15;

        if (opcode == FRAME_CLOSE)
            die ("the server closed the websocket");
        if (opcode == FRAME_PING)
            send_frame (l, FRAME_PONG, s.data, s.len);
        if (opcode >= FRAME_CLOSE)
            continue;
        if ((first & 0x80) && l->joined.len == 0)
            return s;
        if (buf_add (&l->joined, s.data, s.len) < 0)
            die ("a message is larger than %zu bytes", LINK_MAX);
        if (first & 0x80)
            return (struct slice){ l->joined.data, l->joined.len };
    }
}
