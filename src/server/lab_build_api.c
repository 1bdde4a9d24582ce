/* lab_build_api.c - build, listings and language servers: what this server does not do,
 * said in the way that the front end understands (contract 4.7, 4.12, 8)
 *
 * The application is prebuilt, so the build state is always "stable".  No lists of blocked
 * or allowed extensions are configured, and no language server is bridged.
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "http/http.h"

#include <string.h>

static void build_get (struct http_req *req)
{
    http_reply_json (req, 200, json_pack ("{s:s, s:s}", "status", "stable", "message", ""));
}

static void build_post (struct http_req *req)
{
    struct err err;
    (void)err_set (&err, PROBLEM_UNSUPPORTED,
                   "the application is prebuilt; install extensions as prebuilt packages");
    http_fail (req, &err);
}

static void build_delete (struct http_req *req)
{
    http_reply_empty (req, 204);
}

static void listings_get (struct http_req *req)
{
    static const char known[] = "@jupyterlab/extensionmanager-extension/listings.json";
    const char *name = http_req_param (req, "name", NULL);
    if (!name || strcmp (name, known)) {
        struct err err;
        (void)err_set (&err, PROBLEM_INVALID, "Bad Request");
        http_fail (req, &err);
        return;
    }
    http_reply_json (req, 200,
                     json_pack ("{s:[], s:[], s:[], s:[]}", "blocked_extensions_uris",
                                "allowed_extensions_uris", "blocked_extensions",
                                "allowed_extensions"));
}

static void lsp_status (struct http_req *req)
{
    http_reply_json (req, 200,
                     json_pack ("{s:i, s:{}, s:{}}", "version", 2, "sessions", "specs"));
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/build", NULL, 0, 0, build_get },
    { HTTP_POST, "/lab/api/build", NULL, 0, 4096, build_post },
    { HTTP_DELETE, "/lab/api/build", NULL, 0, 0, build_delete },
    { HTTP_GET, "/lab/api/listings/{name**}", NULL, 0, 0, listings_get },
    { HTTP_GET, "/lsp/status", NULL, 0, 0, lsp_status },
};
const struct route_table lab_build_routes = { rows, ARRAY_SIZE (rows) };
