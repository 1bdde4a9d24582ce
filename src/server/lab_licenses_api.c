/* lab_licenses_api.c - lab/api/licenses/ (contract 4.8) */

#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "http/files.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/lab_licenses.h"
#include "server/options.h"
#include "server/server.h"

#include <ctype.h>
#include <string.h>

enum format { FORMAT_JSON, FORMAT_CSV, FORMAT_MARKDOWN, FORMAT_COUNT };

static const struct {
    const char *name, *suffix, *ctype;
} formats[FORMAT_COUNT] = {
    [FORMAT_JSON] = { "json", "json", "application/json" },
    [FORMAT_CSV] = { "csv", "csv", "text/csv" },
    [FORMAT_MARKDOWN] = { "markdown", "md", "text/markdown" },
};

struct asked {
    enum format format;
    bool full_text; /* only markdown can do without */
};

/* "true" and "1" are true, "false" and "0" and nothing are not. */
static bool flag (struct http_req *req, const char *key, bool dflt)
{
    const char *s = http_req_arg (req, key);
    if (!s)
        return dflt;
    return *s && strcmp (s, "0") && strcmp (s, "false") && strcmp (s, "null");
}

static int licenses_work (struct lab_job *job, struct err *err)
{
    const struct asked *a = job->arg;
    autojson json_t *bundles = lab_licenses_read (job->lab, job->text, err);
    if (!bundles)
        return -1;
    job->ctype = formats[a->format].ctype;
    if (a->format == FORMAT_JSON) {
        autojson json_t *answer = json_pack ("{s:O}", "bundles", bundles);
        (void)jsonx_dump (answer, &job->data, 2, true);
    } else if (a->format == FORMAT_CSV) {
        lab_licenses_csv (bundles, &job->data);
    } else {
        lab_licenses_markdown (bundles, a->full_text, &job->data);
    }
    if (job->data.overflow)
        return err_set (err, PROBLEM_TOO_LARGE, "the licenses are too large");
    return 0;
}

/* "attachment; filename*=utf-8''jupyterlab-licenses.csv" */
static char *disposition (const struct lab *l, enum format format)
{
    autofree char *name = xasprintf (
        "%s-licenses.%s", options_str (l->server->options, "LabServerApp.app_name"),
        formats[format].suffix);
    for (char *p = name; *p; p++)
        *p = (char)tolower ((unsigned char)*p);
    return files_disposition (name);
}

static void licenses_get (struct http_req *req)
{
    const char *format = http_req_arg (req, "format");
    const char *bundles = http_req_arg (req, "bundles");
    size_t i = 0;
    while (format && *format && i < FORMAT_COUNT && strcmp (formats[i].name, format))
        i++;
    if (i == FORMAT_COUNT) {
        struct err err;
        (void)err_set (&err, PROBLEM_INVALID, "format: json, csv or markdown");
        http_fail (req, &err);
        return;
    }
    struct lab_job *job = lab_job_new (req, NULL);
    struct asked *a = xnew (struct asked);
    a->format = (enum format)i;
    a->full_text = flag (req, "full_text", true);
    job->arg = a;
    job->free_arg = free;
    job->text = xstrdup (bundles && *bundles ? bundles : ".*");
    if (flag (req, "download", false))
        job->disposition = disposition (job->lab, a->format);
    lab_job_run (job, licenses_work);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/licenses/", NULL, 0, 0, licenses_get },
};
const struct route_table lab_licenses_routes = { rows, ARRAY_SIZE (rows) };
