/* fuzz_wslegacy.c - frames of older clients
 *
 * The first byte chooses text or binary.  What is accepted goes to the v1 layout, from
 * there to a server's frame, and that frame must read as the same message.
 */

#include "jupyter/wslegacy.h"

#include <stdlib.h>
#include <string.h>

#define MAX (1u << 20)

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autodone (buf_done) struct buf v1, frame, again;
    struct wsv1 m;
    bool text;

    buf_init (&v1, MAX);
    buf_init (&frame, MAX);
    buf_init (&again, MAX);
    if (size < 1 || wslegacy_to_v1 (data + 1, size - 1, data[0] & 1, &v1, NULL) < 0)
        return 0;
    if (wsv1_decode (v1.data, v1.len, &m, NULL) < 0)
        abort ();
    if (wslegacy_from_v1 (&m, &frame, &text, NULL) < 0) {
        if (v1.len < MAX / 4)
            abort ();
        return 0;
    }
    if (wslegacy_to_v1 (frame.data, frame.len, text, &again, NULL) < 0 ||
        again.len != v1.len || memcmp (again.data, v1.data, v1.len))
        abort ();
    return 0;
}
