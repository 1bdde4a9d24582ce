/* writeq.c - what waits to be written to the server: bytes, and ranges of journals
 *
 * Bytes gather in chunks of 64 KiB; several chunks go out in one writev.  Where sendfile
 * cannot be used (a segment in memory, a file system without it) a range is copied through
 * a small buffer.  A range whose bytes cannot be read any more breaks the connection: its
 * frame header is out already.
 */

#include "keeper/writeq.h"
#include "base/list.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define CHUNK (64u << 10)
#define BATCH 16

struct item {
    struct list link;
    size_t len, done;                /* of the bytes, or of the range */
    struct journal_segment *segment; /* NULL: bytes */
    uint64_t offset;
    size_t cap;
    uint8_t data[];
};

struct writeq {
    struct list items;
    size_t max, held; /* bytes in memory */
    uint64_t waiting;
    bool overflow;
};

struct writeq *writeq_new (size_t max)
{
    struct writeq *q = xnew (struct writeq);

    q->max = max;
    list_init (&q->items);
    return q;
}

static void item_free (struct writeq *q, struct item *i)
{
    list_remove (&i->link);
    q->held -= i->cap;
    journal_segment_unref (i->segment);
    free (i);
}

void writeq_free (struct writeq *q)
{
    if (!q)
        return;
    list_foreach (i, &q->items, struct item, link)
        item_free (q, i);
    free (q);
}

static struct item *item_new (struct writeq *q, size_t cap)
{
    struct item *i = xrealloc (NULL, 1, sizeof (*i) + cap);

    *i = (struct item){ .cap = cap };
    q->held += cap;
    list_append (&q->items, &i->link);
    return i;
}

int writeq_add (struct writeq *q, const void *data, size_t n)
{
    struct item *last = list_entry (q->items.prev, struct item, link);

    if (q->overflow || q->held + n > q->max) {
        q->overflow = true;
        return -1;
    }
    if (list_empty (&q->items) || last->segment || last->cap - last->len < n)
        last = item_new (q, n > CHUNK ? n : CHUNK);
    memcpy (last->data + last->len, data, n);
    last->len += n;
    q->waiting += n;
    return 0;
}

void writeq_add_range (struct writeq *q, struct journal_segment *s, uint64_t offset,
                       size_t n)
{
    struct item *i = item_new (q, 0);

    i->segment = journal_segment_ref (s);
    (void)journal_segment_fd (s); /* it may be unlinked before we come to it */
    i->offset = offset;
    i->len = n;
    q->waiting += n;
}

uint64_t writeq_bytes (const struct writeq *q)
{
    return q->waiting;
}
bool writeq_overflowed (const struct writeq *q)
{
    return q->overflow;
}

static void wrote (struct writeq *q, size_t n)
{
    q->waiting -= n;
    list_foreach (i, &q->items, struct item, link) {
        size_t part = i->len - i->done < n ? i->len - i->done : n;

        i->done += part;
        n -= part;
        if (i->done == i->len)
            item_free (q, i);
        if (!n)
            return;
    }
}

static ssize_t write_bytes (struct writeq *q, int fd)
{
    struct iovec iov[BATCH];
    struct msghdr m = { .msg_iov = iov };

    list_foreach (i, &q->items, struct item, link) {
        if (i->segment || m.msg_iovlen == BATCH)
            break;
        iov[m.msg_iovlen++] = (struct iovec){ i->data + i->done, i->len - i->done };
    }
    return sendmsg (fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t copy_range (struct item *i, int fd)
{
    uint8_t part[CHUNK];
    size_t want = i->len - i->done < CHUNK ? i->len - i->done : CHUNK;
    ssize_t got = journal_segment_read (i->segment, i->offset + i->done, part, want);

    if (got == 0)
        errno = EIO;
    return got <= 0 ? -1 : send (fd, part, (size_t)got, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t write_range (struct item *i, int fd, size_t budget)
{
    off_t at = (off_t)(i->offset + i->done);
    size_t want = i->len - i->done < budget ? i->len - i->done : budget;
    int from = journal_segment_fd (i->segment);
    ssize_t n;

    if (from < 0)
        return copy_range (i, fd);
    n = sendfile (fd, from, &at, want);
    if (n < 0 && (errno == EINVAL || errno == ENOSYS))
        return copy_range (i, fd);
    if (n == 0)
        errno = EIO;
    return n == 0 ? -1 : n;
}

int writeq_flush (struct writeq *q, int fd, size_t budget)
{
    while (!list_empty (&q->items) && budget > 0) {
        struct item *i = list_entry (q->items.next, struct item, link);
        ssize_t n = i->segment ? write_range (i, fd, budget) : write_bytes (q, fd);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
        wrote (q, (size_t)n);
        budget -= (size_t)n < budget ? (size_t)n : budget;
    }
    return list_empty (&q->items);
}
