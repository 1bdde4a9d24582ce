/* fuzz_wsv1.c - v1 frames of clients: what is accepted must encode to the same bytes */

#include "base/cleanup.h"
#include "jupyter/jmsg.h"
#include "jupyter/wsv1.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static struct slice parts[WSV1_MAX_PARTS];
    autodone (buf_done) struct buf b;
    struct jhead head;
    struct slice value;
    struct wsv1 m;

    buf_init (&b, size + 1);
    if (wsv1_decode (data, size, &m, NULL) < 0)
        return 0;
    for (size_t i = 0; i < m.nparts; i++)
        parts[i] = wsv1_part (&m, i);
    if (wsv1_encode (&b, m.channel, parts, m.nparts) < 0 || b.len != size ||
        memcmp (b.data, data, size))
        abort ();
    jhead_scan (parts[WSV1_HEADER], &head);
    jhead_scan (parts[WSV1_PARENT], &head);
    (void)jmsg_string (parts[WSV1_CONTENT], "execution_state", &value);
    return 0;
}
