/* projects_api.c - projects (floyd-contract 2.5)
 *
 * A project is named by namespace and name, as the original CLI does, by the full name with "projects" in
 * the middle, or by its id.  Names that are taken or bad are 400 with words.
 */

#include "hub/hub_nouns.h"

#include "base/jsonx.h"
#include "base/utf8.h"
#include "hub/access.h"
#include "hub/audit.h"
#include "hub/evstream.h"
#include "hub/params.h"
#include "model/names.h"
#include "store/project_store.h"

#include <string.h>

#define BODY_MAX (512 * 1024)
#define DESCRIPTION_MAX 4096
#define NOTES_MAX (256 * 1024)
#define TAGS_MAX 20
#define TAG_BYTES 40

/* ---- reading ---------------------------------------------------------------------------------- */

static int which (struct http_req *req, const char **ret_ns, const char **ret_name,
                  struct err *err)
{
    *ret_ns = NULL;
    if (http_req_param (req, "ns", NULL) && params_name (req, "ns", ret_ns, err))
        return -1;
    return params_name (req, "name", ret_name, err);
}

static int see (struct http_req *req, struct project_model *ret, struct err *err)
{
    const char *ns, *name;
    return which (req, &ns, &name, err) ||
                   access_see_project (http_req_server (req), caller_of (req), ns, name,
                                       ret, err)
               ? -1
               : 0;
}

static int change (struct http_req *req, struct project_model *ret, struct err *err)
{
    const char *ns, *name;
    return which (req, &ns, &name, err) ||
                   access_change_project (http_req_server (req), caller_of (req), ns, name,
                                          ret, err)
               ? -1
               : 0;
}

static void add_project (void *arg, const struct project_model *p)
{
    (void)json_array_append_new (arg, project_model_json (p));
}

static void projects_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const char *ns = http_req_arg (req, "namespace");
    struct err err;
    json_t *list = json_array ();
    if (!project_store_each (h->db, caller_of (req)->user.id, ns && *ns ? ns : NULL,
                             add_project, list, &err)) {
        http_reply_json (req, 200, json_pack ("{s:o}", "projects", list));
        return;
    }
    json_decref (list);
    http_fail (req, &err);
}

static void project_get (struct http_req *req)
{
    autodone (project_model_done) struct project_model p = { .id = "" };
    struct err err;
    if (see (req, &p, &err))
        http_fail (req, &err);
    else
        http_reply_json (req, 200, project_model_json (&p));
}

/* ---- what a request may set -------------------------------------------------------------------- */

static void set_text (char **at, const char *text)
{
    char *copy = xstrdup (text);
    free (*at);
    *at = copy;
}

static int take_text (const json_t *body, const char *key, size_t max, char **at,
                      struct err *err)
{
    const char *text;
    if (params_str (body, key, max, *at ? *at : "", &text, err))
        return -1;
    set_text (at, text);
    return 0;
}

static int check_tag (const json_t *tag, struct err *err)
{
    const char *s = json_string_value (tag);
    if (!s || !*s || json_string_length (tag) > TAG_BYTES ||
        strlen (s) != json_string_length (tag))
        return err_set (err, PROBLEM_INVALID, "tags: each is a text of 1 to %d bytes",
                        TAG_BYTES);
    return 0;
}

static int take_tags (const json_t *body, json_t **at, struct err *err)
{
    json_t *tags = json_object_get (body, "tags"), *tag;
    size_t i;
    if (!tags || json_is_null (tags)) {
        if (!*at)
            *at = json_array ();
        return 0;
    }
    if (!json_is_array (tags) || json_array_size (tags) > TAGS_MAX)
        return err_set (err, PROBLEM_INVALID, "tags: expected at most %d texts", TAGS_MAX);
    json_array_foreach (tags, i, tag)
    {
        if (check_tag (tag, err))
            return -1;
    }
    json_decref (*at);
    *at = json_incref (tags);
    return 0;
}

static int take_fields (const json_t *body, struct project_model *p, struct err *err)
{
    return take_text (body, "description", DESCRIPTION_MAX, &p->description, err) ||
                   take_text (body, "notes", NOTES_MAX, &p->notes, err) ||
                   params_bool (body, "public", p->public, &p->public, err) ||
                   take_tags (body, &p->tags, err)
               ? -1
               : 0;
}

/* ---- writing ----------------------------------------------------------------------------------- */

/* Audit, event, answer. */
static void done (struct http_req *req, const struct project_model *p, const char *what,
                  int status)
{
    struct hub *h = http_req_server (req);
    autofree char *full = xasprintf ("%s/projects/%s", p->namespace, p->name);
    json_t *j = project_model_json (p);
    audit (req, what, full, NULL);
    evstream_note (h, what, p->id, p->namespace, j);
    if (status == 204)
        http_reply_empty (req, 204);
    else
        http_reply_json (req, status, json_incref (j));
    json_decref (j);
}

/* Where C makes projects: NS, or by default his own namespace. */
static int check_namespace (struct hub *h, const struct caller *c, const char *ns,
                            struct err *err)
{
    if (access_namespace (h, c, ns))
        return 0;
    return err_set (err, PROBLEM_FORBIDDEN, "You do not belong to the namespace %s", ns);
}

static int create (struct http_req *req, const json_t *body, struct project_model *p,
                   struct err *err)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    const char *name, *ns;
    if (params_wanted (body, "name", 200, &name, err) ||
        name_check ("project", name, err) ||
        params_str (body, "namespace", 200, c->user.name, &ns, err) ||
        check_namespace (h, c, ns, err))
        return -1;
    p->name = xstrdup (name);
    p->namespace = xstrdup (ns);
    return take_fields (body, p, err) || project_store_add (h->db, p, err) ? -1 : 0;
}

static void projects_post (struct http_req *req)
{
    autodone (project_model_done) struct project_model p = { .id = "" };
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || create (req, body, &p, &err))
        http_fail (req, &err);
    else
        done (req, &p, "project.create", 201);
}

static int update (struct http_req *req, const json_t *body, struct project_model *p,
                   struct err *err)
{
    struct hub *h = http_req_server (req);
    const char *name;
    if (change (req, p, err) || params_str (body, "name", 200, p->name, &name, err) ||
        name_check ("project", name, err) || take_fields (body, p, err))
        return -1;
    if (strcmp (name, p->name) != 0)
        set_text (&p->name, name);
    return project_store_update (h->db, p, err);
}

static void project_patch (struct http_req *req)
{
    autodone (project_model_done) struct project_model p = { .id = "" };
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || update (req, body, &p, &err))
        http_fail (req, &err);
    else
        done (req, &p, "project.update", 200);
}

static void project_delete (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (project_model_done) struct project_model p = { .id = "" };
    struct err err;
    if (change (req, &p, &err) || project_store_delete (h->db, p.id, &err))
        http_fail (req, &err);
    else
        done (req, &p, "project.delete", 204);
}

#define ONE(path)                                                                          \
    { HTTP_GET, path, NULL, ROUTE_PUBLIC, 0, project_get },                                \
        { HTTP_PATCH, path, NULL, 0, BODY_MAX, project_patch },                            \
    {                                                                                      \
        HTTP_DELETE, path, NULL, 0, 0, project_delete                                      \
    }

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/projects", NULL, 0, 0, projects_get },
    { HTTP_POST, "/api/v1/projects/", NULL, 0, BODY_MAX, projects_post },
    ONE ("/api/v1/projects/{name}"),
    ONE ("/api/v1/projects/{ns}/projects/{name}"),
    ONE ("/api/v1/projects/{ns}/{name}"),
};
const struct route_table hub_projects_routes = { rows, ARRAY_SIZE (rows) };
