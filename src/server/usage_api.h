/* usage_api.h - /api/metrics/v1 (contract 8, "Resource usage").  Loop thread only. */
#ifndef SERVER_USAGE_API_H
#define SERVER_USAGE_API_H

#include "http/route.h"

struct server;
struct usage;

struct usage *usage_new (struct server *s);
void usage_done (struct usage *u); /* frees it; NULL is fine */

extern const struct route_table usage_routes;

#endif
