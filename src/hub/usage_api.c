/* usage_api.c - GET /api/v1/usage: seconds on machines, and what they cost
 *
 * Counted from the runs in the database (store/usage_store.h), which are written with the changes of state
 * that begin and end them: nothing is counted while a hub is away and nothing is lost with it.  Prices are
 * those of machines.yml today; a kind of machine that is not in it any more has none.
 */

#include "hub/hub_nouns.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "hub/caller.h"
#include "hub/catalog.h"
#include "hub/params.h"
#include "hub/usage_span.h"
#include "store/usage_store.h"
#include "store/user_store.h"

#include <math.h>
#include <string.h>

struct report {
    struct hub *h;
    bool by_workspace;
    json_t *rows; /* object: key of the row -> row */
    int64_t seconds;
    double cost;
};

/* ---- rows ----------------------------------------------------------------------------------------- */

/* -1: not known. */
static double cost_of (struct hub *h, const char *machine, int64_t seconds)
{
    const struct machines *ms = catalog_machines (h);
    const struct machine *m = ms ? machines_find (ms, machine) : NULL;
    return m ? m->price_per_hour * (double)seconds / 3600 : -1;
}

static json_t *money (double amount)
{
    return amount < 0 ? json_null () : json_real (round (amount * 10000) / 10000);
}

static json_t *new_row (const struct report *r, const struct usage_row *u)
{
    json_t *row =
        json_pack ("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:b}", "user", u->user, "namespace",
                   u->namespace, "machine", u->machine, "seconds", 0, "workspaces", 0,
                   "cpu_seconds", 0, "memory_peak", 0, "running", false);
    if (r->by_workspace) {
        jsonx_set_str (row, "workspace", u->workspace);
        jsonx_set_str (row, "name", u->name);
    }
    return row;
}

static void raise_by (json_t *row, const char *key, int64_t by)
{
    (void)json_object_set_new (row, key, json_integer (jsonx_int (row, key, 0) + by));
}

static void add_row (void *arg, const struct usage_row *u)
{
    struct report *r = arg;
    autofree char *key =
        xasprintf ("%s\n%s\n%s", u->user, u->machine, r->by_workspace ? u->workspace : "");
    json_t *row = json_object_get (r->rows, key);
    double cost = cost_of (r->h, u->machine, u->seconds);
    if (!row) {
        row = new_row (r, u);
        (void)json_object_set_new (r->rows, key, row);
    }
    raise_by (row, "seconds", u->seconds);
    raise_by (row, "workspaces", 1);
    raise_by (row, "cpu_seconds", u->cpu_us / CLOCK_S);
    if ((int64_t)u->memory_peak > jsonx_int (row, "memory_peak", 0))
        (void)json_object_set_new (row, "memory_peak",
                                   json_integer ((json_int_t)u->memory_peak));
    if (u->goes_on)
        (void)json_object_set_new (row, "running", json_true ());
    (void)json_object_set_new (
        row, "cost", money (cost_of (r->h, u->machine, jsonx_int (row, "seconds", 0))));
    r->seconds += u->seconds;
    r->cost += cost > 0 ? cost : 0;
}

static json_t *rows_list (const struct report *r)
{
    json_t *list = json_array (), *row;
    const char *key;
    json_object_foreach (r->rows, key, row) (void) json_array_append (list, row);
    return list;
}

/* ---- the request ------------------------------------------------------------------------------------ */

/* One's own; an admin may ask for somebody else's or everybody's. */
static int whose (struct http_req *req, struct user_model *u, struct usage_filter *f,
                  struct err *err)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    const char *user = http_req_arg (req, "user");
    bool all = http_req_arg (req, "all") != NULL;
    f->user = all ? NULL : c->user.id;
    if ((all || user) && !c->user.admin)
        return err_set (err, PROBLEM_FORBIDDEN, "Only an admin sees what others used");
    if (!user)
        return 0;
    if (user_store_find (h->db, user, u, err))
        return -1;
    f->user = u->id;
    return 0;
}

static json_t *report_json (const struct report *r, const struct usage_filter *f)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    return json_pack ("{s:s, s:s, s:I, s:o, s:o}", "from",
                      clock_iso_z (f->from * CLOCK_S, from), "to",
                      clock_iso_z (f->to * CLOCK_S, to), "seconds", (json_int_t)r->seconds,
                      "cost", money (r->cost), "rows", rows_list (r));
}

static void usage_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (user_model_done) struct user_model u = { .id = "" };
    const char *by = http_req_arg (req, "by");
    struct report r = { .h = h, .by_workspace = by && !strcmp (by, "workspace") };
    struct usage_filter f = { .now = clock_wall_us () / CLOCK_S };
    struct err err;
    autojson json_t *rows = r.rows = json_object ();
    f.workspace = http_req_arg (req, "workspace");
    f.namespace = http_req_arg (req, "namespace");
    if (usage_span (http_req_arg (req, "from"), http_req_arg (req, "to"), f.now, &f.from,
                    &f.to, &err) ||
        whose (req, &u, &f, &err) || usage_store_each (h->db, &f, add_row, &r, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, 200, report_json (&r, &f));
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/usage", NULL, 0, 0, usage_get },
};
const struct route_table hub_usage_routes = { rows, ARRAY_SIZE (rows) };
