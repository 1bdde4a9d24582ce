/* idle_exit.c - ending a server that nobody needs */

#include "server/idle_exit.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/activity.h"
#include "server/kernels.h"
#include "server/nouns.h"
#include "server/recorder.h"
#include "server/server.h"

#define ACTIVITY_CHECK_S 60

struct idle_exit {
    struct server *s;
    struct loop_timer *alone_timer, *unused_timer;
    int64_t alone_us;  /* exit_when_idle */
    int64_t needed_us; /* monotonic: when somebody or something last needed us */
    int64_t unused_us; /* shutdown_no_activity_timeout */
};

/* ---- exit_when_idle ---- */

/* Does anything wait that the next server would not make up for? */
static bool needed (const struct server *s)
{
    if (http_connection_count (s->http))
        return true;
    bool culls = options_int (s->options, "MappingKernelManager.cull_idle_timeout") > 0;
    for (const struct kernel *k = kernels_first (s->kernels); k;
         k = kernels_next (s->kernels, k))
        if (culls || !recorder_settled (k->recorder))
            return true;
    return false;
}

static void on_alone_check (void *arg)
{
    struct idle_exit *i = arg;
    int64_t now = clock_mono_us ();
    if (needed (i->s))
        i->needed_us = now;
    if (now - i->needed_us < i->alone_us)
        return;
    loop_cancel (i->alone_timer);
    i->alone_timer = NULL;
    log_info ("server", "nobody has been connected for %lld s: ending until somebody comes",
              (long long)((now - i->needed_us) / CLOCK_S));
    server_stop (i->s, 0);
}

/* ---- shutdown_no_activity_timeout ---- */

static void on_unused_check (void *arg)
{
    struct idle_exit *i = arg;
    struct nouns_count count;
    int64_t idle_us = clock_wall_us () - activity_last_us (i->s->activity);
    nouns_count (i->s, &count);
    if (count.kernels || count.terminals || idle_us <= i->unused_us)
        return;
    loop_cancel (i->unused_timer);
    i->unused_timer = NULL;
    log_info ("server",
              "no kernels, no terminals and no activity for %lld seconds: stopping",
              (long long)(idle_us / CLOCK_S));
    server_stop (i->s, 0);
}

/* ---- life ---- */

struct idle_exit *idle_exit_new (struct server *s)
{
    struct idle_exit *i = xnew (struct idle_exit);
    int64_t unused_s = options_int (s->options, "ServerApp.shutdown_no_activity_timeout");
    i->s = s;
    i->needed_us = clock_mono_us ();
    i->alone_us = options_int (s->options, "LabwrightApp.exit_when_idle") * CLOCK_S;
    i->unused_us = unused_s * CLOCK_S;
    if (i->alone_us > 0)
        i->alone_timer = loop_every (s->loop, CLOCK_S, on_alone_check, i);
    if (unused_s > 0) {
        int64_t every = unused_s < ACTIVITY_CHECK_S ? unused_s : ACTIVITY_CHECK_S;
        i->unused_timer = loop_every (s->loop, every * CLOCK_S, on_unused_check, i);
    }
    return i;
}

void idle_exit_free (struct idle_exit *i)
{
    if (!i)
        return;
    loop_cancel (i->alone_timer);
    loop_cancel (i->unused_timer);
    free (i);
}
