/* workload.c - what goes on here and what it uses
 *
 * The answer is made on the loop after the pool has looked at the processes, from what the server knows then: a
 * kernel that came in between shows no use yet, one that went is not there.
 *
 * CPU time in percent is compared with an earlier look, whoever asked for it, but none younger than APART_US: that
 * would be all noise.
 */

#include "server/workload.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/utf8.h"
#include "http/http.h"
#include "server/keep_client.h"
#include "server/kernels.h"
#include "server/recorder.h"
#include "server/server.h"
#include "server/sessions.h"
#include "server/terminals.h"
#include "server/usage.h"
#include "server/when_ready.h"

#include <string.h>

#define APART_US (500 * CLOCK_MS)

struct workload {
    struct server *s;
    struct usage_sample *before; /* NULL: nobody looked yet */
};

struct look {
    struct http_req *req;
    struct workload *w;
    json_t *(*answer) (struct workload *w, const struct usage_sample *now);
    pid_t roots[2];
    struct usage_sample *now;
};

struct workload *workload_new (struct server *s)
{
    struct workload *w = xnew (struct workload);
    w->s = s;
    return w;
}

void workload_free (struct workload *w)
{
    if (!w)
        return;
    usage_free (w->before);
    free (w);
}

/* ---- pieces of the answers ---- */

static void set_int (json_t *o, const char *key, uint64_t n)
{
    (void)json_object_set_new (o, key, json_integer ((json_int_t)n));
}

static void set_real (json_t *o, const char *key, double n)
{
    (void)json_object_set_new (o, key, json_real (n));
}

static void set_time (json_t *o, const char *key, int64_t wall_us)
{
    set_real (o, key, (double)wall_us / CLOCK_S);
}

static void set_use (json_t *o, const struct workload *w, const struct usage_sample *now,
                     pid_t pid)
{
    uint64_t rss = 0, pss = 0;
    bool there = pid > 0 && usage_find (now, pid);
    if (there)
        usage_memory (now, pid, &rss, &pss);
    set_int (o, "pid", (uint64_t)pid);
    set_int (o, "rss", rss);
    set_real (o, "cpu", there ? usage_cpu_percent (now, w->before, pid) : 0);
    set_real (o, "cpu_seconds", there ? usage_cpu_seconds (now, pid) : 0);
}

/* What the terminal of the shell SHELL listens to, if that is not the shell. */
static const struct usage_proc *foreground (const struct usage_sample *now, pid_t shell)
{
    const struct usage_proc *sh = shell > 0 ? usage_find (now, shell) : NULL;
    if (!sh || sh->foreground <= 0 || sh->foreground == sh->group)
        return NULL;
    const struct usage_proc *leader = usage_find (now, sh->foreground);
    if (leader)
        return leader;
    for (size_t i = 0; i < now->nprocs; i++) /* the first of a pipeline has ended */
        if (now->procs[i].group == sh->foreground)
            return &now->procs[i];
    return NULL;
}

static void set_foreground (json_t *o, const struct usage_proc *p)
{
    bool readable = p && utf8_valid (p->name, strlen (p->name));
    jsonx_set_str (o, "foreground", !p ? NULL : readable ? p->name : "?");
}

/* ---- usage ---- */

static json_t *kernel_use (const struct workload *w, const struct usage_sample *now,
                           const struct kernel *k)
{
    const char *path = NULL, *name = NULL;
    json_t *o = json_object ();
    jsonx_set_str (o, "id", k->id);
    jsonx_set_str (o, "name", k->name);
    jsonx_set_str (o, "path",
                   sessions_document (w->s->sessions, k->id, &path, &name) ? path : NULL);
    set_use (o, w, now, (pid_t)k->pid);
    return o;
}

static json_t *terminal_use (const struct workload *w, const struct usage_sample *now,
                             const struct terminal *t)
{
    json_t *o = json_object ();
    jsonx_set_str (o, "name", t->name);
    set_foreground (o, foreground (now, (pid_t)t->pid));
    set_use (o, w, now, (pid_t)t->pid);
    return o;
}

static json_t *usage_answer (struct workload *w, const struct usage_sample *now)
{
    json_t *o = json_object (), *kernels = json_array (), *terminals = json_array ();
    const struct server *s = w->s;
    for (const struct kernel *k = kernels_first (s->kernels); k;
         k = kernels_next (s->kernels, k))
        (void)json_array_append_new (kernels, kernel_use (w, now, k));
    for (const struct terminal *t = terminals_first (s->terminals); t;
         t = terminals_next (s->terminals, t))
        (void)json_array_append_new (terminals, terminal_use (w, now, t));
    set_time (o, "t", clock_wall_us ());
    set_int (o, "cpu_count", (uint64_t)sysconf (_SC_NPROCESSORS_ONLN));
    (void)json_object_set_new (o, "kernels", kernels);
    (void)json_object_set_new (o, "terminals", terminals);
    return o;
}

/* ---- activity ---- */

static json_t *kernel_activity (const struct kernel *k)
{
    json_t *o = json_object ();
    jsonx_set_str (o, "id", k->id);
    jsonx_set_str (o, "name", k->name);
    jsonx_set_str (o, "state", keep_state_names[k->state]);
    set_int (o, "connections", k->connections);
    set_time (o, "last_activity", k->last_activity_us);
    (void)json_object_set_new (o, "settled", json_boolean (recorder_settled (k->recorder)));
    return o;
}

static json_t *terminal_activity (const struct usage_sample *now, const struct terminal *t)
{
    json_t *o = json_object ();
    size_t viewers = 0;
    for (const struct list *l = t->viewers.next; l != &t->viewers; l = l->next)
        viewers++;
    jsonx_set_str (o, "name", t->name);
    set_foreground (o, foreground (now, (pid_t)t->pid));
    set_int (o, "connections", viewers);
    set_time (o, "last_activity", t->last_activity_us);
    return o;
}

static json_t *activity_answer (struct workload *w, const struct usage_sample *now)
{
    json_t *o = json_object (), *kernels = json_array (), *terminals = json_array ();
    const struct server *s = w->s;
    size_t busy = 0;
    for (const struct kernel *k = kernels_first (s->kernels); k;
         k = kernels_next (s->kernels, k)) {
        busy += k->state == KEEP_BUSY;
        (void)json_array_append_new (kernels, kernel_activity (k));
    }
    for (const struct terminal *t = terminals_first (s->terminals); t;
         t = terminals_next (s->terminals, t))
        (void)json_array_append_new (terminals, terminal_activity (now, t));
    set_time (o, "t", clock_wall_us ());
    set_int (o, "busy_kernels", busy);
    set_int (o, "connections", http_connection_count (s->http) - 1); /* without this one */
    (void)json_object_set_new (o, "kernels", kernels);
    (void)json_object_set_new (o, "terminals", terminals);
    return o;
}

/* ---- requests ---- */

static void work (void *arg)
{
    struct look *l = arg;
    l->now = usage_take_processes (l->roots, ARRAY_SIZE (l->roots));
}

static void remember (struct workload *w, struct usage_sample *now)
{
    if (w->before && now->at_us - w->before->at_us < APART_US) {
        usage_free (now);
        return;
    }
    usage_free (w->before);
    w->before = now;
}

/* WORK is not called for what did not start before the end. */
static void done (void *arg)
{
    autofree struct look *l = arg;
    struct err err;
    if (!l->now) {
        (void)err_set (&err, PROBLEM_CANCELLED, "The server ends");
        http_fail (l->req, &err);
        return;
    }
    http_reply_json (l->req, 200, l->answer (l->w, l->now));
    remember (l->w, l->now);
}

static void look (struct http_req *req,
                  json_t *(*answer) (struct workload *w, const struct usage_sample *now))
{
    struct server *s = http_req_server (req);
    struct look *l = xnew (struct look);
    struct err err;
    *l = (struct look){ .req = req, .w = s->workload, .answer = answer };
    l->roots[0] = getpid ();
    l->roots[1] = keep_client_pid (s->keeper);
    if (pool_submit (loop_pool (s->loop), work, done, l, &err)) {
        http_fail (req, &err);
        free (l);
    }
}

static void look_at_usage (struct http_req *req)
{
    look (req, usage_answer);
}

static void look_at_activity (struct http_req *req)
{
    look (req, activity_answer);
}

static void usage_get (struct http_req *req)
{
    when_ready (req, look_at_usage);
}

static void activity_get (struct http_req *req)
{
    when_ready (req, look_at_activity);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/labwright/usage", "api", ROUTE_UNTRACKED, 0, usage_get },
    { HTTP_GET, "/api/labwright/activity", "api", ROUTE_UNTRACKED, 0, activity_get },
};
const struct route_table workload_routes = { rows, ARRAY_SIZE (rows) };
