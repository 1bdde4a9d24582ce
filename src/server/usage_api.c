/* usage_api.c - /api/metrics/v1: the numbers that the jupyter-resource-usage extension
 * shows (contract 8)
 *
 * CPU time is compared with the sample of the previous request, whoever asked; one that is
 * younger than USAGE_APART_US would be all noise, so the one before it stays.
 */

#include "server/usage_api.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "http/http.h"
#include "server/keep_client.h"
#include "server/kernels.h"
#include "server/server.h"
#include "server/usage.h"
#include "server/when_ready.h"

#define USAGE_APART_US (500 * CLOCK_MS)
#define USAGE_WARN 0.1 /* warn when less than this part of a limit is left */

struct usage {
    struct server *s;
    struct usage_sample *before; /* NULL: nobody asked yet */
};

struct job {
    struct http_req *req;
    struct usage *usage;
    pid_t roots[2];
    char *dir;
    char *kernel_id; /* NULL: everything */
    pid_t kernel_pid;
    struct usage_sample *now;
};

struct usage *usage_new (struct server *s)
{
    struct usage *u = xnew (struct usage);
    u->s = s;
    return u;
}

void usage_done (struct usage *u)
{
    if (!u)
        return;
    usage_free (u->before);
    free (u);
}

static void job_free (struct job *j)
{
    free (j->dir);
    free (j->kernel_id);
    usage_free (j->now);
    free (j);
}

static void set (json_t *o, const char *key, uint64_t n)
{
    (void)json_object_set_new (o, key,
                               json_integer (n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

static void set_real (json_t *o, const char *key, double n)
{
    (void)json_object_set_new (o, key, json_real (n));
}

static void set_warn (json_t *o, double used, double limit)
{
    (void)json_object_set_new (o, "warn", json_boolean (limit - used < limit * USAGE_WARN));
}

/* ---- everything that we run -----------------------------------------------------------
 */

static json_t *memory_limits (const struct usage_sample *u, uint64_t rss)
{
    json_t *o = json_object ();
    bool limited = u->memory_limit != USAGE_NO_LIMIT;
    set (o, "rss", limited ? u->memory_limit : 0);
    set (o, "pss", limited ? u->memory_limit : 0);
    if (limited)
        set_warn (o, (double)rss, (double)u->memory_limit);
    return o;
}

static json_t *limits (const struct usage_sample *u, uint64_t rss, double cpu)
{
    json_t *o = json_object ();
    (void)json_object_set_new (o, "memory", memory_limits (u, rss));
    if (u->cpu_limit > 0) {
        json_t *c = json_object ();
        set_real (c, "cpu", u->cpu_limit);
        set_warn (c, cpu, 100 * u->cpu_limit);
        (void)json_object_set_new (o, "cpu", c);
    }
    if (u->disk_total) {
        json_t *d = json_object ();
        set (d, "disk", u->disk_total);
        set_warn (d, (double)u->disk_used, (double)u->disk_total);
        (void)json_object_set_new (o, "disk", d);
    }
    return o;
}

static json_t *model (const struct usage_sample *u, const struct usage_sample *before)
{
    json_t *o = json_object ();
    uint64_t rss, pss;
    double cpu = usage_cpu_percent (u, before, 0);
    usage_memory (u, 0, &rss, &pss);
    set (o, "rss", rss);
    set (o, "pss", pss);
    (void)json_object_set_new (o, "limits", limits (u, rss, cpu));
    set_real (o, "cpu_percent", cpu);
    set (o, "cpu_count", (uint64_t)sysconf (_SC_NPROCESSORS_ONLN));
    if (u->disk_total) {
        set (o, "disk_used", u->disk_used);
        set (o, "disk_total", u->disk_total);
    }
    return o;
}

/* ---- one kernel -----------------------------------------------------------------------
 */

static json_t *host_memory (const struct usage_host *h)
{
    json_t *o = json_object ();
    uint64_t used = h->total > h->available ? h->total - h->available : 0;
    set (o, "total", h->total);
    set (o, "available", h->available);
    set_real (o, "percent", h->total ? 100.0 * (double)used / (double)h->total : 0);
    set (o, "used", used);
    set (o, "free", h->free);
    set (o, "active", h->active);
    set (o, "inactive", h->inactive);
    set (o, "buffers", h->buffers);
    set (o, "cached", h->cached);
    set (o, "shared", h->shared);
    set (o, "slab", h->slab);
    return o;
}

static json_t *kernel_content (const struct job *j)
{
    json_t *o = json_object ();
    char host[256] = "";
    uint64_t rss, pss;
    (void)gethostname (host, sizeof (host) - 1);
    usage_memory (j->now, j->kernel_pid, &rss, &pss);
    jsonx_set_str (o, "hostname", host);
    set (o, "pid", (uint64_t)j->kernel_pid);
    set_real (o, "kernel_cpu", usage_cpu_percent (j->now, j->usage->before, j->kernel_pid));
    set (o, "kernel_memory", pss);
    set (o, "cpu_count", (uint64_t)sysconf (_SC_NPROCESSORS_ONLN));
    set_real (o, "host_cpu_percent", usage_host_percent (j->now, j->usage->before));
    (void)json_object_set_new (o, "host_virtual_memory", host_memory (&j->now->host));
    (void)json_object_set_new (o, "host_usage_flag", json_true ());
    return o;
}

static json_t *kernel_model (const struct job *j)
{
    json_t *o = json_object (), *content;
    if (j->kernel_pid) {
        content = kernel_content (j);
    } else {
        content = json_object ();
        jsonx_set_str (content, "reason", "no_kernel");
    }
    jsonx_set_str (o, "kernel_id", j->kernel_id);
    (void)json_object_set_new (o, "content", content);
    return o;
}

/* ---- requests -------------------------------------------------------------------------
 */

static void work (void *arg)
{
    struct job *j = arg;
    j->now = usage_take (j->roots, ARRAY_SIZE (j->roots), j->dir);
}

static void remember (struct usage *u, struct job *j)
{
    if (u->before && j->now->at_us - u->before->at_us < USAGE_APART_US)
        return;
    usage_free (u->before);
    u->before = take_ptr (j->now);
}

/* WORK is not called for what did not start before the end. */
static void done (void *arg)
{
    struct job *j = arg;
    struct err err;
    if (j->now) {
        http_reply_json (j->req, 200,
                         j->kernel_id ? kernel_model (j)
                                      : model (j->now, j->usage->before));
        remember (j->usage, j);
    } else {
        (void)err_set (&err, PROBLEM_CANCELLED, "The server ends");
        http_fail (j->req, &err);
    }
    job_free (j);
}

static void start (struct http_req *req, const struct kernel *k)
{
    struct server *s = http_req_server (req);
    struct job *j = xnew (struct job);
    struct err err;
    j->req = req;
    j->usage = s->usage;
    j->roots[0] = getpid ();
    j->roots[1] = keep_client_pid (s->keeper);
    j->dir = xstrdup (s->root_dir);
    j->kernel_id = k ? xstrdup (k->id) : NULL;
    j->kernel_pid = k ? (pid_t)k->pid : 0;
    if (pool_submit (loop_pool (s->loop), work, done, j, &err)) {
        http_fail (req, &err);
        job_free (j);
    }
}

static void measure_all (struct http_req *req)
{
    start (req, NULL);
}

static void measure_kernel (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "kernel_id", NULL);
    const struct kernel *k = kernels_find (s->kernels, id);
    struct err err;
    if (k) {
        start (req, k);
        return;
    }
    (void)err_set (&err, PROBLEM_NOT_FOUND, "Kernel does not exist: %s", id);
    http_fail (req, &err);
}

static void usage_get (struct http_req *req)
{
    when_ready (req, measure_all);
}

static void kernel_usage_get (struct http_req *req)
{
    when_ready (req, measure_kernel);
}

#define GET_USAGE "/api/metrics/v1/kernel_usage/get_usage/{kernel_id:id}"

static const struct route rows[] = {
    { HTTP_GET, "/api/metrics/v1", "api", ROUTE_UNTRACKED, 0, usage_get },
    { HTTP_GET, GET_USAGE, "api", ROUTE_UNTRACKED, 0, kernel_usage_get },
};
const struct route_table usage_routes = { rows, ARRAY_SIZE (rows) };
