/* fuzz_jschema.c - a schema, a NUL byte and an instance, both JSON5 */

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "jupyter/jschema.h"
#include "jupyter/json5.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    const uint8_t *nul = memchr (data, 0, size);
    size_t n = nul ? (size_t)(nul - data) : size;
    struct err err = { 0 };
    autojson json_t *schema = json5_parse ((const char *)data, n, NULL);
    autojson json_t *v =
        nul ? json5_parse ((const char *)nul + 1, size - n - 1, NULL) : json_null ();

    if (schema && v && jschema_validate (schema, v, &err) < 0 && !err.text[0])
        abort ();
    return 0;
}
