/* fuzz_keep_wire.c - frames between server and keeper: every kind's payload, read in every
 * way */

#include "base/cleanup.h"
#include "keeper/keep_wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* An object that was read must be written and read as the same. */
static void read_object (const struct keep_frame *f)
{
    autodone (buf_done) struct buf b, again;
    struct keep_object o, p;
    struct keep_reader r;

    buf_init (&b, 1 << 24);
    buf_init (&again, 1 << 24);
    keep_reader_init (&r, f);
    if (keep_get_object (&r, &o) == 0) {
        keep_put_object (&b, &o);
        struct keep_frame copy = { .payload = (uint8_t *)b.data, .len = b.len };
        keep_reader_init (&r, &copy);
        if (keep_get_object (&r, &p) < 0)
            abort ();
        keep_put_object (&again, &p);
        if (again.len != b.len || memcmp (again.data, b.data, b.len))
            abort ();
        keep_object_done (&p);
    }
    keep_object_done (&o);
}

static void read_fields (const struct keep_frame *f)
{
    struct keep_reader r;
    struct strv v;
    size_t n;

    keep_reader_init (&r, f);
    strv_init (&v);
    for (int i = 0; i < 4; i++)
        free (keep_get_str (&r));
    (void)keep_get_strv (&r, &v);
    (void)keep_get_u32 (&r);
    (void)keep_get_u64 (&r);
    (void)keep_get_u8 (&r);
    (void)keep_get_bytes (&r, &n);
    if (r.left > f->len)
        abort ();
    strv_done (&v);
}

/* SUBSCRIBE, whose flags are optional: with or without them a reader ends at the end or is bad. */
static void read_subscribe (const struct keep_frame *f)
{
    struct keep_reader r;

    keep_reader_init (&r, f);
    free (keep_get_str (&r));
    (void)keep_get_u64 (&r);
    (void)keep_get_u64 (&r);
    if (r.left && r.left < 4 && (keep_get_u32 (&r) || !r.bad))
        abort ();
}

/* The header that was read is written as the same, flags included. */
static void write_header (const struct keep_frame *f, const uint8_t *data)
{
    uint8_t header[KEEP_HEADER];

    keep_header (header, f->kind, f->flags, f->channel, f->object, f->number, f->len);
    if (memcmp (header, data, KEEP_HEADER))
        abort ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct keep_frame f;
    size_t used;

    while (keep_parse (data, size, &f, &used, NULL) > 0) {
        if (used < KEEP_HEADER || used > size || f.len != used - KEEP_HEADER)
            abort ();
        write_header (&f, data);
        read_fields (&f);
        read_subscribe (&f);
        read_object (&f);
        data += used;
        size -= used;
    }
    return 0;
}
