/* lab_job.c - a request of the lab layer whose work happens in the pool */

#include "server/lab_job.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "http/files.h"
#include "http/http.h"
#include "server/gzip.h"
#include "server/server.h"

#include <string.h>

/* The list of settings is 134 kB, a tenth of it compressed; what one packet takes goes as it is. */
#define WORTH_GZIP 1400

struct lab_job *lab_job_new (struct http_req *req, const char *param)
{
    struct lab_job *job = xnew (struct lab_job);
    job->lab = lab_of (req);
    job->req = req;
    job->status = 200;
    job->body = http_req_body (req, &job->body_len);
    job->locale = xstrdup (job->lab->locale);
    job->gzip = files_accepts (req, "gzip");
    buf_init (&job->data, LAB_JOB_MAX_JSON);
    if (param) {
        const char *value = http_req_param (req, param, &job->name_len);
        job->name = xcalloc (job->name_len + 1, 1);
        if (value)
            memcpy (job->name, value, job->name_len);
    }
    return job;
}

static void job_free (struct lab_job *job)
{
    free (job->name);
    free (job->locale);
    free (job->text);
    if (job->free_arg)
        job->free_arg (job->arg);
    json_decref (job->json);
    buf_done (&job->data);
    free (job->disposition);
    free (job->file);
    free (job);
}

static void work_in_pool (void *arg)
{
    struct lab_job *job = arg;
    job->failed = job->work (job, &job->err);
    if (job->failed || !job->json)
        return;
    job->ctype = "application/json";
    if (jsonx_dump (job->json, &job->data, 0, false) < 0)
        job->failed = err_set (&job->err, PROBLEM_TOO_LARGE, "the answer is too large");
    else if (job->gzip && job->data.len >= WORTH_GZIP)
        job->gzipped = gzip_buf (&job->data) == 0;
}

static void answer (struct lab_job *job)
{
    struct http_req *req = job->req;
    if (job->failed) {
        http_fail (req, &job->err);
        return;
    }
    if (job->file) {
        files_reply (req, job->file, NULL, NULL, job->file_flags);
        return;
    }
    char text[CLOCK_TEXT];
    if (job->mtime_us)
        http_header_set (req, "Last-Modified", clock_http (job->mtime_us, text));
    if (job->gzipped) {
        http_header_set (req, "Content-Encoding", "gzip");
        http_header_add (req, "Vary", "Accept-Encoding");
    }
    if (job->disposition)
        http_header_set (req, "Content-Disposition", job->disposition);
    if (job->ctype)
        http_reply (req, job->status, job->ctype, job->data.data, job->data.len);
    else
        http_reply_empty (req, job->status);
}

static void finish (void *arg)
{
    struct lab_job *job = arg;
    if (!job->failed && job->after)
        job->after (job);
    answer (job);
    job_free (job);
}

void lab_job_run (struct lab_job *job, int (*work) (struct lab_job *job, struct err *err))
{
    job->work = work;
    /* Stays so if the pool ends before it comes to this. */
    job->failed = err_set (&job->err, PROBLEM_UNAVAILABLE, "the server is stopping");
    struct pool *pool = loop_pool (http_req_loop (job->req));
    if (pool_submit (pool, work_in_pool, finish, job, &job->err) < 0)
        finish (job);
}
