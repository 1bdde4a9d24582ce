/* keep_out.c - bytes that wait to be written to the keeper */

#include "server/keep_out.h"

#include "base/list.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PIECE (64u << 10) /* small frames are gathered in blocks of this size */
#define PIECES_AT_ONCE 32

struct piece {
    struct list link;
    struct blk *blk;
    const uint8_t *data;
    size_t len;
    size_t room; /* bytes of blk behind data + len that are free and ours */
};

struct keep_out {
    struct list pieces;
    size_t bytes, max;
};

struct keep_out *keep_out_new (size_t max)
{
    struct keep_out *o = xnew (struct keep_out);
    list_init (&o->pieces);
    o->max = max;
    return o;
}

static void piece_free (struct piece *p)
{
    list_remove (&p->link);
    blk_unref (p->blk);
    free (p);
}

void keep_out_clear (struct keep_out *o)
{
    list_foreach (p, &o->pieces, struct piece, link)
        piece_free (p);
    o->bytes = 0;
}

void keep_out_free (struct keep_out *o)
{
    if (!o)
        return;
    keep_out_clear (o);
    free (o);
}

static struct piece *add_piece (struct keep_out *o, struct blk *b, const uint8_t *data,
                                size_t len)
{
    struct piece *p = xnew (struct piece);
    p->blk = b;
    p->data = data;
    p->len = len;
    list_append (&o->pieces, &p->link);
    return p;
}

static struct piece *last_piece (struct keep_out *o)
{
    return list_empty (&o->pieces) ? NULL : list_entry (o->pieces.prev, struct piece, link);
}

int keep_out_add (struct keep_out *o, const void *data, size_t n)
{
    struct piece *p = last_piece (o);
    if (n > o->max - o->bytes)
        return -1;
    if (!p || p->room < n) {
        size_t size = n > PIECE ? n : PIECE;
        struct blk *b = blk_new (size);
        if (!b)
            return -1;
        p = add_piece (o, b, b->data, 0);
        p->room = size;
    }
    memcpy (p->blk->data + p->blk->len - p->room, data, n);
    p->len += n;
    p->room -= n;
    o->bytes += n;
    return 0;
}

int keep_out_add_blk (struct keep_out *o, struct blk *b, struct slice s)
{
    if (s.len < PIECE / 4)
        return keep_out_add (o, s.data, s.len);
    if (s.len > o->max - o->bytes)
        return -1;
    (void)add_piece (o, blk_ref (b), s.data, s.len);
    o->bytes += s.len;
    return 0;
}

size_t keep_out_bytes (const struct keep_out *o)
{
    return o->bytes;
}

static void drop_written (struct keep_out *o, size_t n)
{
    o->bytes -= n;
    list_foreach (p, &o->pieces, struct piece, link) {
        if (n < p->len) {
            p->data += n;
            p->len -= n;
            return;
        }
        n -= p->len;
        piece_free (p);
        if (n == 0)
            return;
    }
}

int keep_out_flush (struct keep_out *o, int fd)
{
    while (o->bytes > 0) {
        struct iovec iov[PIECES_AT_ONCE];
        struct msghdr msg = { .msg_iov = iov };
        list_foreach (p, &o->pieces, struct piece, link) {
            if (msg.msg_iovlen == PIECES_AT_ONCE)
                break;
            iov[msg.msg_iovlen++] =
                (struct iovec){ .iov_base = (void *)p->data, .iov_len = p->len };
        }
        ssize_t n = sendmsg (fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        drop_written (o, (size_t)n);
    }
    return 1;
}
