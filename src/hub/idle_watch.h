/* idle_watch.h - looks after one running workspace, and stops it when nobody uses it (floyd-contract 5.6)
 *
 * Feeds the rule of idle.h with what the hub knows, asks the server inside when the rule wants to know, and
 * does what it decides: tells the pages (event "workspace.idle"), freezes, lets go on, ends.
 *
 *     struct idle_watch *w = idle_watch_new (h, l, IDLE_BEGAN);      L runs
 *     idle_watch_sample (w, &sample);                                every 10 s, or each second
 *     idle_watch_used (w, IDLE_KEPT);                                somebody did something
 *     idle_watch_free (w);                                           it does not run any more
 *
 * A hub that was restarted knows nothing of the time before: the timeout begins anew.
 *
 * Loop thread only.
 */
#ifndef HUB_IDLE_WATCH_H
#define HUB_IDLE_WATCH_H

#include "hub/idle.h"
#include "hub/workspaces.h"

struct idle_watch;

/* L must outlive it.  SINCE: IDLE_BEGAN, or IDLE_HUB for one that ran before this hub. */
struct idle_watch *idle_watch_new (struct hub *h, struct live *l, enum idle_use since);
void idle_watch_free (struct idle_watch *w); /* NULL is fine */

/* Ends the workspace perhaps: L may be gone afterwards. */
void idle_watch_sample (struct idle_watch *w, const struct spawn_sample *s);
/* A person did something, now; what stands still goes on. */
void idle_watch_used (struct idle_watch *w, enum idle_use use);
/* The timeout was changed. */
void idle_watch_again (struct idle_watch *w);

/* {"timeout_seconds", "stops_at" (null: not while things are as they are), "because", "warn" (a banner is due), "frozen"} (new reference) */
json_t *idle_watch_json (const struct idle_watch *w);

#endif
