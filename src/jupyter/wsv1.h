/* wsv1.h - the layout of `v1.kernel.websocket.jupyter.org` frames (jupyter-contract 6.4)
 *
 *     u64 N | N offsets, u64, from the start | channel name | header | parent | metadata |
 * content | buffer...
 *
 * The same bytes are a websocket frame, a record of a kernel's journal and the body of
 * KEEP_SEND, so that they are laid out once and then only forwarded.
 *
 *     struct wsv1 m;
 *     if (wsv1_decode (data, n, &m, &err) < 0) ... drop the message
 *     struct slice header = wsv1_part (&m, WSV1_HEADER);
 *     for (size_t i = WSV1_BUFFERS; i < m.nparts; i++) ... wsv1_part (&m, i)
 *
 * Pure codec over borrowed bytes: allocates nothing, any thread.  Decoding checks
 * everything (at least the four parts, at most WSV1_MAX_OFFSETS, offsets that grow and stay
 * within the frame and leave no bytes before or after); parts may be empty and are not
 * looked into.
 */
#ifndef JUPYTER_WSV1_H
#define JUPYTER_WSV1_H

#include "base/blk.h"
#include "base/buf.h"
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

#define WSV1_MIN_OFFSETS 6
#define WSV1_MAX_OFFSETS 4096
#define WSV1_MAX_PARTS (WSV1_MAX_OFFSETS - 2)
#define WSV1_SUBPROTOCOL "v1.kernel.websocket.jupyter.org"

/* In the order of enum keep_channel. */
enum jchannel {
    JCHANNEL_SHELL,
    JCHANNEL_CONTROL,
    JCHANNEL_STDIN,
    JCHANNEL_IOPUB,
    JCHANNEL_COUNT
};
extern const char *const jchannel_names[JCHANNEL_COUNT];
/* -1: no such channel. */
int jchannel_parse (const void *name, size_t n);

enum wsv1_part_index {
    WSV1_HEADER,
    WSV1_PARENT,
    WSV1_METADATA,
    WSV1_CONTENT,
    WSV1_BUFFERS
};

struct wsv1 {
    enum jchannel channel;
    size_t nparts; /* header, parent, metadata, content and the buffers: at least 4 */
    const uint8_t *data;
};

/* 0, or -1 with PROBLEM_INVALID saying what is wrong.  RET borrows DATA. */
int wsv1_decode (const void *data, size_t n, struct wsv1 *ret, struct err *err);
/* Part I of a decoded message; I < nparts. */
struct slice wsv1_part (const struct wsv1 *m, size_t i);

/* Bytes of the table and the channel name for NPARTS parts: what precedes the parts. */
size_t wsv1_head_size (enum jchannel channel, size_t nparts);
/* Bytes of the whole message. */
size_t wsv1_size (enum jchannel channel, const struct slice *parts, size_t nparts);
/* Write the table and the channel name, wsv1_head_size bytes, for parts that the caller
 * puts after them (scatter/gather).  4 <= NPARTS <= WSV1_MAX_PARTS. */
void wsv1_head (uint8_t *out, enum jchannel channel, const struct slice *parts,
                size_t nparts);
/* Append the whole message; -1: B's ceiling (overflow is set), or too many or too few
 * parts. */
int wsv1_encode (struct buf *b, enum jchannel channel, const struct slice *parts,
                 size_t nparts);

#endif
