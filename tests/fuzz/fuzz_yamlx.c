/* fuzz_yamlx.c - YAML of strangers: as a document, as machines, as an environment
 *
 * What is taken keeps its promises: a tree of bounded depth, machines with room and found by every word.
 */

#include "base/jsonx.h"
#include "model/environments.h"
#include "model/machines.h"
#include "model/yamlx.h"

#include <assert.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static unsigned depth (const json_t *j)
{
    unsigned most = 0, d;
    const char *key;
    json_t *v;

    for (size_t i = 0; i < json_array_size (j); i++)
        if ((d = depth (json_array_get (j, i))) > most)
            most = d;
    json_object_foreach ((json_t *)j, key, v) if ((d = depth (v)) > most) most = d;
    return most + 1;
}

static void machines (const char *text, size_t n)
{
    static const struct machine_host host = { .cpus = 4,
                                              .memory = 8ull << 30,
                                              .disk = 1ull << 40 };
    struct machines ms;

    if (machines_parse (text, n, "m.yml", &host, &ms, NULL) < 0)
        return;
    assert (ms.n > 0 && ms.n <= MACHINES_MAX && machines_find (&ms, ""));
    for (size_t i = 0; i < ms.n; i++) {
        assert (ms.v[i].cpus > 0 && ms.v[i].memory > 0 && ms.v[i].disk > 0);
        assert (machines_find (&ms, ms.v[i].name) == &ms.v[i]);
        autojson json_t *j = machine_json (&ms, &ms.v[i]);
        assert (j);
    }
    machines_done (&ms);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct yamlx y;
    struct environment e;

    if (yamlx_parse (text, size, "x", &y, NULL) == 0) {
        assert (depth (y.root) <= YAMLX_DEPTH + 1 && y.n_marks <= YAMLX_NODES);
        yamlx_done (&y);
    }
    machines (text, size);
    if (environment_parse (text, size, "e", "/state", &e, NULL) == 0)
        environment_done (&e);
    return 0;
}
