/* fuzz_sandbox_spec.c - a spec that is taken is written as one that is taken, and is the same */

#include "base/jsonx.h"
#include "model/sandbox_spec.h"

#include <assert.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct sandbox_spec s, again;
    autojson json_t *j = jsonx_parse ((const char *)data, size, NULL);

    if (!j || sandbox_spec_from_json (j, &s, NULL) < 0)
        return 0;
    autojson json_t *out = sandbox_spec_json (&s);
    assert (out && sandbox_spec_from_json (out, &again, NULL) == 0);
    autojson json_t *twice = sandbox_spec_json (&again);
    assert (json_equal (out, twice));
    sandbox_spec_done (&s);
    sandbox_spec_done (&again);
    return 0;
}
