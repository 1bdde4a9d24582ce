/* wsv1.c - the layout of v1.kernel.websocket frames
 *
 * N counts the offsets: one for the channel, one for each part and one for the end.  A
 * decoded message keeps no table of its own; wsv1_part reads the offsets in place, which is
 * safe because wsv1_decode has looked at every one of them.
 */

#include "jupyter/wsv1.h"

#include <endian.h>
#include <string.h>

const char *const jchannel_names[JCHANNEL_COUNT] = { "shell", "control", "stdin", "iopub" };

int jchannel_parse (const void *name, size_t n)
{
    for (int i = 0; i < JCHANNEL_COUNT; i++)
        if (strlen (jchannel_names[i]) == n && !memcmp (jchannel_names[i], name, n))
            return i;
    return -1;
}

static uint64_t get64 (const uint8_t *p)
{
    uint64_t v;

    memcpy (&v, p, sizeof (v));
    return le64toh (v);
}

static void put64 (uint8_t *p, uint64_t v)
{
    v = htole64 (v);
    memcpy (p, &v, sizeof (v));
}

static uint64_t offset_at (const uint8_t *data, size_t i)
{
    return get64 (data + 8 + 8 * i);
}

static int check_offsets (const uint8_t *data, size_t n, size_t count, struct err *err)
{
    uint64_t before = 8 * (1 + (uint64_t)count);

    if (offset_at (data, 0) != before)
        return err_set (err, PROBLEM_INVALID,
                        "kernel message: the first offset is not the table's end");
    for (size_t i = 1; i < count; i++) {
        uint64_t o = offset_at (data, i);

        if (o < before || o > n)
            return err_set (err, PROBLEM_INVALID,
                            "kernel message: offset %zu is out of order", i);
        before = o;
    }
    if (before != n)
        return err_set (err, PROBLEM_INVALID,
                        "kernel message: the last offset is not the end");
    return 0;
}

int wsv1_decode (const void *data, size_t n, struct wsv1 *ret, struct err *err)
{
    const uint8_t *p = data;
    uint64_t count;
    int channel;

    if (n < 8)
        return err_set (err, PROBLEM_INVALID, "kernel message: %zu bytes are too few", n);
    count = get64 (p);
    if (count < WSV1_MIN_OFFSETS || count > WSV1_MAX_OFFSETS)
        return err_set (err, PROBLEM_INVALID, "kernel message: %llu offsets",
                        (unsigned long long)count);
    if (n < 8 * (1 + count))
        return err_set (err, PROBLEM_INVALID,
                        "kernel message: the offset table is cut short");
    if (check_offsets (p, n, count, err) < 0)
        return -1;
    channel = jchannel_parse (p + offset_at (p, 0), offset_at (p, 1) - offset_at (p, 0));
    if (channel < 0)
        return err_set (err, PROBLEM_INVALID, "kernel message: unknown channel");
    *ret = (struct wsv1){ .channel = channel, .nparts = count - 2, .data = p };
    return 0;
}

struct slice wsv1_part (const struct wsv1 *m, size_t i)
{
    uint64_t from = offset_at (m->data, i + 1);

    return (struct slice){ m->data + from, offset_at (m->data, i + 2) - from };
}

size_t wsv1_head_size (enum jchannel channel, size_t nparts)
{
    return 8 * (1 + nparts + 2) + strlen (jchannel_names[channel]);
}

size_t wsv1_size (enum jchannel channel, const struct slice *parts, size_t nparts)
{
    size_t n = wsv1_head_size (channel, nparts);

    for (size_t i = 0; i < nparts; i++)
        n += parts[i].len;
    return n;
}

void wsv1_head (uint8_t *out, enum jchannel channel, const struct slice *parts,
                size_t nparts)
{
    size_t count = nparts + 2, name = strlen (jchannel_names[channel]);
    uint64_t at = 8 * (1 + count);

    put64 (out, count);
    put64 (out + 8, at);
    memcpy (out + at, jchannel_names[channel], name);
    at += name;
    for (size_t i = 0; i < nparts; i++) {
        put64 (out + 8 * (i + 2), at);
        at += parts[i].len;
    }
    put64 (out + 8 * (nparts + 2), at);
}

int wsv1_encode (struct buf *b, enum jchannel channel, const struct slice *parts,
                 size_t nparts)
{
    size_t head, whole;
    char *out;

    if (nparts < WSV1_BUFFERS || nparts > WSV1_MAX_PARTS)
        return -1;
    head = wsv1_head_size (channel, nparts);
    whole = wsv1_size (channel, parts, nparts);
    out = buf_reserve (b, whole);
    if (!out)
        return -1;
    wsv1_head ((uint8_t *)out, channel, parts, nparts);
    out += head;
    for (size_t i = 0; i < nparts; i++) {
        if (parts[i].len)
            memcpy (out, parts[i].data, parts[i].len);
        out += parts[i].len;
    }
    b->len += whole;
    b->data[b->len] = '\0';
    return 0;
}
