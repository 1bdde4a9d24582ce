/* now_api.c - GET /api/v1/admin/now: who uses what in this moment, and whether this host can give more
 *
 * What it reads of the host is a line of /proc and one statvfs of the state directory, which is local: the loop
 * may wait for it.
 */

#include "hub/hub_nouns.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "hub/catalog.h"
#include "hub/workspaces.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define MEMINFO_MAX 8192

struct now {
    struct hub *h;
    json_t *workspaces;
    json_t *queued; /* name of a machine: how many wait for it */
};

static void add_workspace (void *arg, struct live *l)
{
    struct now *n = arg;
    const struct workspace_model *w = live_model (l);
    const struct sample *s = samples_last (live_samples (l));
    json_t *item = workspaces_item (n->h, w);
    (void)json_object_set_new (item, "sample", s ? sample_json (s) : json_null ());
    (void)json_array_append_new (n->workspaces, item);
    if (w->state == WORKSPACE_QUEUED)
        (void)json_object_set_new (n->queued, w->machine,
                                   json_integer (jsonx_int (n->queued, w->machine, 0) + 1));
}

static json_t *machines_list (const struct now *n)
{
    const struct machines *ms = catalog_machines (n->h);
    json_t *list = json_array ();
    struct slots s;
    workspaces_slots (n->h, &s);
    for (size_t i = 0; i < ms->n; i++) {
        const struct machine *m = &ms->v[i];
        (void)json_array_append_new (
            list, json_pack ("{s:s, s:i, s:i, s:I}", "name", m->name, "slots",
                             (int)m->slots, "in_use", (int)slots_taken (&s, m), "queued",
                             (json_int_t)jsonx_int (n->queued, m->name, 0)));
    }
    slots_done (&s);
    return list;
}

static uint64_t memory_free (void)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, MEMINFO_MAX);
    const char *at = fd_read_file ("/proc/meminfo", &b, NULL) == 0 && b.data
                         ? strstr (b.data, "\nMemAvailable:")
                         : NULL;
    return at ? strtoull (at + 14, NULL, 10) << 10 : 0;
}

static json_t *host_json (struct hub *h)
{
    const struct machine_host *host = catalog_host (h);
    struct statvfs fs = { .f_frsize = 0 };
    double load = 0;
    (void)getloadavg (&load, 1);
    (void)statvfs (h->state_dir, &fs);
    return json_pack ("{s:f, s:f, s:I, s:I, s:I, s:I}", "cpus", host->cpus, "load", load,
                      "memory", (json_int_t)host->memory, "memory_free",
                      (json_int_t)memory_free (), "disk",
                      (json_int_t)(fs.f_blocks * fs.f_frsize), "disk_free",
                      (json_int_t)(fs.f_bavail * fs.f_frsize));
}

static void now_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autojson json_t *queued = json_object ();
    struct now n = { h, json_array (), queued };
    workspaces_each (h, add_workspace, &n);
    http_reply_json (req, 200,
                     json_pack ("{s:o, s:o, s:o, s:o}", "workspaces", n.workspaces,
                                "machines", machines_list (&n), "spawner",
                                workspaces_spawner_json (h), "host", host_json (h)));
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/admin/now", NULL, ROUTE_ADMIN, 0, now_get },
};
const struct route_table hub_now_routes = { rows, ARRAY_SIZE (rows) };
