/* catalog.h - machines and environments as the hub knows them, read again when their files change
 *
 *     h->catalog = catalog_new (h);                                     reads, and looks again every 2 s
 *     const struct machine *m = catalog_machine (h, "g1", &err);        "" is the default
 *     const struct environment *e = catalog_environment (h, "tensorflow-1.8", &err);
 *
 * What is returned is borrowed until the callback that asked for it returns: keep names, not pointers.
 * Files are read in the pool.  A machines.yml that is wrong changes nothing while the hub runs, and leaves
 * it without machines when it starts: then every catalog_machine says what is wrong with the file, and
 * what is there already can still be looked at and stopped.  A change is told to pages by the event
 * `catalog.change`.
 *
 * GET /api/v1/env (everybody, trap T3), GET /api/v1/environments, GET /api/v1/machines.
 *
 * Loop thread only.
 */
#ifndef HUB_CATALOG_H
#define HUB_CATALOG_H

#include "hub/hub.h"
#include "model/environments.h"
#include "model/machines.h"

struct catalog;

struct catalog *catalog_new (struct hub *h);
/* Before the loop goes away. */
void catalog_free (struct catalog *c);

/* By name or alias.  INVALID, with the names that there are, or why the file cannot be read. */
const struct machine *catalog_machine (struct hub *h, const char *name, struct err *err);
/* The same of one that can be had: INVALID also for what this host lacks. */
const struct machine *catalog_machine_here (struct hub *h, const char *name,
                                            struct err *err);
const struct environment *catalog_environment (struct hub *h, const char *name,
                                               struct err *err);
const struct machine_host *catalog_host (struct hub *h);
const struct machines *catalog_machines (struct hub *h);
const struct environments *catalog_environments (struct hub *h);

/* Who counts what is in use: called for each machine of GET machines, returns how many run on it or are
 * about to.  Without one nothing is in use. */
void catalog_count_with (struct hub *h,
                         unsigned (*in_use) (struct hub *h, const struct machine *m));

/* Handlers, for the rows of both origins. */
void catalog_machines_get (struct http_req *req);
void catalog_env_get (struct http_req *req);

#endif
