/* pathq.h - work in the pool, in order for each path
 *
 * Two saves of one file must not interleave, and a read must not see half of a save;
 * different files do not wait for each other.  A piece of work names one or two keys and
 * starts when everything that was submitted before with one of its keys is done.
 *
 *     pathq_submit (q, "a/b.ipynb", NULL, work, done, me, &err);
 *
 * WORK runs in a pool thread, DONE on the loop.  Loop thread only.
 */
#ifndef SERVER_PATHQ_H
#define SERVER_PATHQ_H

#include "base/err.h"
#include "base/pool.h"

#define PATHQ_MAX 4096 /* pieces of work at once; more is BUSY */

struct pathq;

struct pathq *pathq_new (struct pool *pool);
/* Work that has not started is dropped: DONE is called for it, as pool_free does it. */
void pathq_free (struct pathq *q);
/* KEY2 may be NULL or equal to KEY.  BUSY: neither WORK nor DONE will be called. */
int pathq_submit (struct pathq *q, const char *key, const char *key2,
                  void (*work) (void *arg), void (*done) (void *arg), void *arg,
                  struct err *err);

#endif
