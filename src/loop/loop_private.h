/* loop_private.h - what loop.c, timer.c and signal.c share; nobody else includes it */
#ifndef LOOP_LOOP_PRIVATE_H
#define LOOP_LOOP_PRIVATE_H

#include "base/list.h"
#include "loop/loop.h"
#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>

#define LOOP_BATCH 64 /* events of own descriptors handled per turn */
#define LOOP_SIGNALS 65

struct signal_row {
    void (*cb) (void *arg, int signo);
    void *arg;
};

struct loop {
    struct lws_context *lws; /* NULL: nobody needs it */
    struct lws_vhost *vhost;
    struct pool *pool;
    struct loop_io *pool_io;
    int epoll;
    bool stopping;
    int code;

    struct list ios;
    struct list graves; /* unwatched during a dispatch: freed after it */
    bool dispatching;

    int timer_fd; /* -1 until the first timer */
    struct loop_io *timer_io;
    int64_t armed_us; /* when timer_fd will fire; 0: not set */
    struct loop_timer **heap;
    size_t heap_n, heap_cap;
    struct list soon;
    int64_t turn; /* of loop_soon's callbacks */
    lws_sorted_usec_list_t soon_sul;

    int signal_fd; /* -1 until the first loop_on_signal */
    struct loop_io *signal_io;
    sigset_t signals;
    struct signal_row signal_rows[LOOP_SIGNALS];

    struct list ends;
    struct list procs; /* children that are not waited for yet */
};

/* Something that must go when the loop goes although nobody holds it any more (a child that
 * was let go of).  FN unlinks and frees. */
struct loop_end {
    struct list link;
    void (*fn) (struct loop_end *e);
};
void loop_at_end (struct loop *l, struct loop_end *e);

void timer_init (struct loop *l);
void timer_done (struct loop *l);
void signal_done (struct loop *l);
/* The coming wait returns at once. */
void timer_wake (struct loop *l);
/* Call back everything that was asked for with loop_soon until now. */
void timer_run_soon (struct loop *l);

#endif
