/* lab_static.c - the application's and the extensions' files (contract 4.2)
 *
 * Names of the application's files carry a hash, so browsers may keep them for ever; of an
 * extension's only those below its static directory do.  Beside a file there may be a
 * compressed one (".br", ".gz").
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "http/files.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/labextensions.h"

#include <string.h>

static void not_found (struct http_req *req)
{
    struct err err;
    (void)err_set (&err, PROBLEM_NOT_FOUND, "there is no such file");
    http_fail (req, &err);
}

static void application_file (struct http_req *req)
{
    size_t n;
    const char *rel = http_req_param (req, "file", &n);
    autofree char *path = rel ? lab_path (lab_of (req)->dirs.static_files, rel, n) : NULL;
    if (path)
        files_reply (req, path, NULL, NULL,
                     FILES_IMMUTABLE | FILES_PRECOMPRESSED | FILES_STATIC_TYPES);
    else
        not_found (req);
}

/* "<name>/static/..." or "@<scope>/<name>/static/...": the hashed part of an extension. */
static bool in_static (const char *rel)
{
    const char *slash = strchr (rel, '/');
    if (slash && *rel == '@')
        slash = strchr (slash + 1, '/');
    return slash && !strncmp (slash, "/static/", 8);
}

static int extension_work (struct lab_job *job, struct err *err)
{
    const struct lab *l = job->lab;
    job->file =
        labextensions_file (l->cache, &l->dirs.labextensions, job->name, job->name_len);
    if (!job->file)
        return err_set (err, PROBLEM_NOT_FOUND, "there is no such file");
    job->file_flags = FILES_STATIC_TYPES | FILES_PRECOMPRESSED |
                      (in_static (job->name) ? FILES_IMMUTABLE : FILES_NO_CACHE);
    return 0;
}

static void extension_file (struct http_req *req)
{
    lab_job_run (lab_job_new (req, "file"), extension_work);
}

#define STATIC_FLAGS (ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_UNTRACKED)

static const struct route rows[] = {
    { HTTP_GET | HTTP_HEAD, "/static/lab/{file**}", NULL, STATIC_FLAGS, 0,
      application_file },
    { HTTP_GET | HTTP_HEAD, "/lab/extensions/{file**}", NULL, STATIC_FLAGS, 0,
      extension_file },
};
const struct route_table lab_static_routes = { rows, ARRAY_SIZE (rows) };
