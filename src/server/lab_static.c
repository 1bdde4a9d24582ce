/* lab_static.c - the application's and the extensions' files (contract 4.2)
 *
 * Names of the application's files carry a hash, so browsers may keep them for ever; of an
 * extension's only those below its static directory do.  Beside a file there may be a
 * compressed one (".br", ".gz"); extensions bring none, so their scripts are compressed when
 * they are asked for, which a browser does once.
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "http/files.h"
#include "http/http.h"
#include "server/gzip.h"
#include "server/lab_job.h"
#include "server/labextensions.h"

#include <string.h>
#include <sys/stat.h>

#define PACK_MIN 1400      /* what one packet takes goes as it is */
#define PACK_MAX (8 << 20) /* some hundred milliseconds of a pool thread */

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

static bool is_text (const char *ctype)
{
    return !strncmp (ctype, "text/", 5) || strstr (ctype, "javascript") ||
           strstr (ctype, "json") || strstr (ctype, "svg");
}

static bool is_packed (const char *path)
{
    autofree char *br = xasprintf ("%s.br", path);
    autofree char *gz = xasprintf ("%s.gz", path);
    return access (br, F_OK) == 0 || access (gz, F_OK) == 0;
}

/* In the pool: the file, compressed, becomes the answer; false if it goes as it is. */
static bool pack (struct lab_job *job)
{
    const char *ctype = files_content_type (job->file, true);
    struct stat st;
    struct err err;
    if (!job->gzip || !in_static (job->name) || !is_text (ctype) ||
        stat (job->file, &st) < 0 || st.st_size < PACK_MIN || st.st_size > PACK_MAX ||
        is_packed (job->file))
        return false;
    if (fd_read_file (job->file, &job->data, &err) < 0 || gzip_buf (&job->data) < 0) {
        buf_clear (&job->data);
        return false;
    }
    job->gzipped = true;
    job->ctype = ctype;
    job->mtime_us = (int64_t)st.st_mtime * CLOCK_S;
    free (take_ptr (job->file));
    return true;
}

static void keep_for_ever (struct lab_job *job)
{
    if (job->gzipped)
        http_header_set (job->req, "Cache-Control", "public, max-age=31536000, immutable");
}

static int extension_work (struct lab_job *job, struct err *err)
{
    const struct lab *l = job->lab;
    job->file =
        labextensions_file (l->cache, &l->dirs.labextensions, job->name, job->name_len);
    if (!job->file)
        return err_set (err, PROBLEM_NOT_FOUND, "there is no such file");
    if (pack (job))
        return 0;
    job->file_flags = FILES_STATIC_TYPES | FILES_PRECOMPRESSED |
                      (in_static (job->name) ? FILES_IMMUTABLE : FILES_NO_CACHE);
    return 0;
}

static void extension_file (struct http_req *req)
{
    struct lab_job *job = lab_job_new (req, "file");
    if (http_req_header (req, "Range"))
        job->gzip = false;
    job->after = keep_for_ever;
    lab_job_run (job, extension_work);
}

#define STATIC_FLAGS (ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_UNTRACKED)

static const struct route rows[] = {
    { HTTP_GET | HTTP_HEAD, "/static/lab/{file**}", NULL, STATIC_FLAGS, 0,
      application_file },
    { HTTP_GET | HTTP_HEAD, "/lab/extensions/{file**}", NULL, STATIC_FLAGS, 0,
      extension_file },
};
const struct route_table lab_static_routes = { rows, ARRAY_SIZE (rows) };
