/* metrics_hub.c - GET /metrics: numbers for Prometheus
 *
 * For admins, like everything that tells of everybody: Prometheus sends an API key as
 * `authorization: {type: apikey, credentials: lw-...}`.
 */

#include "hub/hub_nouns.h"

#include "base/clock.h"
#include "hub/evstream.h"
#include "http/timings.h"

#define METRICS_MAX (8 << 20)

static void metrics_get (struct http_req *req)
{
    const struct hub *h = http_req_server (req);
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
    timings_write (h->timings, &b);
    http_reply (req, 200, "text/plain; version=0.0.4; charset=utf-8", b.data, b.len);
}

static const struct route rows[] = {
    { HTTP_GET, "/metrics", NULL, ROUTE_ADMIN, 0, metrics_get },
};
const struct route_table hub_metrics_routes = { rows, ARRAY_SIZE (rows) };
