/* lab_themes_api.c - lab/api/themes: stylesheets and their images (contract 4.5)
 *
 * The themes directories of extensions come before the application's.  Public, like all
 * static files.
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/url.h"
#include "http/files.h"
#include "http/http.h"
#include "server/css_urls.h"
#include "server/lab_job.h"
#include "server/labextensions.h"
#include "server/options.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file (const char *path)
{
    struct stat st;
    return path && stat (path, &st) == 0 && S_ISREG (st.st_mode);
}

static char *find_theme (struct lab *l, const char *rel, size_t n)
{
    struct labextensions all;
    labextensions_scan (l->cache, &l->dirs.labextensions, &all);
    char *found = NULL;
    for (size_t i = 0; i < all.n && !found; i++) {
        autofree char *dir = path_join (all.v[i].dir, "themes");
        autofree char *file = lab_path (dir, rel, n);
        if (is_file (file))
            found = take_ptr (file);
    }
    labextensions_done (&all);
    if (found)
        return found;
    autofree char *file = lab_path (l->dirs.themes, rel, n);
    return is_file (file) ? take_ptr (file) : NULL;
}

/* The address of the directory that holds the stylesheet REL. */
static char *prefix_of (struct lab *l, const char *rel)
{
    const char *themes = options_str (l->server->options, "LabServerApp.themes_url");
    autofree char *dir = path_dirname (rel);
    autofree char *encoded = url_encode_path (dir);
    autofree char *path = path_join (themes, encoded);
    return url_join (l->server->base_url, path);
}

static int rewrite (struct lab_job *job, const char *file, struct err *err)
{
    struct stat st;
    if (stat (file, &st) < 0)
        return err_sys (err, errno, "%s", file);
    autodone (buf_done) struct buf css;
    buf_init (&css, FILE_CACHE_MAX_FILE);
    if (fd_read_file (file, &css, err) < 0)
        return -1;
    autofree char *prefix = prefix_of (job->lab, job->name);
    if (css_urls_rewrite (css.data, css.len, prefix, &job->data) < 0)
        return err_set (err, PROBLEM_TOO_LARGE, "%s is too large", file);
    job->ctype = "text/css";
    job->mtime_us = (int64_t)st.st_mtim.tv_sec * CLOCK_S;
    return 0;
}

static int theme_work (struct lab_job *job, struct err *err)
{
    autofree char *file = find_theme (job->lab, job->name, job->name_len);
    if (!file)
        return err_set (err, PROBLEM_NOT_FOUND, "there is no such theme file");
    size_t n = strlen (file);
    if (n > 4 && !strcmp (file + n - 4, ".css"))
        return rewrite (job, file, err);
    job->file = take_ptr (file);
    job->file_flags = FILES_NO_CACHE | FILES_STATIC_TYPES;
    return 0;
}

static void themes_get (struct http_req *req)
{
    http_header_set (req, "Cache-Control", "no-cache");
    lab_job_run (lab_job_new (req, "file"), theme_work);
}

static const struct route rows[] = {
    { HTTP_GET | HTTP_HEAD, "/lab/api/themes/{file**}", NULL,
      ROUTE_PUBLIC | ROUTE_PAGE | ROUTE_UNTRACKED, 0, themes_get },
};
const struct route_table lab_themes_routes = { rows, ARRAY_SIZE (rows) };
