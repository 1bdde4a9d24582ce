/* failure.c - cells that fail, and what was sent behind them
 *
 * Cells that were sent before an error was told are not run (stop_on_error).  Those that wait are in the queue,
 * in the socket, or still on their way through ZeroMQ's thread; so the error is told a moment after it
 * happened, and what has come by then is aborted.  What a client sends because it heard of the error is always
 * run: nothing is aborted after the telling.
 */

#include "bash/kernel_private.h"
#include "base/clock.h"

#define ON_THE_WAY_US (2 * CLOCK_MS)

static void tell (struct kernel *k)
{
    json_t *error = k->failure.error;

    k->failure.error = NULL;
    if (!k->cell.silent)
        channels_publish_json (k->channels, k->now, "error", json_copy (error));
    jsonx_set_str (error, "status", "error");
    json_object_set_new (error, "execution_count", json_integer (k->count));
    json_object_set_new (error, "user_expressions", json_object ());
    json_object_set_new (error, "payload", json_array ());
    channels_reply_json (k->channels, k->now, "execute_reply", error);
    kernel_finish (k);
}

static void on_all_came (void *arg)
{
    struct kernel *k = arg;

    k->failure.timer = NULL;
    kernel_abort_queue (k);
    tell (k);
}

void failure_tell (struct kernel *k, const char *ename, const char *evalue,
                   const char *traceback)
{
    k->failure.error = json_pack ("{s:s, s:s, s:[s]}", "ename", ename, "evalue", evalue,
                                  "traceback", traceback);
    execute_over (k);
    if (k->cell.stop_on_error && !k->cell.silent)
        k->failure.timer = loop_after (k->loop, ON_THE_WAY_US, on_all_came, k);
    else
        tell (k);
}

void failure_forget (struct kernel *k)
{
    loop_cancel (k->failure.timer);
    json_decref (k->failure.error);
}
