/* outq.c - bytes that wait for a socket */

#include "http/outq.h"

#include "base/cleanup.h"

#include <string.h>

static struct outq_item *item_at (const struct outq *q, size_t i)
{
    return &q->items[(q->head + i) & (q->cap - 1)];
}

static void outq_grow (struct outq *q)
{
    size_t cap = q->cap ? q->cap * 2 : 8;
    struct outq_item *items = xcalloc (cap, sizeof (*items));

    for (size_t i = 0; i < q->n; i++)
        items[i] = *item_at (q, i);
    free (q->items);
    q->items = items;
    q->cap = cap;
    q->head = 0;
}

static struct outq_item *outq_slot (struct outq *q, size_t n)
{
    struct outq_item *item;

    if (q->n == q->cap)
        outq_grow (q);
    item = item_at (q, q->n++);
    item->blk = NULL;
    item->len = n;
    item->done = 0;
    item->payload = false;
    q->bytes += n;
    return item;
}

void outq_add (struct outq *q, struct blk *b, const void *data, size_t n, bool payload)
{
    struct outq_item *item;

    if (n == 0)
        return;
    item = outq_slot (q, n);
    item->blk = blk_ref (b);
    item->data = data;
    item->payload = payload;
}

void outq_copy (struct outq *q, const void *data, size_t n)
{
    if (n == 0)
        return;
    if (n > OUTQ_INLINE) {
        struct blk *b = blk_dup (data, n);
        if (!b)
            abort (); /* a head of ours, never larger than some KiB */
        outq_add (q, b, b->data, n, false);
        blk_unref (b);
        return;
    }
    memcpy (outq_slot (q, n)->small, data, n);
}

size_t outq_peek (const struct outq *q, struct iovec *iov, size_t max)
{
    size_t n = q->n < max ? q->n : max;

    for (size_t i = 0; i < n; i++) {
        struct outq_item *item = item_at (q, i);
        iov[i].iov_base = item->blk ? (void *)item->data : item->small + item->done;
        iov[i].iov_len = item->len;
    }
    return n;
}

void outq_take (struct outq *q, size_t n)
{
    q->bytes -= n;
    while (n > 0) {
        struct outq_item *item = item_at (q, 0);
        size_t part = n < item->len ? n : item->len;
        if (item->payload)
            q->payload_done += part;
        n -= part;
        item->len -= part;
        if (item->len > 0) {
            item->data = item->blk ? item->data + part : NULL;
            item->done += item->blk ? 0 : (uint8_t)part;
            break;
        }
        blk_unref (item->blk);
        q->head = (q->head + 1) & (q->cap - 1);
        q->n--;
    }
}

void outq_done (struct outq *q)
{
    for (size_t i = 0; i < q->n; i++)
        blk_unref (item_at (q, i)->blk);
    free (q->items);
    memset (q, 0, sizeof (*q));
}
