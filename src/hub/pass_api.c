/* pass_api.c - the hub's side of the way into a workspace: tokens for its owner
 *
 * GET /api/v1/workspaces/{id}/url answers {"url"}, for programs and pages; .../enter goes there, for a browser that
 * came to the labs origin without a pass.
 */

#include "hub/gateway.h"

#include "base/url.h"
#include "hub/access.h"
#include "hub/gate_hub.h"
#include "hub/hub_nouns.h"
#include "hub/params.h"
#include "store/workspace_store.h"

#include <string.h>

/* Only the owner goes in; to others it is there if they may see its project. */
static int find_own (struct http_req *req, struct workspace_model *ret, struct err *err)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    struct project_model p;
    const char *id;
    if (params_name (req, "id", &id, err))
        return -1;
    if (workspace_store_get (h->db, id, ret, err))
        return err_set (err, PROBLEM_NOT_FOUND, "There is no such workspace");
    if (!strcmp (ret->owner, c->user.id))
        return 0;
    bool seen = !access_see_project (h, c, NULL, ret->project, &p, NULL);
    if (seen)
        project_model_done (&p);
    workspace_model_done (ret);
    return seen ? err_set (err, PROBLEM_FORBIDDEN,
                           "Only the owner of a workspace may go into it")
                : err_set (err, PROBLEM_NOT_FOUND, "There is no such workspace");
}

/* The address that lets the caller in, once; malloc'ed. */
static char *way_in (struct http_req *req, struct err *err)
{
    struct hub *h = http_req_server (req);
    struct workspace_model w;
    if (find_own (req, &w, err))
        return NULL;
    autofree char *next = pass_next (&w, http_req_arg (req, "next"));
    autofree char *encoded = url_encode_all (next);
    autofree char *labs = site_labs_url (&h->site, w.id);
    autofree char *token = pass_token (h->passes, w.id, caller_of (req));
    char *url =
        xasprintf ("%s/notebooks/%s/_enter?token=%s&next=%s", labs, w.id, token, encoded);
    workspace_model_done (&w);
    return url;
}

static void url_get (struct http_req *req)
{
    struct err err;
    autofree char *url = way_in (req, &err);
    if (url)
        http_reply_json (req, 200, json_pack ("{s:s}", "url", url));
    else
        http_fail (req, &err);
}

static void enter_get (struct http_req *req)
{
    struct err err;
    autofree char *url = way_in (req, &err);
    if (!url) {
        http_fail (req, &err);
        return;
    }
    http_header_set (req, "Cache-Control", "no-store");
    http_header_set (req, "Referrer-Policy", "no-referrer");
    http_redirect (req, 302, url);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/workspaces/{id}/url", NULL, 0, 0, url_get },
    { HTTP_GET, "/api/v1/workspaces/{id}/enter", NULL, ROUTE_PAGE, 0, enter_get },
};
const struct route_table hub_pass_routes = { rows, ARRAY_SIZE (rows) };
