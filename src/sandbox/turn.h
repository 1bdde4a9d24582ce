/* turn.h - what the spawner waits for: descriptors and timers (the program that runs as root has no other loop)
 *
 *     struct turn *t = turn_new (&err);
 *     struct turn_watch *w = turn_watch (t, fd, POLLIN, on_ready, me);
 *     struct turn_timer *tm = turn_after (t, 2 * CLOCK_S, on_time, me);
 *     int code = turn_run (t);                          until turn_stop (t, code)
 *
 * Anything may be unwatched or cancelled in any callback; its own is not called after that.  One thread.
 */
#ifndef SANDBOX_TURN_H
#define SANDBOX_TURN_H

#include "base/err.h"
#include <stdint.h>

struct turn;
struct turn_watch;
struct turn_timer;

struct turn *turn_new (struct err *err);
void turn_free (struct turn *t);
int turn_run (struct turn *t);
void turn_stop (struct turn *t, int code);

/* Level-triggered, EVENTS as for poll; POLLHUP and POLLERR are always told.  The caller keeps FD, and
 * unwatches before closing it.  NULL: the system refused. */
struct turn_watch *turn_watch (struct turn *t, int fd, unsigned events,
                               void (*cb) (void *arg, unsigned events), void *arg);
void turn_events (struct turn_watch *w, unsigned events);
void turn_unwatch (struct turn_watch *w); /* NULL is fine */
/* Once; it is gone when its callback is called. */
struct turn_timer *turn_after (struct turn *t, int64_t after_us, void (*cb) (void *arg),
                               void *arg);
void turn_cancel (struct turn_timer *tm); /* NULL is fine */

#endif
