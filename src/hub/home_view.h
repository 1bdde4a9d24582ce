/* home_view.h - GET resources/{workspace}/…: the files of a workspace, also while it does not run
 *
 * They belong to the person's range of uids, so the hub cannot read them.  It asks the spawner for a small
 * sandbox of that person with the home bound read-only, without network, in which `labwright worker home`
 * answers over a socket (worker/home.h); that sandbox ends by itself after a minute without questions, and its
 * own files are removed a while later.  Who reads over there is untrusted here: lines and lengths have ceilings.
 *
 *     viewers = home_view_new (h);
 *     GET /api/v1/resources/{id}{path*} ?download=true       owner and admins
 *     home_view_free (viewers);                                before the requests that wait go away
 *
 * What a user wrote is never run as a page of the hub: text is text/plain, pictures are pictures, everything
 * else is octet-stream, always with nosniff and a sandboxing policy.
 *
 * Loop thread only.
 */
#ifndef HUB_HOME_VIEW_H
#define HUB_HOME_VIEW_H

#include "hub/hub.h"

#define HOME_VIEW_OPEN 64 /* questions at once: above, BUSY */
#define HOME_VIEW_KEEP_S                                                                   \
    120 /* after the last question its sandbox's own files are removed */

struct home_view;

struct home_view *home_view_new (struct hub *h);
void home_view_free (struct home_view *v); /* NULL is fine */

#endif
