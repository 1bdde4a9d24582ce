/* fuzz_zmq_multipart.c - multipart messages of kernels, and the JSON of their headers
 *
 * Each frame of the input is a length byte and that many bytes.  They are checked with a
 * key, and again without one, and what is accepted becomes a v1 record.
 */

#include "base/cleanup.h"
#include "jupyter/jmsg.h"
#include "jupyter/wire.h"
#include "jupyter/wsv1.h"

#include <stdlib.h>

#define MAX_FRAMES 4200

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void accept_with (const char *key, const struct slice *frames, size_t n)
{
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha256", key, NULL);
    autodone (buf_done) struct buf b;
    struct jhead head;
    struct wsv1 m;
    size_t first = 0;

    buf_init (&b, 1 << 20);
    if (wire_accept (w, frames, n, &first, NULL) < 0)
        return;
    for (size_t i = first; i < n; i++)
        jhead_scan (frames[i], &head);
    if (wsv1_encode (&b, JCHANNEL_IOPUB, frames + first, n - first) == 0 &&
        wsv1_decode (b.data, b.len, &m, NULL) < 0)
        abort ();
    if (*key && wire_accept (w, frames, n, &first, NULL) == 0)
        abort (); /* a replay */
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static struct slice frames[MAX_FRAMES];
    size_t n = 0;

    while (size > 0 && n < MAX_FRAMES) {
        size_t len = data[0] < size - 1 ? data[0] : size - 1;

        frames[n++] = (struct slice){ data + 1, len };
        data += 1 + len;
        size -= 1 + len;
    }
    accept_with ("key", frames, n);
    accept_with ("", frames, n);
    return 0;
}
