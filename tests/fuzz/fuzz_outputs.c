/* fuzz_outputs.c - messages of a kernel that means no good
 *
 * Lines "TYPE CONTENT".  Whatever they are, what is written is strict JSON, memory stays below the ceiling,
 * and writing twice gives the same.
 */

#include "jupyter/jsonscan.h"
#include "jupyter/outputs.h"

#include <stdlib.h>
#include <string.h>

#define MAX (256u << 10)

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void message (struct outputs *o, const char *line, size_t n)
{
    const char *space = memchr (line, ' ', n);
    if (!space)
        return;
    struct slice type = { line, (size_t)(space - line) };
    struct slice content = { space + 1, n - type.len - 1 };
    (void)outputs_add (o, type, content);
    if (outputs_size (o) > 2 * MAX + n)
        abort ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (MAX);
    autodone (buf_done) struct buf a, b;
    const char *p = (const char *)data, *end = p + size;
    buf_init (&a, 16u << 20);
    buf_init (&b, 16u << 20);
    while (p < end) {
        const char *nl = memchr (p, '\n', (size_t)(end - p));
        size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);
        message (o, p, n);
        p += n + 1;
    }
    autocleanup (outputs_view_free) struct outputs_view *v = outputs_view (o);
    outputs_view_write (v, &a);
    outputs_view_write (v, &b);
    if (a.overflow || a.len != b.len || memcmp (a.data, b.data, a.len) ||
        !jsonscan_valid ((struct slice){ a.data, a.len }))
        abort ();
    return 0;
}
