/* workspaces_run_api.c - a workspace is started, stopped, restarted, kept running (docs/API.md) */

#include "hub/workspaces_api_private.h"

#include "base/jsonx.h"
#include "hub/audit.h"
#include "hub/hub.h"
#include "hub/params.h"
#include "hub/switch.h"
#include "hub/workspaces.h"
#include "store/workspace_store.h"

#include <string.h>

/* A start may say where. */
static int take_new_place (struct hub *h, const json_t *body, struct workspace_model *w,
                           struct err *err)
{
    struct workspace_model wish = { .id = "" };
    const char *machine, *env;
    if (params_str (body, "instance_type", 64, w->machine, &machine, err) ||
        params_str (body, "env", 64, w->environment, &env, err))
        return -1;
    if (!strcmp (machine, w->machine) && !strcmp (env, w->environment))
        return 0;
    autojson json_t *both = json_pack ("{s:s, s:s}", "instance_type", machine, "env", env);
    if (workspace_take_place (h, both, &wish, err)) {
        workspace_model_done (&wish);
        return -1;
    }
    free (w->machine);
    free (w->environment);
    w->machine = wish.machine;
    w->environment = wish.environment;
    return workspace_store_update (h->db, w, err);
}

void workspace_start (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || workspace_of (req, &w, &err) ||
        (!workspaces_live (h, w.id) && take_new_place (h, body, &w, &err)) ||
        workspaces_want (h, w.id, &err)) {
        http_fail (req, &err);
        return;
    }
    audit (req, "workspace.start", w.id, w.machine);
    workspace_reply (req, w.id, 200);
}

void workspace_stop (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (!workspace_meant (req, &w))
        return;
    autofree char *why = xasprintf ("%s stopped it", caller_of (req)->user.name);
    if (workspaces_end (h, w.id, LIFE_END_STOPPED, why, &err)) {
        http_fail (req, &err);
        return;
    }
    audit (req, "workspace.stop", w.id, NULL);
    workspace_reply (req, w.id, 200);
}

struct restart {
    struct http_req *req;
    char id[NAME_WORKSPACE_ID];
};

static void on_switched (void *arg, const struct switch_result *result,
                         const struct err *err)
{
    autofree struct restart *r = arg;
    struct hub *h = http_req_server (r->req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err gone;
    if (err || workspace_store_get (h->db, r->id, &w, &gone)) {
        http_fail (r->req, err ? err : &gone);
        return;
    }
    http_reply_json (r->req, 200,
                     json_pack ("{s:s, s:O, s:O, s:o}", "layer", result->layer, "because",
                                result->because, "lost", result->lost, "item",
                                workspaces_item (h, &w)));
}

void workspace_restart (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    const char *dry_run = http_req_arg (req, "dry_run");
    struct switch_wish wish = { .dry_run = dry_run && strcmp (dry_run, "0") != 0 };
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || workspace_of (req, &w, &err) ||
        params_str (body, "instance_type", 64, "", &wish.machine, &err) ||
        params_str (body, "env", 64, "", &wish.environment, &err) ||
        params_str (body, "layer", 16, "", &wish.layer, &err)) {
        http_fail (req, &err);
        return;
    }
    struct restart *r = xnew (struct restart);
    r->req = req;
    memcpy (r->id, w.id, sizeof (r->id));
    if (!wish.dry_run)
        audit (req, "workspace.restart", w.id, wish.machine);
    switch_workspace (h, &w, &wish, on_switched, r);
}

/* "I'm still working": its idle time begins anew. */
void workspace_keepalive (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    if (!workspace_meant (req, &w))
        return;
    workspaces_used (h, w.id, IDLE_KEPT);
    workspace_reply (req, w.id, 200);
}
