/* nouns.h - what the server is made of: the nouns that it owns and the tables of routes
 *
 * server.c knows the order of life, server_nouns.c the list; adding a noun touches only the
 * latter.
 */
#ifndef SERVER_NOUNS_H
#define SERVER_NOUNS_H

#include "base/buf.h"
#include "base/err.h"
#include "http/route.h"

struct server;

/* Make every noun of S; what was made before a failure is there to be freed. */
int nouns_new (struct server *s, struct err *err);
void nouns_free (struct server *s);
/* Hand all tables to s->http in the order of contract 1.1. */
void nouns_add_routes (struct server *s);
/* End kernels and terminals, then call DONE once (loop thread). */
void nouns_stop (struct server *s, void (*done) (void *arg), void *arg);
/* Running kernels and terminals, and websockets to kernels: for status, metrics and idle
 * shutdown. */
struct nouns_count {
    size_t kernels, terminals, connections;
};
void nouns_count (const struct server *s, struct nouns_count *ret);
/* The working directory of a running local kernel, malloc'ed; NULL if there is none (ID may
 * be NULL). */
char *nouns_kernel_cwd (const struct server *s, const char *id);
/* Samples of kernel_currently_running_total, one line per kernelspec. */
void nouns_kernel_metrics (const struct server *s, struct buf *b);

extern const struct route_table static_routes; /* /static, /favicon.ico */
extern const struct route_table info_routes;   /* /api, status, spec, report, shutdown */
extern const struct route_table me_routes;
extern const struct route_table resolve_routes;
extern const struct route_table config_routes;
extern const struct route_table events_routes;
extern const struct route_table kernels_routes;
extern const struct route_table kernelspecs_routes; /* API and /kernelspecs */
extern const struct route_table sessions_routes;
extern const struct route_table terminals_routes;
extern const struct route_table login_routes;
extern const struct route_table metrics_routes;
extern const struct route_table redirect_routes; /* B, /api/notebooks */

#endif
