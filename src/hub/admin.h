/* admin.h - verb `labwright admin`: what must work before a hub runs, and beside one
 *
 *     labwright admin user add NAME [--admin] [--email ADDRESS] --password-stdin --state DIR
 *     labwright admin token NAME --state DIR          prints a new API key
 *
 * Opens the hub's database itself: SQLite keeps the two apart.  Exit codes are those of the problem table.
 */
#ifndef HUB_ADMIN_H
#define HUB_ADMIN_H

int admin_main (int argc, char **argv);

#endif
