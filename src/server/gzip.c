/* gzip.c - compress an answer */

#include "server/gzip.h"

#include "base/cleanup.h"

#include <limits.h>
#include <zlib.h>

#define LEVEL 6
#define GZIP_WINDOW (15 + 16) /* 16: a gzip header, not a zlib one */

/* All of B into OUT, which is large enough for anything worth keeping. */
static int deflate_all (z_stream *z, struct buf *b, struct buf *out)
{
    char *room = buf_reserve (out, b->len);
    if (!room)
        return -1;
    z->next_in = (unsigned char *)b->data;
    z->avail_in = (uInt)b->len;
    z->next_out = (unsigned char *)room;
    z->avail_out = (uInt)b->len;
    if (deflate (z, Z_FINISH) != Z_STREAM_END)
        return -1;
    out->len += z->total_out;
    return 0;
}

int gzip_buf (struct buf *b)
{
    z_stream z = { 0 };
    if (b->len == 0 || b->len > INT_MAX ||
        deflateInit2 (&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return -1;
    struct buf out;
    buf_init (&out, b->len);
    int rc = deflate_all (&z, b, &out);
    (void)deflateEnd (&z);
    if (rc < 0) {
        buf_done (&out);
        return -1;
    }
    buf_done (b);
    *b = out;
    return 0;
}
