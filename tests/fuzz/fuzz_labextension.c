/* fuzz_labextension.c - an extension's package.json and a stored page config, from the
 * outside
 *
 * Input: the package.json, a NUL byte, the stored page config; either may be anything.
 */
#include "base/cleanup.h"
#include "base/jsonx.h"
#include "server/lab_overrides.h"
#include "server/lab_template.h"
#include "server/page_config.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

static json_t *parse (const char *s, size_t n)
{
    struct err err;
    return jsonx_parse (s, n, &err);
}

static void combine (json_t *package, const json_t *stored)
{
    struct labextension x = { (char *)"x", (char *)"/x", package };
    struct labextensions all = { &x, package ? 1 : 0 };
    autojson json_t *config = page_config_combine (stored, &all, package);
    autodone (buf_done) struct buf b;
    buf_init (&b, 1 << 24);
    (void)page_config_tojson (config, &b);
    if (strpbrk (b.data, "<>&'"))
        __builtin_trap ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
    const char *s = (const char *)data, *nul = n ? memchr (data, 0, n) : NULL;
    size_t first = nul ? (size_t)(nul - s) : n;
    autojson json_t *package = parse (s, first);
    autojson json_t *stored = nul ? parse (nul + 1, n - first - 1) : NULL;
    autojson json_t *entry = labextension_entry (package);
    if (json_is_object (stored)) {
        combine (package, stored);
        if (json_is_object (package))
            lab_overrides_apply (stored, package);
    }
    struct err err;
    autojson json_t *scripts = lab_template_scripts (s, n, &err);
    return 0;
}
