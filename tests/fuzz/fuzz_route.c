/* fuzz_route.c - paths against every kind of pattern; captures must lie inside the path and
 * not overlap */

#include "http/route.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char *const patterns[] = {
    "",
    "/",
    "/api/kernels/{id:id}/channels",
    "/api/contents{path*}",
    "/api/contents{path*}/checkpoints/{cp:ck}",
    "/api/kernelspecs/{n:spec}",
    "/kernelspecs/{n:spec}/{f**}",
    "/terminals/websocket/{n:word}",
    "/lab{rest**}",
    "{rest**}/",
    "/a/{x}.json/{y}",
};

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    const char *path = (const char *)data;

    if (size > 65536)
        return 0;
    for (size_t i = 0; i < sizeof (patterns) / sizeof (patterns[0]); i++) {
        struct route_capture caps[ROUTE_CAPTURES];
        const char *at = path;
        size_t n;
        (void)route_pattern_match (patterns[i], path, size, caps, &n);
        for (size_t k = 0; k < n; k++) {
            assert (caps[k].value >= at);
            at = caps[k].value + caps[k].len;
            assert (at <= path + size);
        }
    }
    return 0;
}
