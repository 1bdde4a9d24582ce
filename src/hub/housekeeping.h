/* housekeeping.h - once an hour the hub forgets what nobody can use any more
 *
 * Logins that have expired, and events older than EVENTS_KEPT_S, which a page that was away longer does not
 * ask for: it loads everything again.  The audit log and usage are never forgotten.
 */
#ifndef HUB_HOUSEKEEPING_H
#define HUB_HOUSEKEEPING_H

#include "hub/hub.h"

#define EVENTS_KEPT_S (7 * 86400LL)

/* Also does it at once.  The timer is gone with the loop. */
void housekeeping_start (struct hub *h);

#endif
