/* lab_layout_api.c - lab/api/workspaces (contract 4.4) */

#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/url.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_layout.h"

#include <string.h>

static int list_work (struct lab_job *job, struct err *err)
{
    job->json = lab_layout_list (job->lab->dirs.workspaces);
    return 0;
}

static void layouts_list (struct http_req *req)
{
    lab_job_run (lab_job_new (req, NULL), list_work);
}

static int get_work (struct lab_job *job, struct err *err)
{
    job->json = lab_layout_get (job->lab->dirs.workspaces, job->name, err);
    return job->json ? 0 : -1;
}

static int put_work (struct lab_job *job, struct err *err)
{
    job->status = 204;
    return lab_layout_put (job->lab->dirs.workspaces, job->name, job->body, job->body_len,
                           err);
}

static int delete_work (struct lab_job *job, struct err *err)
{
    job->status = 204;
    return lab_layout_delete (job->lab->dirs.workspaces, job->name, err);
}

static void run (struct http_req *req, int (*work) (struct lab_job *, struct err *))
{
    size_t n;
    const char *name = http_req_param (req, "name", &n);
    if (!name || n == 0 || strlen (name) != n || !utf8_valid (name, n)) {
        struct err err;
        (void)err_set (&err, PROBLEM_INVALID, "Workspace name is required");
        http_fail (req, &err);
        return;
    }
    lab_job_run (lab_job_new (req, "name"), work);
}

static void layouts_get (struct http_req *req)
{
    run (req, get_work);
}
static void layouts_put (struct http_req *req)
{
    run (req, put_work);
}
static void layouts_delete (struct http_req *req)
{
    run (req, delete_work);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/workspaces", NULL, 0, 0, layouts_list },
    { HTTP_GET, "/lab/api/workspaces/", NULL, 0, 0, layouts_list },
    { HTTP_PUT, "/lab/api/workspaces", NULL, 0, LAB_LAYOUT_MAX, layouts_put },
    { HTTP_DELETE, "/lab/api/workspaces", NULL, 0, 0, layouts_delete },
    { HTTP_PUT, "/lab/api/workspaces/", NULL, 0, LAB_LAYOUT_MAX, layouts_put },
    { HTTP_DELETE, "/lab/api/workspaces/", NULL, 0, 0, layouts_delete },
    { HTTP_GET, "/lab/api/workspaces/{name**}", NULL, 0, 0, layouts_get },
    { HTTP_PUT, "/lab/api/workspaces/{name**}", NULL, 0, LAB_LAYOUT_MAX, layouts_put },
    { HTTP_DELETE, "/lab/api/workspaces/{name**}", NULL, 0, 0, layouts_delete },
};
const struct route_table lab_layout_routes = { rows, ARRAY_SIZE (rows) };
