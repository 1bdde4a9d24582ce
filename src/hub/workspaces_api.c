/* workspaces_api.c - workspaces (floyd-contract 5.12, docs/API.md)
 *
 * Only the owner and admins get at a workspace: what runs in it has the owner's files.
 */

#include "hub/workspaces_api.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "hub/access.h"
#include "hub/audit.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/gateway.h"
#include "hub/hub_nouns.h"
#include "hub/params.h"
#include "hub/switch.h"
#include "hub/workspaces.h"
#include "model/git_url.h"
#include "model/names.h"
#include "store/project_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES 128
#define IDLE_DEFAULT_S 900
#define EACH_MAX 500 /* workspaces of one person */

/* ---- which ---------------------------------------------------------------------------------------- */

int workspace_of (struct http_req *req, struct workspace_model *ret, struct err *err)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    const char *id;
    if (params_name (req, "id", &id, err) || workspace_store_get (h->db, id, ret, err))
        return -1;
    if (c && (c->user.admin || !strcmp (c->user.id, ret->owner)))
        return 0;
    workspace_model_done (ret);
    return err_set (err, PROBLEM_NOT_FOUND, "there is no such workspace");
}

/* It as it is now. */
static void reply_item (struct http_req *req, const char *id, int status)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (workspace_store_get (h->db, id, &w, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, status, workspaces_item (h, &w));
}

static void note (struct http_req *req, const struct workspace_model *w, const char *what)
{
    struct hub *h = http_req_server (req);
    autodone (project_model_done) struct project_model p = { .id = "" };
    autojson json_t *item = workspaces_item (h, w);
    audit (req, what, w->id, w->name);
    if (project_store_get (h->db, w->project, &p, NULL) == 0)
        evstream_note (h, what, w->id, p.namespace, item);
}

/* ---- lists ---------------------------------------------------------------------------------------- */

struct listing {
    struct hub *h;
    json_t *list;
};

static void add_item (void *arg, const struct workspace_model *w)
{
    struct listing *to = arg;
    (void)json_array_append_new (to->list, workspaces_item (to->h, w));
}

/* *RET_OWNER NULL: everybody's. */
static int whose (struct http_req *req, const char **ret_owner, struct err *err)
{
    const struct caller *c = caller_of (req);
    bool all = http_req_arg (req, "all") != NULL;
    *ret_owner = all ? NULL : c->user.id;
    return all && !c->user.admin ? err_set (err, PROBLEM_FORBIDDEN,
                                            "Only an admin sees everybody's workspaces")
                                 : 0;
}

static int find_project (struct http_req *req, const char *name, bool change,
                         struct project_model *ret, struct err *err)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    autofree char *copy = xstrdup (name);
    char *slash = strchr (copy, '/'), *ns = slash ? copy : NULL, *last = copy;
    if (slash) {
        *slash = '\0';
        last = slash + 1;
        if (!strncmp (last, "projects/", 9))
            last += 9;
    }
    return change ? access_change_project (h, c, ns, last, ret, err)
                  : access_see_project (h, c, ns, last, ret, err);
}

static void workspaces_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (project_model_done) struct project_model p = { .id = "" };
    const char *family = http_req_arg (req, "family_id"), *owner;
    struct listing to = { h, json_array () };
    struct err err;
    bool of_project = family && *family;
    if (whose (req, &owner, &err) == 0 &&
        (!of_project || find_project (req, family, false, &p, &err) == 0) &&
        workspace_store_each (
            h->db, of_project ? p.id : NULL,
            of_project && access_namespace (h, caller_of (req), p.namespace) ? NULL : owner,
            add_item, &to, &err) == 0) {
        http_reply_json (req, 200, json_pack ("{s:o}", "workspaces", to.list));
        return;
    }
    json_decref (to.list);
    http_fail (req, &err);
}

void workspace_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (workspace_of (req, &w, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, 200, workspaces_item (h, &w));
}

/* ---- making ---------------------------------------------------------------------------------------- */

static void count_one (void *arg, const struct workspace_model *w)
{
    (void)w;
    ++*(size_t *)arg;
}

static int check_count (struct http_req *req, struct err *err)
{
    struct hub *h = http_req_server (req);
    size_t n = 0;
    if (workspace_store_each (h->db, NULL, caller_of (req)->user.id, count_one, &n, err))
        return -1;
    return n < EACH_MAX ? 0
                        : err_set (err, PROBLEM_INVALID,
                                   "You have %zu workspaces: delete some first", n);
}

static int take_git (const json_t *body, struct workspace_model *w, struct err *err)
{
    const char *url, *branch;
    struct git_url u;
    if (params_str (body, "git_url", GIT_URL_BYTES, "", &url, err) ||
        params_str (body, "git_branch", GIT_BRANCH_BYTES, "", &branch, err))
        return -1;
    if (*url && git_url_parse (url, &u, err) < 0)
        return -1;
    if (!git_branch_ok (branch))
        return err_set (err, PROBLEM_INVALID, "git_branch: is no name of a branch");
    w->git_url = *url ? xstrdup (url) : NULL;
    w->git_branch = xstrdup (branch);
    return 0;
}

/* "untitled", or the name of the repository. */
static char *default_name (const struct workspace_model *w)
{
    const char *end, *slash;
    if (!w->git_url)
        return xstrdup ("untitled");
    end = w->git_url + strlen (w->git_url);
    while (end > w->git_url && end[-1] == '/')
        end--;
    for (slash = end; slash > w->git_url && slash[-1] != '/';)
        slash--;
    if (end - slash > 4 && !strncmp (end - 4, ".git", 4))
        end -= 4;
    return end > slash && end - slash < NAME_BYTES
               ? xasprintf ("%.*s", (int)(end - slash), slash)
               : xstrdup ("untitled");
}

static int take_place (struct hub *h, const json_t *body, struct workspace_model *w,
                       struct err *err)
{
    const char *machine, *env;
    if (params_str (body, "instance_type", 64, "", &machine, err) ||
        params_str (body, "env", 64, "", &env, err))
        return -1;
    const struct machine *m = catalog_machine_here (h, machine, err);
    const struct environment *e = m ? catalog_environment (h, env, err) : NULL;
    if (!e)
        return -1;
    w->machine = xstrdup (m->name);
    w->environment = xstrdup (e->name);
    return 0;
}

static int fill_new (struct http_req *req, const json_t *body, struct workspace_model *w,
                     struct err *err)
{
    struct hub *h = http_req_server (req);
    autodone (project_model_done) struct project_model p = { .id = "" };
    const char *family, *name;
    if (params_wanted (body, "family_id", 512, &family, err) ||
        find_project (req, family, true, &p, err) || take_git (body, w, err) ||
        params_str (body, "name", NAME_BYTES, "", &name, err) ||
        take_place (h, body, w, err) || check_count (req, err))
        return -1;
    w->name = *name ? xstrdup (name) : default_name (w);
    if (name_check_title ("name", w->name, err))
        return -1;
    (void)snprintf (w->project, sizeof (w->project), "%s", p.id);
    (void)snprintf (w->owner, sizeof (w->owner), "%s", caller_of (req)->user.id);
    w->reason = xstrdup ("");
    w->idle_s = IDLE_DEFAULT_S;
    w->inputs = json_array ();
    return workspace_store_add (h->db, w, err);
}

static void workspaces_post (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    bool start;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || params_bool (body, "start", true, &start, &err) ||
        fill_new (req, body, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    note (req, &w, "workspace.create");
    if (start && workspaces_want (h, w.id, &err))
        http_fail (req, &err);
    else
        reply_item (req, w.id, 201);
}

/* ---- start, stop, restart ----------------------------------------------------------------------------- */

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
    if (take_place (h, both, &wish, err)) {
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
    reply_item (req, w.id, 200);
}

void workspace_stop (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (workspace_of (req, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    autofree char *why = xasprintf ("%s stopped it", caller_of (req)->user.name);
    if (workspaces_end (h, w.id, LIFE_END_STOPPED, why, &err)) {
        http_fail (req, &err);
        return;
    }
    audit (req, "workspace.stop", w.id, NULL);
    reply_item (req, w.id, 200);
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
    struct err err;
    if (workspace_of (req, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    workspaces_used (h, w.id, IDLE_KEPT);
    reply_item (req, w.id, 200);
}

/* ---- changing and removing ------------------------------------------------------------------------------- */

static void workspace_rename (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    const char *name;
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || workspace_of (req, &w, &err) ||
        params_wanted (body, "name", NAME_BYTES, &name, &err) ||
        name_check_title ("name", name, &err)) {
        http_fail (req, &err);
        return;
    }
    char *copy = xstrdup (name);
    free (w.name);
    w.name = copy;
    if (workspace_store_update (h->db, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    workspaces_reload (h, w.id);
    note (req, &w, "workspace.update");
    http_reply_json (req, 200, workspaces_item (h, &w));
}

static void on_removed (void *arg, const struct workspace_model *was, const struct err *err)
{
    struct http_req *req = arg;
    if (err) {
        http_fail (req, err);
        return;
    }
    gateway_forget (http_req_server (req), was->id);
    note (req, was, "workspace.delete");
    http_reply_empty (req, 204);
}

static void workspace_delete (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (workspace_of (req, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    autofree char *why = xasprintf ("%s deleted it", caller_of (req)->user.name);
    if (workspaces_remove (h, w.id, why, on_removed, req, &err))
        http_fail (req, &err);
}

/* ---- settings, configuration, metrics ---------------------------------------------------------------------- */

static json_t *settings_json (const struct workspace_model *w)
{
    return json_pack ("{s:o}", "idle_timeout_seconds",
                      w->idle_s < 0 ? json_null () : json_integer (w->idle_s));
}

void workspace_settings_get (struct http_req *req)
{
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (workspace_of (req, &w, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, 200, settings_json (&w));
}

static int take_idle (const json_t *body, int64_t *ret, struct err *err)
{
    static const int64_t choices[] = { 900, 1800, 3600, 7200 };
    const json_t *v = json_object_get (body, "idle_timeout_seconds");
    if (json_is_null (v)) {
        *ret = -1;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE (choices); i++)
        if (json_is_integer (v) && json_integer_value (v) == choices[i]) {
            *ret = choices[i];
            return 0;
        }
    return err_set (err, PROBLEM_INVALID,
                    "idle_timeout_seconds: expected 900, 1800, 3600, 7200 or null");
}

void workspace_settings_put (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || workspace_of (req, &w, &err) || take_idle (body, &w.idle_s, &err) ||
        workspace_store_update (h->db, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    workspaces_reload (h, w.id);
    note (req, &w, "workspace.update");
    http_reply_json (req, 200, settings_json (&w));
}

/* A scalar that YAML reads as the same text whatever it holds. */
static void add_yaml (struct buf *b, const char *key, const char *value)
{
    (void)buf_addf (b, "%s: ", key);
    (void)buf_add_json_string (b, value, strlen (value));
    (void)buf_adds (b, "\n");
}

void workspace_config_get (struct http_req *req)
{
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    autodone (buf_done) struct buf b;
    size_t i;
    json_t *input;
    struct err err;
    buf_init (&b, WORKSPACES_API_BODY);
    if (workspace_of (req, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    add_yaml (&b, "env", w.environment);
    if (json_array_size (w.inputs))
        (void)buf_adds (&b, "input:\n");
    json_array_foreach (w.inputs, i, input)
    {
        add_yaml (&b, "  - destination", jsonx_str (input, "destination", ""));
        add_yaml (&b, "    source", jsonx_str (input, "source", ""));
    }
    add_yaml (&b, "machine", w.machine);
    http_reply (req, 200, "text/yaml; charset=utf-8", b.data, b.len);
}

void workspace_metrics_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    int64_t since;
    struct err err;
    if (workspace_of (req, &w, &err) ||
        params_int (req, "since", 0, INT64_MAX, 0, &since, &err)) {
        http_fail (req, &err);
        return;
    }
    struct live *l = workspaces_live (h, w.id);
    if (l)
        live_watched (l);
    json_t *list = l ? samples_json (live_samples (l), (double)since) : json_array ();
    http_reply_json (req, 200, json_pack ("{s:o}", "samples", list));
}

#define AT "/api/v1/workspaces/{id}"
#define BODY WORKSPACES_API_BODY
static const struct route rows[] = {
    { HTTP_GET, "/api/v1/workspaces", NULL, 0, 0, workspaces_get },
    { HTTP_POST, "/api/v1/workspaces/", NULL, 0, BODY, workspaces_post },
    { HTTP_GET, AT, NULL, 0, 0, workspace_get },
    { HTTP_DELETE, AT, NULL, 0, 0, workspace_delete },
    { HTTP_POST, AT "/rename", NULL, 0, BODY, workspace_rename },
    { HTTP_POST, AT "/start", NULL, 0, BODY, workspace_start },
    { HTTP_POST, AT "/stop", NULL, 0, BODY, workspace_stop },
    { HTTP_POST, AT "/restart", NULL, 0, BODY, workspace_restart },
    { HTTP_POST, AT "/keepalive", NULL, 0, BODY, workspace_keepalive },
    { HTTP_GET, AT "/settings", NULL, 0, 0, workspace_settings_get },
    { HTTP_PUT, AT "/settings", NULL, 0, BODY, workspace_settings_put },
    { HTTP_GET, AT "/config", NULL, 0, 0, workspace_config_get },
    { HTTP_GET, AT "/metrics", NULL, 0, 0, workspace_metrics_get },
};
const struct route_table hub_workspaces_routes = { rows, ARRAY_SIZE (rows) };
