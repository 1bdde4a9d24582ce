/* specs.h - the kernelspecs that are installed, looked up in the pool
 *
 *     specs_run (specs, work, done, me, &err);   WORK (list, me) in a pool thread, then DONE (me) on the loop
 *
 * The list is refreshed before each WORK, so that an installed kernelspec is seen at once, and only one WORK
 * runs at a time.  Loop thread; DONE is always called once after a success.
 */
#ifndef SERVER_SPECS_H
#define SERVER_SPECS_H

#include "base/err.h"
#include "jupyter/kernelspec.h"

struct server;
struct specs;

struct specs *specs_new (struct server *s);
/* The pool must have nothing of ours any more: free the loop, or what drains the pool, before. */
void specs_free (struct specs *sp);
int specs_run (struct specs *sp, void (*work) (struct kernelspecs *list, void *arg),
               void (*done) (void *arg), void *arg, struct err *err);

#endif
