/* site.h - the two origins of a hub: its own, and labs, where everything that users wrote is shown (design.md 6)
 *
 * A notebook may run any script, so a workspace must not share an origin with the page that holds the
 * login.  By default the two are names of one machine, http://localhost:PORT and http://127.0.0.1:PORT;
 * with only one name both are the same, and what is weaker then is for `labwright doctor` to say.
 *
 *     struct site site;
 *     site_init (&site, "https://hub.example.org", "https://{workspace}.labs.example.org", &err);
 *     if (site_part_of (&site, host) & SITE_HUB) ...
 *     autofree char *url = site_labs_url (&site, id);          no slash at the end
 *     site_done (&site);
 *
 * Pure values; any thread.
 */
#ifndef HUB_SITE_H
#define HUB_SITE_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum site_part {
    SITE_NONE = 0,
    SITE_HUB = 1,
    SITE_LABS = 2
}; /* or-ed if there is one name */

struct site {
    char *hub;   /* origin, lower case, default port left out: "http://localhost:8888" */
    char *labs;  /* the same; may hold "{workspace}" once, as (part of) the first label */
    bool secure; /* the hub is reached by https: cookies are Secure */
    bool one_name;
};

/* Addresses as configured: http or https, a host, perhaps a port; a slash may follow, a path may not.
 * LABS NULL: the hub's own.  INVALID. */
int site_init (struct site *s, const char *hub, const char *labs, struct err *err);
void site_done (struct site *s);

/* What is weaker here than with https and one host name for each workspace: sentences that say what to do, for
 * `labwright doctor`.  Returns how many. */
#define SITE_WEAKNESSES 3
size_t site_weaknesses (const struct site *s, const char *ret[SITE_WEAKNESSES]);

/* What the Host header HOST names. */
unsigned site_part_of (const struct site *s, const char *host);
/* Does the Origin header ORIGIN name the hub's origin? */
bool site_is_hub_origin (const struct site *s, const char *origin);
/* Is ORIGIN the labs origin (of whichever workspace)? */
bool site_is_labs_origin (const struct site *s, const char *origin);
/* The origin at which workspace ID is reached; malloc'ed. */
char *site_labs_url (const struct site *s, const char *id);

#endif
