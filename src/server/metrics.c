/* metrics.c - numbers for Prometheus
 *
 * One histogram per (method, row, status) that occurred; rows are few and fixed, so the
 * number of series is bounded, and METRICS_SERIES bounds it once more.  The one that was
 * found last is the first to be looked at: clients ask the same thing again and again.
 */

#include "server/metrics.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "http/http.h"
#include "server/activity.h"
#include "server/gate.h"
#include "server/nouns.h"
#include "server/server.h"

#include <string.h>

#define METRICS_SERIES 4096
#define METRICS_MAX (8 << 20)

static const double bounds[] = { 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                 0.5,   0.75, 1,     2.5,  5,     7.5, 10 };

struct series {
    struct list link;
    const struct route *route;
    const char *method, *path;
    int status;
    uint64_t buckets[ARRAY_SIZE (bounds)], count;
    double sum;
};

struct metrics {
    struct server *s;
    struct list series; /* found last first */
    size_t count;
    bool record;
};

struct metrics *metrics_new (struct server *s)
{
    struct metrics *m = xnew (struct metrics);
    m->s = s;
    list_init (&m->series);
    m->record = options_bool (s->options, "ServerApp.record_http_request_metrics");
    return m;
}

void metrics_free (struct metrics *m)
{
    if (!m)
        return;
    list_foreach (s, &m->series, struct series, link)
        free (s);
    free (m);
}

/* A name that a client made up must not become a label. */
static const char *method_label (const struct http_req *req)
{
    return http_req_method (req) == HTTP_OTHER ? "OTHER" : http_req_method_name (req);
}

static struct series *series_find (struct metrics *m, const struct route *route,
                                   const char *method, int status)
{
    list_foreach (s, &m->series, struct series, link) {
        if (s->route != route || s->status != status || strcmp (s->method, method) != 0)
            continue;
        list_remove (&s->link);
        list_prepend (&m->series, &s->link);
        return s;
    }
    return NULL;
}

/* NULL: there are too many. */
static struct series *series_of (struct metrics *m, const struct http_req *req, int status)
{
    const struct route *route = http_req_route (req);
    const char *method = method_label (req);
    struct series *s = series_find (m, route, method, status);
    if (s || m->count >= METRICS_SERIES)
        return s;
    s = xnew (struct series);
    s->route = route;
    s->method = method;
    s->path = route ? route->path : "";
    s->status = status;
    list_prepend (&m->series, &s->link);
    m->count++;
    return s;
}

void metrics_observe (struct metrics *m, const struct http_req *req, int status, int64_t us)
{
    struct series *s = m->record ? series_of (m, req, status) : NULL;
    if (!s)
        return;
    double seconds = (double)us / CLOCK_S;
    s->count++;
    s->sum += seconds;
    for (size_t i = 0; i < ARRAY_SIZE (bounds); i++)
        if (seconds <= bounds[i])
            s->buckets[i]++;
}

static void add_head (struct buf *b, const char *name, const char *help, const char *type)
{
    (void)buf_addf (b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_gauge (struct buf *b, const char *name, const char *help,
                       const char *labels, double value)
{
    add_head (b, name, help, "gauge");
    (void)buf_addf (b, "%s%s %.17g\n", name, labels, value);
}

#define HISTOGRAM "http_request_duration_seconds"

static void add_series (struct buf *b, const struct series *s)
{
    autofree char *labels = xasprintf ("handler=\"%s\",method=\"%s\",status_code=\"%d\"",
                                       s->path, s->method, s->status);
    for (size_t i = 0; i < ARRAY_SIZE (bounds); i++)
        (void)buf_addf (b, HISTOGRAM "_bucket{%s,le=\"%g\"} %llu\n", labels, bounds[i],
                        (unsigned long long)s->buckets[i]);
    (void)buf_addf (b, HISTOGRAM "_bucket{%s,le=\"+Inf\"} %llu\n", labels,
                    (unsigned long long)s->count);
    (void)buf_addf (b, HISTOGRAM "_count{%s} %llu\n", labels, (unsigned long long)s->count);
    (void)buf_addf (b, HISTOGRAM "_sum{%s} %.9g\n", labels, s->sum);
}

static void add_server (const struct metrics *m, struct buf *b)
{
    const struct server *s = m->s;
    struct nouns_count count;
    double started = (double)s->started_us / CLOCK_S;
    double last = (double)activity_last_us (s->activity) / CLOCK_S;
    nouns_count (s, &count);
    add_gauge (b, "terminal_currently_running_total",
               "counter for how many terminals are running", "", (double)count.terminals);
    add_head (b, "kernel_currently_running_total",
              "counter for how many kernels are running", "gauge");
    nouns_kernel_metrics (s, b);
    add_gauge (b, "jupyter_server_info", "Jupyter Server Version information",
               "{version=\"" SERVER_API_VERSION "\"}", 1);
    add_gauge (b, "jupyter_server_extension_info", "Jupyter Server Extension Information",
               "{enabled=\"true\",name=\"jupyterlab\",version=\"" SERVER_API_VERSION "\"}",
               1);
    add_gauge (b, "jupyter_server_last_activity_timestamp_seconds",
               "Timestamp of last seen activity on this Jupyter Server", "", last);
    add_gauge (b, "jupyter_server_started_timestamp_seconds",
               "Timestamp of when this Jupyter Server was started", "", started);
    add_gauge (b, "jupyter_server_active_duration_seconds",
               "Number of seconds this Jupyter Server has been active", "", last - started);
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
    add_head (&b, HISTOGRAM, "duration in seconds for all HTTP requests", "histogram");
    list_foreach (one, &s->metrics->series, struct series, link)
        add_series (&b, one);
    http_reply (req, 200, "text/plain; version=0.0.4; charset=utf-8", b.data, b.len);
}

static const struct route rows[] = {
    { HTTP_GET, "/metrics", NULL, ROUTE_PUBLIC | ROUTE_PAGE, 0, metrics_get },
};
const struct route_table metrics_routes = { rows, ARRAY_SIZE (rows) };
