/* lab_plugins_api.c - lab/api/plugins (contract 4.11) */

#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_plugins.h"

#include <string.h>

#define PLUGINS_BODY (64 * 1024)

static int locks_work (struct lab_job *job, struct err *err)
{
    job->json = lab_plugins_locks (job->lab);
    return 0;
}

static void plugins_get (struct http_req *req)
{
    lab_job_run (lab_job_new (req, NULL), locks_work);
}

/* job->text is the plugin, job->flag: enable it. */
static int switch_work (struct lab_job *job, struct err *err)
{
    job->json = lab_plugins_switch (job->lab, job->text, job->flag, &job->status);
    return 0;
}

static void refuse (struct http_req *req, const char *cmd, const char *name)
{
    autofree char *message =
        xasprintf ("Could not process instruction '%s' with plugin name '%s'", cmd, name);
    json_t *answer = json_object ();
    jsonx_set_str (answer, "message", message);
    json_object_set_new (answer, "reason", json_null ());
    http_reply_json (req, 422, answer);
}

static void plugins_post (struct http_req *req)
{
    autojson json_t *body = NULL;
    struct err err;
    if (http_req_json (req, &body, &err) < 0) {
        http_fail (req, &err);
        return;
    }
    const char *cmd = jsonx_str (body, "cmd", ""),
               *name = jsonx_str (body, "plugin_name", "");
    bool enable = !strcmp (cmd, "enable");
    if ((!enable && strcmp (cmd, "disable")) || !*name) {
        refuse (req, cmd, name);
        return;
    }
    struct lab_job *job = lab_job_new (req, NULL);
    job->text = xstrdup (name);
    job->flag = enable;
    lab_job_run (job, switch_work);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/plugins", NULL, 0, 0, plugins_get },
    { HTTP_GET, "/lab/api/plugins/", NULL, 0, 0, plugins_get },
    { HTTP_POST, "/lab/api/plugins", NULL, 0, PLUGINS_BODY, plugins_post },
};
const struct route_table lab_plugins_routes = { rows, ARRAY_SIZE (rows) };
