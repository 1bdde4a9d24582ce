/* metrics.h - numbers for Prometheus (contract 3.1, /metrics).  Loop thread only. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "http/route.h"
#include <stdint.h>

struct http_req;
struct metrics;
struct server;

struct metrics *metrics_new (struct server *s);
void metrics_free (struct metrics *m);
/* After an answer: the duration of the request, by method, row and status. */
void metrics_observe (struct metrics *m, const struct http_req *req, int status,
                      int64_t us);

#endif
