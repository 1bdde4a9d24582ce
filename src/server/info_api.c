/* info_api.c - small rows about the server: version, status, description, CSP reports,
 * shutdown (contract 3.1) */

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "http/files.h"
#include "http/http.h"
#include "server/activity.h"
#include "server/nouns.h"
#include "server/server.h"

#include <ctype.h>

#define REPORT_BODY 65536
#define REPORT_LOGGED 1000

static void version_get (struct http_req *req)
{
    json_t *out = json_object ();
    jsonx_set_str (out, "version", SERVER_API_VERSION);
    http_reply_json (req, 200, out);
}

static void status_get (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    struct nouns_count count;
    char started[CLOCK_TEXT], last[CLOCK_TEXT];
    nouns_count (s, &count);
    json_t *out = json_object (); /* sorted keys */
    (void)json_object_set_new (out, "connections",
                               json_integer ((json_int_t)count.connections));
    (void)json_object_set_new (out, "kernels", json_integer ((json_int_t)count.kernels));
    jsonx_set_str (out, "last_activity",
                   clock_iso_z (activity_last_us (s->activity), last));
    jsonx_set_str (out, "started", clock_iso_z (s->started_us, started));
    http_reply_json (req, 200, out);
}

static void spec_get (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    autofree char *path = path_join (s->data_dir, "api.yaml");
    files_reply (req, path, "spec.yaml", "text/x-yaml", FILES_ETAG);
}

/* What a browser complains about; control characters would let it write lines of its own
 * into the log. */
static void csp_report (struct http_req *req)
{
    size_t n;
    const char *body = http_req_body (req, &n);
    autofree char *text = xstrndup (body, n < REPORT_LOGGED ? n : REPORT_LOGGED);
    for (char *p = text; *p; p++)
        if (iscntrl ((unsigned char)*p))
            *p = ' ';
    log_warning ("csp", "content security violation: %s", text);
    http_reply_empty (req, 200);
}

static void shutdown_post (struct http_req *req)
{
    struct server *s = http_req_server (req);
    log_info ("server", "shutting down on /api/shutdown request");
    http_reply_empty (req, 200);
    server_stop (s, 0);
}

static const struct route rows[] = {
    { HTTP_GET, "/api", NULL, ROUTE_PUBLIC | ROUTE_UNTRACKED, 0, version_get },
    { HTTP_GET, "/api/status", "api", ROUTE_UNTRACKED, 0, status_get },
    { HTTP_GET | HTTP_HEAD, "/api/spec.yaml", "api", ROUTE_PAGE, 0, spec_get },
    { HTTP_POST, "/api/security/csp-report", "csp",
      ROUTE_NO_XSRF | ROUTE_NO_ORIGIN | ROUTE_UNTRACKED, REPORT_BODY, csp_report },
    { HTTP_POST, "/api/shutdown", "server", ROUTE_PAGE, 0, shutdown_post },
};
const struct route_table info_routes = { rows, ARRAY_SIZE (rows) };
