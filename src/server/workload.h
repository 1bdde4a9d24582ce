/* workload.h - what goes on here and what it uses: api/labwright/usage and api/labwright/activity
 *
 * For a status bar that looks every second, and for a hub that decides whether a workspace is idle
 * (docs/PROTOCOL.md, "workload"). Neither counts as use of the server. Nothing is read unless somebody asks;
 * one look reads the process table in the pool, 20 us for each process.
 *
 * Loop thread only.
 */
#ifndef SERVER_WORKLOAD_H
#define SERVER_WORKLOAD_H

#include "http/route.h"

struct server;
struct workload;

struct workload *workload_new (struct server *s);
void workload_free (struct workload *w); /* NULL is fine */

extern const struct route_table workload_routes;

#endif
