/* hub.h - role `labwright serve --hub`: people, projects, workspaces, and the way to them
 *
 * Owns the loop, the listeners, the database and one of each noun below; every handler reaches it by
 * `struct hub *h = http_req_server (req)`.  What runs is the spawner's and the keepers': a hub may be
 * killed at any moment, and its next start adopts what runs.  It parses what strangers send, so it has
 * no privilege, and starts nothing but `labwright worker`.
 *
 *     labwright serve --hub --state DIR --port N
 *
 * Its files are in DIR/hub (0700, of the uid that runs it): hub.db, secret, lock.  hub_files.h.
 *
 * Loop thread only.
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "base/crypto.h"
#include "http/http.h"
#include "hub/site.h"
#include "loop/loop.h"
#include "store/db.h"

struct hub {
    struct loop *loop;
    struct http *http;
    struct db *db;
    struct site site;                /* which Host is the hub, which one labs: site.h */
    struct hmac *secret;             /* SHA-256 with the installation's secret */
    struct passwords *passwords;     /* children that hash: passwords.h */
    struct first_admin *first_admin; /* the one who sets it up: first_admin.h */
    struct evstream *events;         /* what happens, told to pages: evstream.h */
    struct passes *passes;           /* tokens for workspaces: pass.h */
    struct gateway *gateway;         /* what is relayed to workspaces: gateway.h */
    struct catalog *catalog;         /* machines and environments: catalog.h */
    struct tally *tally;             /* what happened to workspaces: tally.h */
    struct timings *timings;         /* how long answers took: http/timings.h */
    struct git_templates *templates; /* repositories that are looked at: templates.h */
    struct workspaces *workspaces;   /* those that go on: workspaces.h */
    struct home_view *viewers;       /* files of workspaces: home_view.h */
    char *data_dir;                  /* our read-only files: pages_hub.h */
    char *dashboard;                 /* the dashboard's document, or NULL: pages_hub.h */
    char *state_dir;                 /* absolute: --state */
    bool git_private;                /* repositories may be in private networks */
    bool behind_proxy;               /* X-Forwarded-For names the client */
    int64_t started_us;              /* wall clock */
};

/* Graceful once, at once the second time.  What runs in sandboxes goes on. */
void hub_stop (struct hub *h, int code);

/* main's verb. */
int hub_main (int argc, char **argv);

#endif
