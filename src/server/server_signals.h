/* server_signals.h - SIGTERM, SIGINT with its question, SIGUSR1; used by server.c only
 * (contract 0.6) */
#ifndef SERVER_SERVER_SIGNALS_H
#define SERVER_SERVER_SIGNALS_H

#include "base/err.h"

struct server;
struct signals;

struct signals *signals_new (struct server *s, struct err *err);
void signals_free (struct signals *g);

#endif
