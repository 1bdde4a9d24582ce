/* housekeeping.c - once an hour the hub forgets what nobody can use any more */

#include "hub/housekeeping.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/event_store.h"
#include "store/key_store.h"

#define EVERY_US (3600 * CLOCK_S)

static void sweep (void *arg)
{
    struct hub *h = arg;
    struct err err;
    if (login_store_sweep (h->db, &err) ||
        event_store_sweep (h->db, clock_wall_us () / CLOCK_S - EVENTS_KEPT_S, &err))
        log_error ("housekeeping", "%s", err.text);
}

void housekeeping_start (struct hub *h)
{
    sweep (h);
    (void)loop_every (h->loop, EVERY_US, sweep, h);
}
