/* lab_plugins_api.c - lab/api/plugins (contract 4.11) */

#include "server/lab_api.h"

#include "base/cleanup.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_plugins.h"
#include "server/lab_switch.h"

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

static void plugins_post (struct http_req *req)
{
    lab_switch_post (req, "plugin", NULL);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/plugins", NULL, 0, 0, plugins_get },
    { HTTP_GET, "/lab/api/plugins/", NULL, 0, 0, plugins_get },
    { HTTP_POST, "/lab/api/plugins", NULL, 0, PLUGINS_BODY, plugins_post },
};
const struct route_table lab_plugins_routes = { rows, ARRAY_SIZE (rows) };
