/* fuzz_spawn_wire.c - packets to and from the spawner
 *
 * A request that is taken is written as one that is taken; of an answer every value is read.
 */

#include "base/cleanup.h"
#include "sandbox/spawn_wire.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void request (const void *data, size_t size)
{
    autodone (buf_done) struct buf b;
    struct spawn_request r, again;

    buf_init (&b, 4 * SPAWN_PACKET);
    int rc = spawn_request_parse (data, size, &r, NULL);
    if (rc == 0 && spawn_request_encode (&r, &b, NULL) == 0) {
        assert (spawn_request_parse (b.data, b.len, &again, NULL) == 0);
        assert (again.what == r.what && again.id == r.id &&
                !strcmp (again.sandbox, r.sandbox));
        spawn_request_done (&again);
    }
    spawn_request_done (&r);
}

static void answer (const void *data, size_t size)
{
    struct spawn_message m;
    struct spawn_state state;
    struct spawn_sample sample;
    struct spawn_oom oom;
    struct spawn_exit ended;

    if (spawn_message_parse (data, size, &m, NULL) < 0)
        return;
    if (m.body) {
        (void)spawn_state_from_json (m.body, &state, NULL);
        (void)spawn_sample_from_json (m.body, &sample, NULL);
        (void)spawn_oom_from_json (m.body, &oom, NULL);
        (void)spawn_exit_from_json (m.body, &ended, NULL);
    }
    assert (m.body || m.error.problem != PROBLEM_NONE);
    spawn_message_done (&m);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    request (data, size);
    answer (data, size);
    return 0;
}
