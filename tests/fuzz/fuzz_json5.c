/* fuzz_json5.c - settings as people type them: what is read can be written and read back */

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "jupyter/json5.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct err err;
    autojson json_t *j = json5_parse ((const char *)data, size, &err);

    if (!j)
        return 0;
    autofree char *text = jsonx_dump_string (j, 2, false);
    autojson json_t *again = jsonx_parse (text, strlen (text), &err);
    autojson json_t *fifth = json5_parse (text, strlen (text), &err);
    if (!again || !fifth || !json_equal (j, again) || !json_equal (j, fifth))
        abort ();
    return 0;
}
