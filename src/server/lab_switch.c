/* lab_switch.c - the POST that enables or disables a plugin or an extension */

#include "server/lab_switch.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_plugins.h"

#include <string.h>

/* job->text is the name, job->flag: enable it. */
static int switch_work (struct lab_job *job, struct err *err)
{
    job->json = lab_plugins_switch (job->lab, job->text, job->flag, &job->status);
    return 0;
}

static void refuse (struct http_req *req, const char *kind, const char *cmd,
                    const char *name)
{
    autofree char *message =
        xasprintf ("Could not process instruction '%s' with %s name '%s'", cmd, kind, name);
    json_t *answer = json_object ();
    jsonx_set_str (answer, "message", message);
    json_object_set_new (answer, "reason", json_null ());
    http_reply_json (req, 422, answer);
}

void lab_switch_post (struct http_req *req, const char *kind,
                      bool (*other) (struct http_req *req, const char *cmd))
{
    autofree char *key = xasprintf ("%s_name", kind);
    autojson json_t *body = NULL;
    struct err err;
    if (http_req_json (req, &body, &err) < 0) {
        http_fail (req, &err);
        return;
    }
    const char *cmd = jsonx_str (body, "cmd", ""), *name = jsonx_str (body, key, "");
    bool enable = !strcmp (cmd, "enable");
    if (*name && (enable || !strcmp (cmd, "disable"))) {
        struct lab_job *job = lab_job_new (req, NULL);
        job->text = xstrdup (name);
        job->flag = enable;
        lab_job_run (job, switch_work);
    } else if (!*name || !other || !other (req, cmd)) {
        refuse (req, kind, cmd, name);
    }
}
