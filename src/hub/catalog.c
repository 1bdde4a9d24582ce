/* catalog.c - machines and environments as the hub knows them
 *
 * A look is one job of the pool: a sum over names, sizes and times of the files, and when that differs from
 * the last one, the files themselves.  The job owns all that it touches; the loop takes over what it read.
 */

#include "hub/catalog.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "base/sum.h"
#include "hub/evstream.h"
#include "hub/hub_nouns.h"
#include "model/conf_dir.h"

#include <string.h>
#include <sys/stat.h>

#define LOOK_US (2 * CLOCK_S)

struct look {
    struct catalog *owner; /* NULL: it went away */
    char *state;
    struct machine_host host; /* borrowed content: the catalog's, which outlives the look */
    uint64_t sum;             /* before, then now */
    bool changed, machines_ok, environments_ok;
    struct machines machines;
    struct environments environments;
    struct err machines_err, environments_err;
};

struct catalog {
    struct hub *h;
    struct machine_host host;
    struct machines machines;
    struct environments environments;
    char *problem; /* of machines.yml as it is now, or NULL */
    uint64_t sum;
    struct loop_timer *timer;
    struct look *looking;
    unsigned (*in_use) (struct hub *h, const struct machine *m);
};

/* ---- a look, in the pool -------------------------------------------------------------------- */

static void sum_file (struct sum *s, const char *path)
{
    struct stat st;
    const bool there = stat (path, &st) == 0;
    const int64_t facts[] = {
        there,
        there ? (int64_t)st.st_ino : 0,
        there ? st.st_size : 0,
        there ? st.st_mtim.tv_sec : 0,
        there ? st.st_mtim.tv_nsec : 0,
        there ? st.st_ctim.tv_nsec : 0,
        there ? st.st_ctim.tv_sec : 0,
    };
    sum_add (s, path, strlen (path) + 1);
    sum_add (s, facts, sizeof (facts));
}

static void sum_dir (struct sum *s, const char *dir)
{
    struct strv names = { 0 };
    (void)fd_list_dir (dir, ".yml", &names, NULL);
    for (size_t i = 0; i < names.n; i++) {
        autofree char *path = path_join (dir, names.v[i]);
        sum_file (s, path);
    }
    strv_done (&names);
}

static uint64_t sum_of_files (const char *state)
{
    autofree char *machines = machines_path (state);
    autofree char *own = path_join (state, "environments");
    autofree char *shipped = conf_dir_file ("environments");
    struct sum s;
    sum_init (&s);
    sum_file (&s, machines);
    sum_dir (&s, own);
    sum_dir (&s, shipped);
    return sum_value (&s);
}

static void look_work (void *arg)
{
    struct look *l = arg;
    uint64_t now = sum_of_files (l->state);
    l->changed = now != l->sum;
    l->sum = now;
    if (!l->changed)
        return;
    l->machines_ok =
        machines_open (l->state, &l->host, &l->machines, &l->machines_err) == 0;
    l->environments_ok =
        environments_open (l->state, &l->environments, &l->environments_err) == 0;
}

/* ---- taking over ---------------------------------------------------------------------------- */

static void take_machines (struct catalog *c, struct look *l)
{
    free (c->problem);
    c->problem = NULL;
    if (!l->machines_ok) {
        c->problem = xstrdup (l->machines_err.text);
        log_error ("catalog", "machines stay as they are: %s", c->problem);
        return;
    }
    machines_done (&c->machines);
    c->machines = l->machines;
    l->machines = (struct machines){ .v = NULL };
}

static void take_environments (struct catalog *c, struct look *l)
{
    if (!l->environments_ok) {
        log_error ("catalog", "environments stay as they are: %s",
                   l->environments_err.text);
        return;
    }
    environments_done (&c->environments);
    c->environments = l->environments;
    l->environments = (struct environments){ .v = NULL };
    for (size_t i = 0; i < c->environments.problems.n; i++)
        log_warning ("catalog", "%s", c->environments.problems.v[i]);
}

static void look_free (struct look *l)
{
    machines_done (&l->machines);
    environments_done (&l->environments);
    free (l->state);
    free (l);
}

static void look_done (void *arg)
{
    struct look *l = arg;
    struct catalog *c = l->owner;
    if (c)
        c->looking = NULL;
    if (c && l->changed) {
        bool first = c->sum == 0;
        c->sum = l->sum;
        take_machines (c, l);
        take_environments (c, l);
        if (!first && c->h->events) {
            autojson json_t *body = json_object ();
            evstream_flash (c->h, "catalog.change", "", "", body);
        }
    }
    look_free (l);
}

static struct look *look_new (struct catalog *c)
{
    struct look *l = xnew (struct look);
    l->owner = c;
    l->state = xstrdup (c->h->state_dir);
    l->host = c->host;
    l->sum = c->sum;
    return l;
}

static void on_timer (void *arg)
{
    struct catalog *c = arg;
    if (c->looking)
        return;
    struct look *l = look_new (c);
    if (pool_submit (loop_pool (c->h->loop), look_work, look_done, l, NULL) < 0)
        look_free (l);
    else
        c->looking = l;
}

struct catalog *catalog_new (struct hub *h)
{
    struct catalog *c = xnew (struct catalog);
    c->h = h;
    machine_host_read (&c->host, "/", h->state_dir);
    struct look *l = look_new (c); /* nothing else runs yet: at once */
    look_work (l);
    look_done (l);
    c->timer = loop_every (h->loop, LOOK_US, on_timer, c);
    return c;
}

void catalog_free (struct catalog *c)
{
    if (!c)
        return;
    loop_cancel (c->timer);
    if (c->looking)
        c->looking->owner = NULL;
    machines_done (&c->machines);
    environments_done (&c->environments);
    machine_host_done (&c->host);
    free (c->problem);
    free (c);
}

/* ---- use ------------------------------------------------------------------------------------ */

static void add_word (struct buf *b, const char *word)
{
    if (b->len < 240)
        (void)buf_addf (b, "%s%s", b->len ? ", " : "", word);
}

const struct machine *catalog_machine (struct hub *h, const char *name, struct err *err)
{
    const struct catalog *c = h->catalog;
    const struct machine *m = machines_find (&c->machines, name);
    if (m)
        return m;
    if (c->machines.n == 0) {
        (void)err_set (err, PROBLEM_INVALID, "This hub has no machines: %s",
                       c->problem ? c->problem : "machines.yml names none");
        return NULL;
    }
    autodone (buf_done) struct buf names;
    buf_init (&names, 1024);
    for (size_t i = 0; i < c->machines.n; i++)
        add_word (&names, c->machines.v[i].name);
    (void)err_set (err, PROBLEM_INVALID,
                   "There is no machine '%.64s' here. These are there: %s", name,
                   names.data);
    return NULL;
}

const struct machine *catalog_machine_here (struct hub *h, const char *name,
                                            struct err *err)
{
    const struct machine *m = catalog_machine (h, name, err);
    if (!m || !*m->missing)
        return m;
    (void)err_set (err, PROBLEM_INVALID, "Machine %s cannot be had here: %s", m->name,
                   m->missing);
    return NULL;
}

const struct environment *catalog_environment (struct hub *h, const char *name,
                                               struct err *err)
{
    const struct catalog *c = h->catalog;
    const struct environment *e = environments_find (&c->environments, name);
    if (e)
        return e;
    autodone (buf_done) struct buf names;
    buf_init (&names, 1024);
    for (size_t i = 0; i < c->environments.n; i++)
        add_word (&names, c->environments.v[i].name);
    (void)err_set (err, PROBLEM_INVALID,
                   "There is no environment '%.64s' here. These are there: %s", name,
                   names.len ? names.data : "none");
    return NULL;
}

const struct machine_host *catalog_host (struct hub *h)
{
    return &h->catalog->host;
}

const struct machines *catalog_machines (struct hub *h)
{
    return &h->catalog->machines;
}

const struct environments *catalog_environments (struct hub *h)
{
    return &h->catalog->environments;
}

void catalog_count_with (struct hub *h,
                         unsigned (*in_use) (struct hub *h, const struct machine *m))
{
    h->catalog->in_use = in_use;
}

/* ---- routes --------------------------------------------------------------------------------- */

static json_t *machine_item (struct hub *h, const struct machine *m)
{
    const struct catalog *c = h->catalog;
    unsigned used = c->in_use ? c->in_use (h, m) : 0;
    bool full = m->slots && used >= m->slots;
    json_t *j = machine_json (&c->machines, m);
    (void)json_object_set_new (j, "in_use", json_integer (used));
    (void)json_object_set_new (
        j, "free", m->slots ? json_integer (full ? 0 : m->slots - used) : json_null ());
    (void)json_object_set_new (j, "available", json_boolean (!*m->missing && !full));
    jsonx_set_str (j, "why",
                   *m->missing ? m->missing
                   : full      ? "all of them are in use: a workspace waits for its turn"
                               : NULL);
    return j;
}

void catalog_machines_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct catalog *c = h->catalog;
    json_t *list = json_array ();
    for (size_t i = 0; i < c->machines.n; i++)
        (void)json_array_append_new (list, machine_item (h, &c->machines.v[i]));
    http_reply_json (req, 200,
                     json_pack ("{s:o, s:s?}", "machines", list, "problem", c->problem));
}

static void environments_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct environments *es = &h->catalog->environments;
    json_t *list = json_array ();
    for (size_t i = 0; i < es->n; i++)
        (void)json_array_append_new (list, environment_json (es, &es->v[i]));
    http_reply_json (req, 200, json_pack ("{s:o}", "environments", list));
}

void catalog_env_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    http_reply_json (req, 200, environments_arch_json (&h->catalog->environments));
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/env", NULL, ROUTE_PUBLIC, 0, catalog_env_get },
    { HTTP_GET, "/api/v1/environments", NULL, 0, 0, environments_get },
    { HTTP_GET, "/api/v1/machines", NULL, 0, 0, catalog_machines_get },
};
const struct route_table hub_catalog_routes = { rows, ARRAY_SIZE (rows) };
