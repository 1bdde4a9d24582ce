/* waiting.c - what is answered while the server of a workspace is not there
 *
 * Nothing that came from outside is put into the page but the id, which has one form only.
 */

#include "hub/waiting.h"

#include "base/log.h"
#include "hub/gate_labs.h"
#include "hub/hub.h"
#include "store/workspace_store.h"

#define RETRY_AFTER "2" /* seconds */
#define PAGE_MAX 8192

bool waiting_wanted (struct http_req *req, const char *workspace)
{
    const struct hub *h = http_req_server (req);
    struct workspace_model w;
    if (!gate_labs_is_page (req) || workspace_store_get (h->db, workspace, &w, NULL))
        return false;
    bool running = w.state == WORKSPACE_RUNNING;
    workspace_model_done (&w);
    return !running;
}

void waiting_page (struct http_req *req, const char *workspace)
{
    const struct hub *h = http_req_server (req);
    autodone (buf_done) struct buf b;
    buf_init (&b, PAGE_MAX);
    (void)buf_addf (
        &b,
        "<!DOCTYPE html>\n<html lang=\"en\" data-workspace=\"%s\" data-hub=\"%s\">\n"
        "<meta charset=\"utf-8\">\n<title>Workspace</title>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>\n"
        "<link rel=\"stylesheet\" href=\"/notebooks/%s/labwright/waiting.css\">\n"
        "<script src=\"/notebooks/%s/labwright/waiting.js\" defer></script>\n"
        "<main></main>\n",
        workspace, h->site.hub, workspace, workspace);
    http_header_set (req, "Content-Security-Policy",
                     "default-src 'none'; script-src 'self'; style-src 'self'; "
                     "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                     "frame-ancestors 'none'");
    http_header_set (req, "X-Content-Type-Options", "nosniff");
    http_header_set (req, "Cache-Control", "no-store");
    http_header_set (req, "Retry-After", RETRY_AFTER);
    http_reply (req, 503, "text/html; charset=utf-8", b.data, b.len);
}

void waiting_answer (struct http_req *req, const char *workspace, const struct err *why)
{
    log_debug ("gateway", "%s: %s", workspace, why->text);
    http_header_del (req, "Content-Security-Policy");
    if (why->problem == PROBLEM_UNAVAILABLE && gate_labs_is_page (req)) {
        waiting_page (req, workspace);
        return;
    }
    http_header_set (req, "Cache-Control", "no-store");
    if (why->problem == PROBLEM_UNAVAILABLE || why->problem == PROBLEM_BUSY)
        http_header_set (req, "Retry-After", RETRY_AFTER);
    http_fail (req, why);
}
