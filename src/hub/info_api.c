/* info_api.c - what the hub says of itself: cli_version and who is logged in
 *
 * GET /api/v1/cli_version is what every call of the original CLI begins with (floyd-contract 2.4); it must
 * never fail.  GET /api/v1/session is what a page of ours begins with: it also hands out the XSRF token.
 */

#include "hub/hub_nouns.h"

#include "base/jsonx.h"
#include "hub/caller.h"
#include "hub/first_admin.h"
#include "hub/xsrf_hub.h"

/* The newest release of the original CLI: it stays silent. */
#define FLOYD_CLI "0.11.17"

static void cli_version_get (struct http_req *req)
{
    json_t *j = json_object ();
    jsonx_set_str (j, "latest_version", FLOYD_CLI);
    jsonx_set_str (j, "min_version", "0.0.1");
    jsonx_set_str (j, "labwright_version", LABWRIGHT_VERSION);
    http_reply_json (req, 200, j);
}

/* Nobody may be one whom a broken database does not show: a page would lead to the login. */
static bool could_ask (struct http_req *req, struct err *err)
{
    struct caller *c = NULL;
    int rc = caller_identify (http_req_server (req), req, &c, err);
    caller_free (c);
    return rc == 0 || err->problem == PROBLEM_UNAUTHENTICATED;
}

static void session_get (struct http_req *req)
{
    const struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    struct err err;
    if (!c && !could_ask (req, &err)) {
        http_fail (req, &err);
        return;
    }
    json_t *j = json_object ();
    (void)json_object_set_new (j, "user", c ? user_model_json (&c->user) : json_null ());
    (void)json_object_set_new (j, "setup",
                               json_boolean (first_admin_is_open (h->first_admin)));
    jsonx_set_str (j, "hub_url", h->site.hub);
    jsonx_set_str (j, "labs_url", h->site.labs);
    jsonx_set_str (j, "version", LABWRIGHT_VERSION);
    if (!c || c->by == CALLER_BY_COOKIE)
        xsrf_hub_issue (req, c ? c->login : NULL);
    http_reply_json (req, 200, j);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/cli_version", NULL, ROUTE_PUBLIC, 0, cli_version_get },
    { HTTP_GET, "/api/v1/session", NULL, ROUTE_PUBLIC, 0, session_get },
};
const struct route_table hub_info_routes = { rows, ARRAY_SIZE (rows) };
