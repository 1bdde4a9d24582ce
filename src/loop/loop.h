/* loop.h - the only event loop: descriptors, timers, signals
 *
 * An epoll loop, inside libwebsockets' where a process serves HTTP; only two folders know what is underneath.
 * One thread, one loop per process; every function is for the loop thread, inside or outside a callback.
 *
 *     struct loop *l = loop_new (&err);
 *     struct loop_io *io = loop_watch (l, fd, LOOP_READ, on_readable, me);
 *     int code = loop_run (l);                         until loop_stop (l, code)
 *     loop_unwatch (io);  loop_free (l);
 *
 * A callback does a bounded amount of work and returns.  Anything may be unwatched or cancelled from
 * inside any callback; its own callback is not called again after that.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/pool.h"
#include <stdint.h>

struct loop;
struct loop_io;
struct loop_timer;

enum loop_events {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
    LOOP_HANGUP =
        4, /* reported always, never asked for; for a pty: nobody has the other end open now */
};

struct loop *loop_new (struct err *err);
void loop_free (struct loop *l);
DEFINE_AUTO (struct loop *, loop_free)
int loop_run (struct loop *l);
void loop_stop (struct loop *l, int code);

/* Level-triggered.  The caller keeps FD, and unwatches before closing it.  On a hang-up or an error CB gets
 * LOOP_HANGUP together with everything that was asked for, so that read () and write () tell the rest. */
struct loop_io *loop_watch (struct loop *l, int fd, unsigned events,
                            void (*cb) (void *arg, unsigned events), void *arg);
/* 0 pauses all but LOOP_HANGUP, which is reported once while paused; to hear of another, ask for something
 * again in between. */
void loop_io_events (struct loop_io *io, unsigned events);
void loop_unwatch (struct loop_io *io); /* NULL is fine */

/* Once, after AFTER_US; the timer is gone when its callback is called. */
struct loop_timer *loop_after (struct loop *l, int64_t after_us, void (*cb) (void *arg),
                               void *arg);
/* Again and again until cancelled. */
struct loop_timer *loop_every (struct loop *l, int64_t every_us, void (*cb) (void *arg),
                               void *arg);
void loop_cancel (struct loop_timer *t); /* NULL is fine */
/* Before the loop waits again: at the end of a turn that handles a descriptor or a timer, or in the next
 * turn, always outside the callback that asks.  Cancel with loop_cancel. */
struct loop_timer *loop_soon (struct loop *l, void (*cb) (void *arg), void *arg);

/* Blocks SIGNO for the process and reports it here (signalfd); SIGCHLD is for loop/proc.c alone. */
int loop_on_signal (struct loop *l, int signo, void (*cb) (void *arg, int signo), void *arg,
                    struct err *err);

/* The process's pool for blocking file system calls; made on first use. */
struct pool *loop_pool (struct loop *l);
/* Wait for what runs in the pool and call every `done`, so that afterwards no thread uses anything: before
 * what work uses is freed.  For the end; work submitted later would start a new pool. */
void loop_finish_pool (struct loop *l);

/* The struct lws_context, for http/ only; made on first use, outside of loop_run.  NULL: ERR. */
void *loop_lws (struct loop *l, struct err *err);

#endif
