/* appear.h - hear at once that something appeared in a directory
 *
 *     struct appear *a = appear_new (loop, dir, on_appear, me);   then look yourself, once
 *     appear_free (a);
 *
 * Says only that it is worth looking again.  Where the directory cannot be watched it says
 * so every APPEAR_POLL_US.  Loop thread only; may be freed from its callback.
 */
#ifndef KEEPER_APPEAR_H
#define KEEPER_APPEAR_H

#include "loop/loop.h"

#define APPEAR_POLL_US 50000LL

struct appear;
struct appear *appear_new (struct loop *l, const char *dir, void (*cb) (void *arg),
                           void *arg);
void appear_free (struct appear *a); /* NULL is fine */

#endif
