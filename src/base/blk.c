/* blk.c - refcounted immutable bytes */

#include "base/blk.h"

#include <string.h>

struct blk *blk_new (size_t len)
{
    if (len > SIZE_MAX - sizeof (struct blk) - 1)
        return NULL;
    struct blk *b = malloc (sizeof (*b) + len + 1);
    if (!b)
        return NULL;
    *b = (struct blk){ .refs = 1, .len = len, .data = (uint8_t *)(b + 1) };
    b->data[len] = '\0';
    return b;
}

struct blk *blk_dup (const void *data, size_t len)
{
    struct blk *b = blk_new (len);

    if (b && len)
        memcpy (b->data, data, len);
    return b;
}

struct blk *blk_wrap (void *data, size_t len, void (*release) (void *arg), void *arg)
{
    struct blk *b = xnew (struct blk);

    *b =
        (struct blk){ .refs = 1, .release = release, .arg = arg, .len = len, .data = data };
    return b;
}

struct blk *blk_ref (struct blk *b)
{
    b->refs++;
    return b;
}

void blk_unref (struct blk *b)
{
    if (!b || --b->refs > 0)
        return;
    if (b->release)
        b->release (b->arg);
    free (b);
}
