/* activity.h - when the server was last used (contract 0.6, 1.6, 3.1)
 *
 * last_activity is the latest of: server start, last kernel activity including shutdowns, last tracked API
 * request, last terminal traffic.  Loop thread only.
 */
#ifndef SERVER_ACTIVITY_H
#define SERVER_ACTIVITY_H

#include <stdint.h>

struct server;
struct activity;

struct activity *activity_new (struct server *s);
void activity_free (struct activity *a);
void activity_touch (struct activity *a, int64_t wall_us); /* moves forward only */
int64_t activity_last_us (const struct activity *a);

#endif
