/* hub_nouns.h - the nouns of the hub, in one place: making them, their routes, ending them
 *
 * Every X_api.c exports a `struct route_table`; hub_nouns.c lists them.  Later nouns may use earlier
 * ones; they end in the other order.
 */
#ifndef HUB_HUB_NOUNS_H
#define HUB_HUB_NOUNS_H

#include "http/route.h"
#include "hub/hub.h"
#include <stdio.h>

int hub_nouns_new (struct hub *h, struct err *err);
void hub_nouns_add_routes (struct hub *h);
/* The sockets are open: what should only begin then. */
int hub_nouns_start (struct hub *h, struct err *err);
/* What answers later ends: before the requests that wait go away. */
void hub_nouns_stop (struct hub *h);
void hub_nouns_free (struct hub *h);
/* One JSON object a line: methods, path, flags.  Tests walk it. */
void hub_nouns_print_routes (FILE *to);

extern const struct route_table hub_audit_routes;      /* audit.c */
extern const struct route_table hub_catalog_routes;    /* catalog.c */
extern const struct route_table hub_events_routes;     /* evstream.c */
extern const struct route_table hub_gateway_routes;    /* gateway_api.c */
extern const struct route_table hub_metrics_routes;    /* metrics_hub.c */
extern const struct route_table hub_now_routes;        /* now_api.c */
extern const struct route_table hub_pages_routes;      /* pages_hub.c */
extern const struct route_table hub_pass_routes;       /* pass_api.c */
extern const struct route_table hub_projects_routes;   /* projects_api.c */
extern const struct route_table hub_home_routes;       /* home_view.c */
extern const struct route_table hub_info_routes;       /* info_api.c */
extern const struct route_table hub_keys_routes;       /* keys_api.c */
extern const struct route_table hub_login_routes;      /* login_api.c */
extern const struct route_table hub_setup_routes;      /* first_admin.c */
extern const struct route_table hub_templates_routes;  /* templates_api.c */
extern const struct route_table hub_usage_routes;      /* usage_api.c */
extern const struct route_table hub_users_routes;      /* users_api.c */
extern const struct route_table hub_workspaces_routes; /* workspaces_api.c */

#endif
