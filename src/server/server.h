/* server.h - role `labwright lab`: the Jupyter server
 *
 * Owns the loop, the listeners, and one of each noun below; every handler reaches it by
 * `struct server *s = http_req_server (req)`.  Stateless but for connections: what must not die is the
 * keeper's.  Loop thread only.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "base/map.h"
#include "http/http.h"
#include "loop/loop.h"
#include "server/handed.h"
#include "server/options.h"

/* What /api says: clients look at it to know which features there are. */
#define SERVER_API_VERSION "2.21.0"

struct server {
    struct loop *loop;
    struct http *http;
    struct options *options;     /* parsed configuration: options.h */
    struct handed handed;        /* by who started us: handed.h */
    struct jpaths *jpaths;       /* search paths: jupyter/jpaths.h */
    struct identity *identity;   /* token, password, cookies: identity.h */
    struct gate *gate;           /* host, origin, login checks before a handler: gate.h */
    struct keep_client *keeper;  /* keep_client.h */
    struct kernels *kernels;     /* kernels.h */
    struct sessions *sessions;   /* sessions.h */
    struct terminals *terminals; /* terminals.h */
    struct contents *contents;   /* contents.h */
    struct nbconvert *nbconvert; /* nbconvert.h */
    struct lab *lab;             /* lab.h */
    struct events *events;       /* events.h */
    struct metrics *metrics;     /* metrics.h */
    struct usage *usage;         /* usage_api.h: what was used when last asked */
    struct workload *workload;   /* workload.h: the same, for the hub */
    struct activity *activity;   /* activity.h: last use */
    const char *base_url;        /* B */
    const char *root_dir;        /* absolute, normal, no trailing slash (but "/") */
    const char *data_dir;        /* our own read-only files: static/, api.yaml */
    const char *url;             /* connection URL without token: contract 0.5 */
    int64_t started_us;          /* wall clock */
};

/* `labwright lab ...`: returns the exit status. */
int server_main (int argc, char **argv);
/* Ask for a graceful stop: kernels are ended unless --detach or the keeper is not ours, then the loop ends with
 * CODE. */
void server_stop (struct server *s, int code);

#endif
