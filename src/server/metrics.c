/* metrics.c - numbers for Prometheus: the server's own, and http/timings.h */

#include "server/metrics.h"

#include "base/buf.h"
#include "base/clock.h"
#include "http/http.h"
#include "http/timings.h"
#include "server/activity.h"
#include "server/gate.h"
#include "server/nouns.h"
#include "server/server.h"

#define METRICS_MAX (8 << 20)

struct metrics {
    struct server *s;
    struct timings *timings;
    bool record;
};

struct metrics *metrics_new (struct server *s)
{
    struct metrics *m = xnew (struct metrics);
    m->s = s;
    m->timings = timings_new ();
    m->record = options_bool (s->options, "ServerApp.record_http_request_metrics");
    return m;
}

void metrics_free (struct metrics *m)
{
    if (!m)
        return;
    timings_free (m->timings);
    free (m);
}

void metrics_observe (struct metrics *m, const struct http_req *req, int status, int64_t us)
{
    if (m->record)
        timings_observe (m->timings, req, status, us);
}

static void add_server (const struct metrics *m, struct buf *b)
{
    const struct server *s = m->s;
    struct nouns_count count;
    double started = (double)s->started_us / CLOCK_S;
    double last = (double)activity_last_us (s->activity) / CLOCK_S;
    nouns_count (s, &count);
    timings_write_gauge (b, "terminal_currently_running_total",
                         "counter for how many terminals are running", "",
                         (double)count.terminals);
    timings_write_head (b, "kernel_currently_running_total",
                        "counter for how many kernels are running", "gauge");
    nouns_kernel_metrics (s, b);
    timings_write_gauge (b, "jupyter_server_info", "Jupyter Server Version information",
                         "{version=\"" SERVER_API_VERSION "\"}", 1);
    timings_write_gauge (
        b, "jupyter_server_extension_info", "Jupyter Server Extension Information",
        "{enabled=\"true\",name=\"jupyterlab\",version=\"" SERVER_API_VERSION "\"}", 1);
    timings_write_gauge (b, "jupyter_server_last_activity_timestamp_seconds",
                         "Timestamp of last seen activity on this Jupyter Server", "",
                         last);
    timings_write_gauge (b, "jupyter_server_started_timestamp_seconds",
                         "Timestamp of when this Jupyter Server was started", "", started);
    timings_write_gauge (b, "jupyter_server_active_duration_seconds",
                         "Number of seconds this Jupyter Server has been active", "",
                         last - started);
}

static void metrics_get (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    autodone (buf_done) struct buf b;
    struct err err;
    buf_init (&b, METRICS_MAX);
    if (options_bool (s->options, "ServerApp.authenticate_prometheus") &&
        !http_req_user (req)) {
        (void)err_set (&err, PROBLEM_FORBIDDEN, "Forbidden");
        http_fail (req, &err);
        return;
    }
    add_server (s->metrics, &b);
    timings_write (s->metrics->timings, &b);
    http_reply (req, 200, "text/plain; version=0.0.4; charset=utf-8", b.data, b.len);
}

static const struct route rows[] = {
    { HTTP_GET, "/metrics", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, metrics_get },
};
const struct route_table metrics_routes = { rows, ARRAY_SIZE (rows) };
