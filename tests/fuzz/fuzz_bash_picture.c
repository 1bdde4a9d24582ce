/* fuzz_bash_picture.c - what is accepted from a program in a cell becomes JSON */

#include "base/jsonx.h"
#include "bash/picture.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autodone (buf_done) struct buf b;
    struct picture p;
    struct err err;

    buf_init (&b, 1 << 20);
    if (picture_parse ((const char *)data, size, &p, &err) < 0)
        return 0;
    if (picture_content (&p, &b, &err) == 0) {
        autojson json_t *j = jsonx_parse (b.data, b.len, &err);
        if (!json_is_object (j))
            abort ();
    }
    picture_done (&p);
    return 0;
}
