/* workspaces_api.c - workspaces: which there are, making, renaming and deleting them (floyd-contract 5.12, docs/API.md)
 *
 * Only the owner and admins get at a workspace: what runs in it has the owner's files.
 */

#include "hub/workspaces_api_private.h"

#include "base/jsonx.h"
#include "hub/access.h"
#include "hub/audit.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/gateway.h"
#include "hub/hub_nouns.h"
#include "hub/params.h"
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

bool workspace_meant (struct http_req *req, struct workspace_model *ret)
{
    struct err err;
    if (workspace_of (req, ret, &err) == 0)
        return true;
    http_fail (req, &err);
    return false;
}

void workspace_reply (struct http_req *req, const char *id, int status)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (workspace_store_get (h->db, id, &w, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, status, workspaces_item (h, &w));
}

void workspace_note (struct http_req *req, const struct workspace_model *w,
                     const char *what)
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
    if (workspace_meant (req, &w))
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

int workspace_take_place (struct hub *h, const json_t *body, struct workspace_model *w,
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
        workspace_take_place (h, body, w, err) || check_count (req, err))
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
    workspace_note (req, &w, "workspace.create");
    if (start && workspaces_want (h, w.id, &err))
        http_fail (req, &err);
    else
        workspace_reply (req, w.id, 201);
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
    workspace_note (req, &w, "workspace.update");
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
    workspace_note (req, was, "workspace.delete");
    http_reply_empty (req, 204);
}

static void workspace_delete (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    if (!workspace_meant (req, &w))
        return;
    autofree char *why = xasprintf ("%s deleted it", caller_of (req)->user.name);
    if (workspaces_remove (h, w.id, why, on_removed, req, &err))
        http_fail (req, &err);
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
