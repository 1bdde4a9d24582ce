/* timings.c - how long answers took, as Prometheus' histogram
 *
 * The series that was found last is the first to be looked at: clients ask the same thing
 * again and again.
 */

#include "http/timings.h"

#include "base/clock.h"
#include "base/list.h"

#include <string.h>

#define HISTOGRAM "http_request_duration_seconds"

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

struct timings {
    struct list series; /* found last first */
    size_t count;
};

struct timings *timings_new (void)
{
    struct timings *t = xnew (struct timings);
    list_init (&t->series);
    return t;
}

void timings_free (struct timings *t)
{
    if (!t)
        return;
    list_foreach (s, &t->series, struct series, link)
        free (s);
    free (t);
}

/* A name that a client made up must not become a label. */
static const char *method_label (const struct http_req *req)
{
    return http_req_method (req) == HTTP_OTHER ? "OTHER" : http_req_method_name (req);
}

static struct series *series_find (struct timings *t, const struct route *route,
                                   const char *method, int status)
{
    list_foreach (s, &t->series, struct series, link) {
        if (s->route != route || s->status != status || strcmp (s->method, method) != 0)
            continue;
        list_remove (&s->link);
        list_prepend (&t->series, &s->link);
        return s;
    }
    return NULL;
}

/* NULL: there are too many. */
static struct series *series_of (struct timings *t, const struct http_req *req, int status)
{
    const struct route *route = http_req_route (req);
    const char *method = method_label (req);
    struct series *s = series_find (t, route, method, status);
    if (s || t->count >= TIMINGS_SERIES)
        return s;
    s = xnew (struct series);
    s->route = route;
    s->method = method;
    s->path = route ? route->path : "";
    s->status = status;
    list_prepend (&t->series, &s->link);
    t->count++;
    return s;
}

void timings_observe (struct timings *t, const struct http_req *req, int status, int64_t us)
{
    struct series *s = series_of (t, req, status);
    if (!s)
        return;
    double seconds = (double)us / CLOCK_S;
    s->count++;
    s->sum += seconds;
    for (size_t i = 0; i < ARRAY_SIZE (bounds); i++)
        if (seconds <= bounds[i])
            s->buckets[i]++;
}

void timings_write_head (struct buf *b, const char *name, const char *help,
                         const char *type)
{
    (void)buf_addf (b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void timings_write_gauge (struct buf *b, const char *name, const char *help,
                          const char *labels, double value)
{
    timings_write_head (b, name, help, "gauge");
    (void)buf_addf (b, "%s%s %.17g\n", name, labels, value);
}

static void write_series (struct buf *b, const struct series *s)
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

void timings_write (const struct timings *t, struct buf *b)
{
    timings_write_head (b, HISTOGRAM, "duration in seconds for all HTTP requests",
                        "histogram");
    list_foreach (s, &t->series, struct series, link)
        write_series (b, s);
}
