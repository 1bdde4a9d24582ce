/* pool.h - the one place that starts threads: a small pool for calls that block in the file system
 *
 * The loop submits work; WORK runs in a pool thread and may touch only what ARG owns; DONE runs on the
 * loop thread, called from pool_drain when pool_fd is readable.  At most POOL_THREADS at once, the rest
 * waits in order; a ceiling of POOL_QUEUE refuses with PROBLEM_BUSY.  Threads are started on first need
 * and end after a minute without work.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/cleanup.h"
#include "base/err.h"

#define POOL_THREADS 4
#define POOL_QUEUE 4096

struct pool;
struct pool *pool_new (struct err *err);
/* Waits for running work, calls DONE of what was finished, drops what did not start (DONE is called
 * for it too, so that ARG can be freed).  DONE may call pool_submit, which is then refused with
 * PROBLEM_CANCELLED.  For the end of a program, before what DONE looks at is freed. */
void pool_close (struct pool *p);
/* pool_close if that was not done, and the memory. */
void pool_free (struct pool *p);
int pool_submit (struct pool *p, void (*work) (void *arg), void (*done) (void *arg),
                 void *arg, struct err *err);
int pool_fd (const struct pool *p); /* an eventfd; watch it for reading */
void pool_drain (struct pool *p);   /* loop thread */

#endif
