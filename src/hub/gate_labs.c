/* gate_labs.c - what happens to every request of the labs origin before its handler */

#include "hub/gate_labs.h"

#include "base/url.h"
#include "hub/gate_hub.h"
#include "hub/gateway.h"

#include <string.h>
#include <strings.h>

#define SAFE_METHODS (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)

/* ---- which workspace -------------------------------------------------------------------------- */

/* Labs may be one host for each workspace. */
static bool is_own_origin (const struct hub *h, const char *id, const char *origin)
{
    autofree char *own = site_labs_url (&h->site, id);
    return !strcasecmp (own, origin);
}

static bool is_own_host (const struct hub *h, const struct http_req *req, const char *id)
{
    const char *host = http_req_header (req, "Host");
    autofree char *origin =
        xasprintf ("%s://%s", h->site.labs[4] == 's' ? "https" : "http", host ? host : "");
    return !strstr (h->site.labs, "{workspace}") || is_own_origin (h, id, origin);
}

char *gate_labs_way_in (const struct http_req *req, const char *id, const char *next)
{
    const struct hub *h = http_req_server (req);
    autofree char *encoded = url_encode_all (next ? next : "");
    return xasprintf ("%s/api/v1/workspaces/%s/enter?next=%s", h->site.hub, id, encoded);
}

static int refuse_stranger (struct http_req *req, const char *id)
{
    if (!gate_labs_is_page (req))
        return gate_hub_refuse (req, PROBLEM_UNAUTHENTICATED,
                                "Open this workspace from its page on the hub");
    autofree char *location = gate_labs_way_in (req, id, http_req_target (req));
    http_header_set (req, "Cache-Control", "no-store");
    http_redirect (req, 302, location);
    return -1;
}

/* The id of a task is another name of its workspace: the hub knows which. */
static int refuse_id (struct http_req *req, const char *id, size_t n)
{
    if (id && n == IDENT_SHORT && ident_is_short (id, n) && gate_labs_is_page (req))
        return refuse_stranger (req, id);
    return gate_hub_refuse (req, PROBLEM_NOT_FOUND, "There is nothing at this address");
}

/* ---- what sent it ----------------------------------------------------------------------------- */

static bool is_navigation (const struct http_req *req)
{
    const char *mode = http_req_header (req, "Sec-Fetch-Mode");
    const char *dest = http_req_header (req, "Sec-Fetch-Dest");
    return http_req_method (req) & (HTTP_GET | HTTP_HEAD) && mode &&
           !strcmp (mode, "navigate") && dest && !strcmp (dest, "document");
}

bool gate_labs_is_page (const struct http_req *req)
{
    const char *accept = http_req_header (req, "Accept");
    if (http_req_wants_upgrade (req) || !(http_req_method (req) & (HTTP_GET | HTTP_HEAD)))
        return false;
    if (http_req_header (req, "Sec-Fetch-Mode"))
        return is_navigation (req);
    return accept && strstr (accept, "text/html");
}

/* May a page of another origin send this? */
static bool is_for_strangers (const struct http_req *req, const struct route *route)
{
    return route->flags & (ROUTE_STREAM | ROUTE_PUBLIC) && is_navigation (req);
}

static int check_sender (const struct hub *h, struct http_req *req,
                         const struct route *route, const char *id)
{
    const char *from = http_req_header (req, "Sec-Fetch-Site");
    const char *origin = http_req_header (req, "Origin");
    if (from && strcmp (from, "same-origin") && strcmp (from, "none") &&
        !is_for_strangers (req, route))
        return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                                "Another site's page may not ask this (Sec-Fetch-Site)");
    if (!origin && http_req_wants_upgrade (req))
        origin = http_req_header (req, "Sec-WebSocket-Origin");
    if (origin && !is_own_origin (h, id, origin))
        return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                                "Another site's page may not ask this (Origin)");
    if (route->flags & ROUTE_STREAM)
        return 0;
    if (http_req_wants_upgrade (req))
        return gate_hub_refuse (req, PROBLEM_INVALID, "There is no websocket here");
    const char *ours = http_req_header (req, "X-Labwright");
    if (!(http_req_method (req) & SAFE_METHODS) && (!ours || strcmp (ours, "1") != 0))
        return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                                "the header X-Labwright is missing");
    return 0;
}

/* ---- who asks ----------------------------------------------------------------------------------- */

/* As a program that has a key. */
static bool pass_of_key (struct hub *h, struct http_req *req, struct pass *ret)
{
    autocleanup (caller_free) struct caller *c = NULL;
    if (!http_req_header (req, "Authorization") || caller_identify (h, req, &c, NULL) || !c)
        return false;
    *ret = (struct pass){ .expires = INT64_MAX };
    memcpy (ret->user, c->user.id, sizeof (ret->user));
    memcpy (ret->proof, c->proof, sizeof (ret->proof));
    return true;
}

static int check_pass (struct hub *h, struct http_req *req, const struct route *route,
                       const char *id)
{
    struct pass pass;
    struct door *door = NULL;
    if (pass_of_request (req, id, &pass) || pass_of_key (h, req, &pass))
        door = gateway_door (h->gateway, id, &pass);
    if (!door)
        return refuse_stranger (req, id);
    if (route->flags & ROUTE_STREAM) {
        http_req_set_user (req, door, NULL);
        return 0;
    }
    struct caller *c = caller_by_pass (h, pass.user, pass.proof);
    if (!c)
        return refuse_stranger (req, id);
    http_req_set_user (req, c, (void (*) (void *))caller_free);
    return 0;
}

int gate_labs_check (struct http_req *req, const struct route *route)
{
    struct hub *h = http_req_server (req);
    size_t n = 0;
    const char *id = http_req_param (req, "id", &n);
    if (!id || strlen (id) != n || !name_is_workspace_id (id))
        return refuse_id (req, id, n);
    if (!is_own_host (h, req, id))
        return gate_hub_refuse (req, PROBLEM_NOT_FOUND, "There is nothing at this address");
    if (check_sender (h, req, route, id))
        return -1;
    return route->flags & ROUTE_PUBLIC ? 0 : check_pass (h, req, route, id);
}
