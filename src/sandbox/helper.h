/* helper.h - slow file work, done by a child of our own program at the lowest priority
 *
 *     labwright-spawner count DIR...      prints the bytes that they take on the disk
 *     labwright-spawner remove DIR...     rm -r
 *
 * A child, not a thread: launch clones this process, and what a thread holds would stay held in the clone.
 */
#ifndef SANDBOX_HELPER_H
#define SANDBOX_HELPER_H

#include "sandbox/turn.h"
#include <stddef.h>

struct helper;
/* DONE gets the number that was printed, or -1 if it failed.  NULL: it cannot be started. */
struct helper *helper_start (struct turn *t, const char *what, const char *const *dirs,
                             size_t n, void (*done) (void *arg, int64_t number), void *arg);
/* DONE is not called any more; the child is ended. */
void helper_cancel (struct helper *h);

/* The child's side; -1: WHAT is no such word. */
int helper_main (int argc, char **argv);

#endif
