/* gateway_api.c - the rows of the labs origin: the way in, the hub's own calls for the page of a workspace, and
 * everything else, which is the workspace's server's
 *
 * gate_labs.h says what has been checked before any of these is called.
 */

#include "hub/gateway.h"

#include "base/path.h"
#include "base/url.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/gate_hub.h"
#include "hub/gate_labs.h"
#include "hub/hub_nouns.h"
#include "hub/workspaces.h"
#include "hub/workspaces_api.h"
#include "http/files.h"
#include "store/workspace_store.h"

#include <string.h>

#define ALL                                                                                \
    (HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS)
#define HERE                                                                               \
    "/notebooks/{id}/labwright/" /* same handlers as below /api/v1/workspaces/{id}/ */
#define RELAYED_MAX ((size_t)1 << 40)

static const char *id_of (const struct http_req *req)
{
    return http_req_param (req, "id", NULL);
}

/* ---- the way in --------------------------------------------------------------------------------- */

static void go_to (struct http_req *req, const char *location)
{
    http_header_set (req, "Cache-Control", "no-store");
    http_header_set (req, "Referrer-Policy", "no-referrer");
    http_redirect (req, 302, location);
}

static bool has_pass (struct http_req *req)
{
    struct pass pass;
    return pass_of_request (req, id_of (req), &pass) &&
           pass_stands (http_req_server (req), id_of (req), &pass);
}

static char *next_of (struct http_req *req)
{
    struct workspace_model w = { .task = "" };
    (void)snprintf (w.id, sizeof (w.id), "%s", id_of (req));
    return pass_next (&w, http_req_arg (req, "next"));
}

static void explain_cookies (struct http_req *req, const char *next)
{
    static const char page[] =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<title>Cookies are needed</title>\n<h1>Cookies are needed</h1>\n"
        "<p>Your browser did not keep the cookie that lets you into this workspace. "
        "Allow cookies for this address, then <a href=\"%s\">try again</a>.</p>\n";
    autofree char *way = gate_labs_way_in (req, id_of (req), next);
    autofree char *text = xasprintf (page, way);
    http_reply (req, 403, "text/html; charset=utf-8", text, strlen (text));
}

/* In two steps, so that a browser without cookies is told instead of being sent round for ever. */
static void enter_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const char *token = http_req_arg (req, "token");
    autofree char *next = next_of (req);
    struct pass pass;
    if (http_req_method (req) == HTTP_HEAD) {
        http_reply_empty (req, 204);
    } else if (token && !pass_take (h->passes, id_of (req), token, &pass, NULL)) {
        autofree char *encoded = url_encode_all (next);
        autofree char *location =
            xasprintf ("/notebooks/%s/_enter?next=%s", id_of (req), encoded);
        pass_set_cookie (req, id_of (req), &pass);
        go_to (req, location);
    } else if (has_pass (req)) {
        go_to (req, next);
    } else if (token) {
        autofree char *location = gate_labs_way_in (req, id_of (req), next);
        go_to (req, location);
    } else {
        explain_cookies (req, next);
    }
}

/* The pass is bound to the path with its slash. */
static void bare_get (struct http_req *req)
{
    autofree char *location = xasprintf ("/notebooks/%s/lab", id_of (req));
    go_to (req, location);
}

/* ---- for the page of a workspace ------------------------------------------------------------------ */

static void events_get (struct http_req *req)
{
    evstream_listen (req, id_of (req));
}

/* ---- of the waiting page -------------------------------------------------------------------------- */

static void reply_file (struct http_req *req, const char *name)
{
    const struct hub *h = http_req_server (req);
    autofree char *dir = path_join (h->data_dir, "static/hub");
    autofree char *os = path_join (dir, name);
    files_reply (req, os, NULL, NULL, FILES_NO_CACHE | FILES_STATIC_TYPES);
}

static void script_get (struct http_req *req)
{
    reply_file (req, "waiting.js");
}

static void style_get (struct http_req *req)
{
    reply_file (req, "waiting.css");
}

/* ---- the rest -------------------------------------------------------------------------------------- */

/* What a person does shows in files that are written, kernels that are started..., and in pages that are gone to.
 * What an open page asks by itself only reads, but for its layout (lab/api/workspaces), which it writes now and then. */
static void note_use (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const char *mode = http_req_header (req, "Sec-Fetch-Mode");
    const char *path = http_req_param (req, "path", NULL);
    if (!(http_req_method (req) & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)) && path &&
        !strncmp (path, "api/", 4))
        workspaces_used (h, id_of (req), IDLE_CHANGED);
    else if (mode && !strcmp (mode, "navigate"))
        workspaces_used (h, id_of (req), IDLE_OPENED);
}

static void relay (struct http_req *req)
{
    note_use (req);
    gateway_relay (http_req_user (req), req);
}

static const struct route rows[] = {
    { HTTP_GET, "/notebooks/{id}", NULL, ROUTE_LABS | ROUTE_PUBLIC | ROUTE_PAGE, 0,
      bare_get },
    { HTTP_GET, "/notebooks/{id}/_enter", NULL, ROUTE_LABS | ROUTE_PUBLIC | ROUTE_PAGE, 0,
      enter_get },
    { HTTP_GET, HERE, NULL, ROUTE_LABS, 0, workspace_get },
    { HTTP_POST, HERE "start", NULL, ROUTE_LABS, WORKSPACES_API_BODY, workspace_start },
    { HTTP_POST, HERE "stop", NULL, ROUTE_LABS, WORKSPACES_API_BODY, workspace_stop },
    { HTTP_POST, HERE "restart", NULL, ROUTE_LABS, WORKSPACES_API_BODY, workspace_restart },
    { HTTP_POST, HERE "keepalive", NULL, ROUTE_LABS, WORKSPACES_API_BODY,
      workspace_keepalive },
    { HTTP_GET, HERE "settings", NULL, ROUTE_LABS, 0, workspace_settings_get },
    { HTTP_PUT, HERE "settings", NULL, ROUTE_LABS, WORKSPACES_API_BODY,
      workspace_settings_put },
    { HTTP_GET, HERE "config", NULL, ROUTE_LABS, 0, workspace_config_get },
    { HTTP_GET, HERE "metrics", NULL, ROUTE_LABS, 0, workspace_metrics_get },
    { HTTP_GET, HERE "machines", NULL, ROUTE_LABS, 0, catalog_machines_get },
    { HTTP_GET, HERE "env", NULL, ROUTE_LABS, 0, catalog_env_get },
    { HTTP_GET, HERE "events", NULL, ROUTE_LABS, 0, events_get },
    { HTTP_GET, HERE "waiting.js", NULL, ROUTE_LABS, 0, script_get },
    { HTTP_GET, HERE "waiting.css", NULL, ROUTE_LABS, 0, style_get },
    { ALL, "/notebooks/{id}/{path**}", NULL, ROUTE_LABS | ROUTE_STREAM | ROUTE_PAGE,
      RELAYED_MAX, relay },
};
const struct route_table hub_gateway_routes = { rows, ARRAY_SIZE (rows) };
