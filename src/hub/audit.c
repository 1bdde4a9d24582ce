/* audit.c - one line for each thing that somebody changed, and the route that shows them
 *
 * GET /api/v1/audit?before=N&limit=N, for admins, latest first.
 */

#include "hub/audit.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "hub/caller.h"
#include "hub/hub_nouns.h"
#include "hub/params.h"
#include "store/audit_store.h"

#define LIMIT_MAX 500

static void add (struct http_req *req, const char *who, const char *what,
                 const char *subject, const char *detail)
{
    struct hub *h = http_req_server (req);
    struct err err;
    const struct audit_row row = {
        .who = who,
        .address = caller_address (req),
        .what = what,
        .subject = subject,
        .detail = detail,
    };
    if (audit_store_add (h->db, &row, &err))
        log_error ("audit", "%s %s by %s was not noted: %s", what, subject, who, err.text);
}

void audit (struct http_req *req, const char *what, const char *subject, const char *detail)
{
    const struct caller *c = caller_of (req);
    add (req, c ? c->user.name : "", what, subject, detail);
}

void audit_as (struct http_req *req, const char *who, const char *what, const char *subject)
{
    add (req, who, what, subject, NULL);
}

static void add_row (void *arg, const struct audit_row *row)
{
    char at[CLOCK_TEXT];
    json_t *j = json_object ();
    (void)json_object_set_new (j, "seq", json_integer (row->seq));
    jsonx_set_str (j, "at", clock_iso_z (row->at * CLOCK_S, at));
    jsonx_set_str (j, "who", row->who);
    jsonx_set_str (j, "address", row->address);
    jsonx_set_str (j, "what", row->what);
    jsonx_set_str (j, "subject", row->subject);
    jsonx_set_str (j, "detail", row->detail);
    (void)json_array_append_new (arg, j);
}

static void audit_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    int64_t before, limit;
    struct err err;
    json_t *list = json_array ();
    if (!params_int (req, "before", 0, INT64_MAX, 0, &before, &err) &&
        !params_int (req, "limit", 1, LIMIT_MAX, 100, &limit, &err) &&
        !audit_store_each (h->db, before, limit, add_row, list, &err)) {
        http_reply_json (req, 200, json_pack ("{s:o}", "audit", list));
        return;
    }
    json_decref (list);
    http_fail (req, &err);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/audit", NULL, ROUTE_ADMIN, 0, audit_get },
};
const struct route_table hub_audit_routes = { rows, ARRAY_SIZE (rows) };
