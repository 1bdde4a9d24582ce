/* session_watch.h - ends one running workspace when its session has lasted as long as it may
 *
 * Does what the rule of session_cap.h decides: the pages learn that the end is near (event
 * "workspace.update", the item's `session_limit`), then it is stopped like any other, with the reason.
 *
 *     struct session_watch *w = session_watch_new (h, l);      L runs
 *     session_watch_again (w);                                 it is on another machine
 *     session_watch_free (w);                                  it does not run any more
 *
 * Loop thread only.
 */
#ifndef HUB_SESSION_WATCH_H
#define HUB_SESSION_WATCH_H

#include "hub/workspaces.h"

struct session_watch;

/* L must outlive it. */
struct session_watch *session_watch_new (struct hub *h, struct live *l);
void session_watch_free (struct session_watch *w); /* NULL is fine */
void session_watch_again (struct session_watch *w);

/* {"seconds", "stops_at", "because", "warn" (a banner is due)}, or null: it may last for ever (new reference). */
json_t *session_watch_json (const struct session_watch *w);

#endif
