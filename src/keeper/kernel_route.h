/* kernel_route.h - whose reply is it
 *
 *     struct kernel_route *r = kernel_route_new ();
 *     kernel_route_sent (r, header, target);              a client's message goes out
 *     uint32_t target = kernel_route_find (r, &parent);   its reply comes back
 *
 * The last KERNEL_ROUTE_IDS message ids are remembered, then the sessions that clients put
 * in headers (the most recent subscription that used one).  Knows numbers of subscriptions
 * only.  Loop thread.
 */
#ifndef KEEPER_KERNEL_ROUTE_H
#define KEEPER_KERNEL_ROUTE_H

#include "base/cleanup.h"
#include "jupyter/jmsg.h"
#include <stdbool.h>
#include <stdint.h>

#define KERNEL_ROUTE_IDS 4096
#define KERNEL_ROUTE_SESSIONS 256
#define KERNEL_ROUTE_TEXT 256 /* longer ids are not remembered */

struct kernel_route;
struct kernel_route *kernel_route_new (void);
void kernel_route_free (struct kernel_route *r);
DEFINE_AUTO (struct kernel_route *, kernel_route_free)
void kernel_route_sent (struct kernel_route *r, struct slice header, uint32_t target);
/* 0: nobody is known. */
uint32_t kernel_route_find (const struct kernel_route *r, const struct jhead *parent);

#endif
