/* frames.c - where the frames of a relayed websocket end (RFC 6455, 5.2) */

#include "http/frames.h"

#define OPCODE_CLOSE 8

static size_t head_size (const struct frames *f)
{
    unsigned len = f->have > 1 ? f->head[1] & 0x7f : 0;
    size_t mask = f->have > 1 && f->head[1] & 0x80 ? 4 : 0;

    return 2 + (len == 126 ? 2 : len == 127 ? 8 : 0) + mask;
}

static uint64_t payload (const struct frames *f)
{
    unsigned len = f->head[1] & 0x7f;
    size_t bytes = len == 126 ? 2 : len == 127 ? 8 : 0;
    uint64_t n = 0;

    if (bytes == 0)
        return len;
    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | f->head[2 + i];
    return n;
}

void frames_feed (struct frames *f, const uint8_t *data, size_t n)
{
    while (n > 0) {
        if (f->left > 0) {
            size_t part = f->left < n ? (size_t)f->left : n;
            f->left -= part;
            data += part;
            n -= part;
            continue;
        }
        f->head[f->have++] = *data++;
        n--;
        if (f->have < 2 || f->have < head_size (f))
            continue;
        f->left = payload (f);
        f->closed |= (f->head[0] & 0x0f) == OPCODE_CLOSE;
        f->have = 0;
    }
}

bool frames_between (const struct frames *f)
{
    return f->have == 0 && f->left == 0;
}
