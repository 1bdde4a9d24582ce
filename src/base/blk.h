/* blk.h - refcounted immutable bytes, and slices of them
 *
 * A message body is one block; its parts are slices; ten browsers share it.  The counter is not
 * atomic: a block belongs to one thread (hand it over, do not share it between threads).
 */
#ifndef BASE_BLK_H
#define BASE_BLK_H

#include "base/cleanup.h"
#include <stddef.h>
#include <stdint.h>

struct blk {
    int refs;
    void (*release) (void *arg); /* NULL: the bytes are inline */
    void *arg;
    size_t len;
    uint8_t *data;
};

/* NULL if LEN cannot be allocated (sized by strangers: check it). */
struct blk *blk_new (size_t len);
struct blk *blk_dup (const void *data, size_t len);
/* Wrap foreign memory; RELEASE (ARG) is called with the last reference. */
struct blk *blk_wrap (void *data, size_t len, void (*release) (void *arg), void *arg);
struct blk *blk_ref (struct blk *b);
void blk_unref (struct blk *b); /* NULL is fine */
DEFINE_AUTO (struct blk *, blk_unref)

/* Borrowed view; whoever stores one keeps a reference of the block. */
struct slice {
    const void *data;
    size_t len;
};

#endif
