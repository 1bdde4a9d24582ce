/* first_admin.h - the first admin
 *
 * While the database knows nobody, a hub prints an address with a token at its start; who has it makes the
 * first account, which is an admin.  `labwright admin user add NAME --admin` does the same without a browser.
 *
 * Loop thread only.
 */
#ifndef HUB_FIRST_ADMIN_H
#define HUB_FIRST_ADMIN_H

#include "hub/hub.h"

struct first_admin;
struct first_admin *first_admin_new (struct hub *h);
void first_admin_free (struct first_admin *s);
/* Prints the address if nobody can log in yet. */
void first_admin_announce (struct first_admin *s);
/* Is there nobody yet? */
bool first_admin_is_open (struct first_admin *s);

#endif
