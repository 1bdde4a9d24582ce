/* lab_settings_api.c - lab/api/settings (contract 4.3) */

#include "server/lab_api.h"

#include "base/cleanup.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_settings.h"

#include <string.h>

static int list_work (struct lab_job *job, struct err *err)
{
    struct lab_settings_view v;
    lab_settings_view_init (&v, job->lab, job->locale);
    job->json = lab_settings_list (&v, job->flag);
    lab_settings_view_done (&v);
    return 0;
}

static void settings_list (struct http_req *req)
{
    const char *ids_only = http_req_arg (req, "ids_only");
    struct lab_job *job = lab_job_new (req, NULL);
    job->flag = ids_only && !strcmp (ids_only, "true");
    lab_job_run (job, list_work);
}

static int check_name (const struct lab_job *job, struct err *err)
{
    if (strlen (job->name) == job->name_len)
        return 0;
    return err_set (err, PROBLEM_NOT_FOUND, "Schema not found: %s", job->name);
}

static int get_work (struct lab_job *job, struct err *err)
{
    if (check_name (job, err) < 0)
        return -1;
    struct lab_settings_view v;
    lab_settings_view_init (&v, job->lab, job->locale);
    job->json = lab_settings_get (&v, job->name, err);
    lab_settings_view_done (&v);
    return job->json ? 0 : -1;
}

static void settings_get (struct http_req *req)
{
    lab_job_run (lab_job_new (req, "id"), get_work);
}

static int put_work (struct lab_job *job, struct err *err)
{
    if (check_name (job, err) < 0)
        return -1;
    job->status = 204;
    struct lab_settings_view v;
    lab_settings_view_init (&v, job->lab, "");
    int rc = lab_settings_put (&v, job->name, job->body, job->body_len, err);
    lab_settings_view_done (&v);
    return rc;
}

static void settings_put (struct http_req *req)
{
    lab_job_run (lab_job_new (req, "id"), put_work);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/settings", NULL, 0, 0, settings_list },
    { HTTP_GET, "/lab/api/settings/", NULL, 0, 0, settings_list },
    { HTTP_GET, "/lab/api/settings/{id**}", NULL, 0, 0, settings_get },
    { HTTP_PUT, "/lab/api/settings/{id**}", NULL, 0, LAB_SETTINGS_MAX * 2, settings_put },
};
const struct route_table lab_settings_routes = { rows, ARRAY_SIZE (rows) };
