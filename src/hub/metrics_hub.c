/* metrics_hub.c - GET /metrics: numbers for Prometheus
 *
 * For admins, like everything that tells of everybody: Prometheus sends an API key as
 * `authorization: {type: apikey, credentials: lw-...}`.
 */

#include "hub/hub_nouns.h"

#include "base/clock.h"
#include "hub/evstream.h"
#include "hub/catalog.h"
#include "hub/tally.h"
#include "http/timings.h"
#include "store/workspace_store.h"

#define METRICS_MAX (8 << 20)
#define WORKSPACES "labwright_workspaces"

/* Those that are there, by state and kind of machine. */
struct census {
    const struct machines *machines;
    struct {
        int64_t by_state[WORKSPACE_STATE_COUNT];
    } kinds[MACHINES_MAX +
            1]; /* the last: kinds that machines.yml does not have any more */
};

static void add (void *arg, enum workspace_state state, const char *machine, int64_t n)
{
    struct census *c = arg;
    const struct machine *m = *machine ? machines_find (c->machines, machine) : NULL;
    size_t i = m ? (size_t)(m - c->machines->v) : c->machines->n;
    c->kinds[i].by_state[state] += n;
}

static void write_census (struct hub *h, struct buf *b)
{
    struct census *c = xnew (struct census);
    c->machines = catalog_machines (h);
    if (workspace_store_count (h->db, add, c, NULL) == 0) {
        timings_write_head (b, WORKSPACES, "workspaces by state and machine", "gauge");
        for (size_t i = 0; i <= c->machines->n; i++)
            for (int s = 0; s < WORKSPACE_STATE_COUNT; s++)
                (void)buf_addf (b, WORKSPACES "{state=\"%s\",machine=\"%s\"} %lld\n",
                                workspace_state_name ((enum workspace_state)s),
                                i < c->machines->n ? c->machines->v[i].name : "(gone)",
                                (long long)c->kinds[i].by_state[s]);
    }
    free (c);
}

static void metrics_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (buf_done) struct buf b;
    buf_init (&b, METRICS_MAX);
    timings_write_gauge (&b, "labwright_info", "version of the hub",
                         "{version=\"" LABWRIGHT_VERSION "\"}", 1);
    timings_write_gauge (&b, "labwright_started_timestamp_seconds",
                         "when the hub was started", "", (double)h->started_us / CLOCK_S);
    timings_write_gauge (&b, "labwright_connections", "connections that are open", "",
                         (double)http_connection_count (h->http));
    timings_write_gauge (&b, "labwright_event_listeners", "pages that listen to events", "",
                         (double)evstream_listeners (h->events));
    write_census (h, &b);
    tally_write (h->tally, &b);
    timings_write (h->timings, &b);
    http_reply (req, 200, "text/plain; version=0.0.4; charset=utf-8", b.data, b.len);
}

static const struct route rows[] = {
    { HTTP_GET, "/metrics", NULL, ROUTE_ADMIN, 0, metrics_get },
};
const struct route_table hub_metrics_routes = { rows, ARRAY_SIZE (rows) };
