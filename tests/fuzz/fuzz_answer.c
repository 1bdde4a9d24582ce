/* fuzz_answer.c - bytes of a server that a request was relayed to
 *
 * The first byte cuts the rest into pieces; what follows a 101 goes through the frames.
 */
#include "http/answer.h"

#include "base/cleanup.h"
#include "http/frames.h"
#include "http/set_cookie.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static volatile size_t sink; /* what was read is used */

static void on_body (void *arg, const char *data, size_t n)
{
    const struct answer *a = arg;

    assert (a->status >= 200);
    sink += n + (size_t)data[0];
}

static void use (const struct answer *a)
{
    for (size_t i = 0; i < a->header_count; i++) {
        autofree char *cookie = set_cookie_confine (answer_value (a, i), "/n/");
        assert (strstr (cookie, "; Path=/n/"));
        sink += strlen (answer_name (a, i)) + strlen (answer_value (a, i));
    }
    assert (a->status == 101 || (a->status >= 200 && a->status < 600));
    assert (a->text.len <= a->text.max);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    enum answer_event event = ANSWER_MORE;
    struct frames frames = { .have = 0 };
    struct answer a;
    size_t step, at = 1, used;

    if (size < 1)
        return 0;
    step = (size_t)(data[0] >> 1) + 1;
    answer_init (&a, data[0] & 1 ? "HEAD" : "GET", on_body, &a);
    while (at < size && event != ANSWER_DONE && event != ANSWER_BAD) {
        size_t piece = size - at < step ? size - at : step;
        event = answer_feed (&a, (const char *)data + at, piece, &used);
        assert (used <= piece && (used > 0 || event != ANSWER_MORE));
        at += used;
        if (event == ANSWER_HEAD)
            use (&a);
    }
    if (event == ANSWER_MORE || event == ANSWER_HEAD)
        event = answer_feed (&a, NULL, 0, &used);
    assert (event == ANSWER_DONE || event == ANSWER_BAD || event == ANSWER_HEAD);
    if (event == ANSWER_DONE && a.status == 101)
        frames_feed (&frames, data + at, size - at);
    answer_done (&a);
    return 0;
}
