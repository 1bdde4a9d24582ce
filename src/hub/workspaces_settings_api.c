/* workspaces_settings_api.c - a workspace's settings, its configuration as text, what it uses (docs/API.md) */

#include "hub/workspaces_api_private.h"

#include "base/jsonx.h"
#include "hub/hub.h"
#include "hub/params.h"
#include "hub/workspaces.h"
#include "store/workspace_store.h"

#include <string.h>

static json_t *settings_json (const struct workspace_model *w)
{
    return json_pack ("{s:o}", "idle_timeout_seconds",
                      w->idle_s < 0 ? json_null () : json_integer (w->idle_s));
}

void workspace_settings_get (struct http_req *req)
{
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    if (workspace_meant (req, &w))
        http_reply_json (req, 200, settings_json (&w));
}

static int take_idle (const json_t *body, int64_t *ret, struct err *err)
{
    static const int64_t choices[] = { 900, 1800, 3600, 7200 };
    const json_t *v = json_object_get (body, "idle_timeout_seconds");
    if (json_is_null (v)) {
        *ret = -1;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE (choices); i++)
        if (json_is_integer (v) && json_integer_value (v) == choices[i]) {
            *ret = choices[i];
            return 0;
        }
    return err_set (err, PROBLEM_INVALID,
                    "idle_timeout_seconds: expected 900, 1800, 3600, 7200 or null");
}

void workspace_settings_put (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    struct err err;
    autojson json_t *body = params_body (req, &err);
    if (!body || workspace_of (req, &w, &err) || take_idle (body, &w.idle_s, &err) ||
        workspace_store_update (h->db, &w, &err)) {
        http_fail (req, &err);
        return;
    }
    workspaces_reload (h, w.id);
    workspace_note (req, &w, "workspace.update");
    http_reply_json (req, 200, settings_json (&w));
}

/* A scalar that YAML reads as the same text whatever it holds. */
static void add_yaml (struct buf *b, const char *key, const char *value)
{
    (void)buf_addf (b, "%s: ", key);
    (void)buf_add_json_string (b, value, strlen (value));
    (void)buf_adds (b, "\n");
}

void workspace_config_get (struct http_req *req)
{
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    autodone (buf_done) struct buf b;
    size_t i;
    json_t *input;
    buf_init (&b, WORKSPACES_API_BODY);
    if (!workspace_meant (req, &w))
        return;
    add_yaml (&b, "env", w.environment);
    if (json_array_size (w.inputs))
        (void)buf_adds (&b, "input:\n");
    json_array_foreach (w.inputs, i, input)
    {
        add_yaml (&b, "  - destination", jsonx_str (input, "destination", ""));
        add_yaml (&b, "    source", jsonx_str (input, "source", ""));
    }
    add_yaml (&b, "machine", w.machine);
    http_reply (req, 200, "text/yaml; charset=utf-8", b.data, b.len);
}

void workspace_metrics_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    int64_t since;
    struct err err;
    if (workspace_of (req, &w, &err) ||
        params_int (req, "since", 0, INT64_MAX, 0, &since, &err)) {
        http_fail (req, &err);
        return;
    }
    struct live *l = workspaces_live (h, w.id);
    if (l)
        live_watched (l);
    json_t *list = l ? samples_json (live_samples (l), (double)since) : json_array ();
    http_reply_json (req, 200, json_pack ("{s:o}", "samples", list));
}
