/* lab_layout.c - saved window layouts */

#include "server/lab_layout.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/strv.h"
#include "base/url.h"
#include "server/lab_slug.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *file_of (const char *dir, const char *name)
{
    autofree char *slug = lab_slug (name, strlen (name));
    return xasprintf ("%s/%s" LAB_SLUG_SUFFIX, dir, slug);
}

static void set_time (json_t *metadata, const char *key, struct timespec t)
{
    char text[CLOCK_TEXT];
    jsonx_set_str (metadata, key, clock_iso_offset (clock_timespec_us (t), text));
}

/* The layout in a file, its times refreshed from the file's. */
static json_t *load (const char *path, struct err *err)
{
    struct stat st;
    if (stat (path, &st) < 0) {
        (void)err_sys (err, errno, "%s", path);
        return NULL;
    }
    autodone (buf_done) struct buf b;
    buf_init (&b, LAB_LAYOUT_MAX);
    if (fd_read_file (path, &b, err) < 0)
        return NULL;
    autojson json_t *layout = jsonx_parse (b.data, b.len, err);
    if (!layout) {
        (void)err_wrap (err, "%s", path);
        return NULL;
    }
    json_t *metadata = json_object_get (layout, "metadata");
    if (!json_is_object (metadata)) {
        (void)err_set (err, PROBLEM_INVALID, "%s: there is no metadata", path);
        return NULL;
    }
    set_time (metadata, "last_modified", st.st_mtim);
    set_time (metadata, "created", st.st_ctim);
    return json_incref (layout);
}

static bool is_layout (const char *name)
{
    size_t n = strlen (name), k = strlen (LAB_SLUG_SUFFIX);
    return n > k && name[0] != '.' && !strcmp (name + n - k, LAB_SLUG_SUFFIX);
}

static void files_in (const char *dir, struct strv *ret)
{
    strv_init (ret);
    DIR *d = opendir (dir);
    if (!d)
        return;
    const struct dirent *e;
    while ((e = readdir (d)) && ret->n < LAB_LAYOUT_COUNT)
        if (is_layout (e->d_name))
            strv_addf (ret, "%s/%s", dir, e->d_name);
    closedir (d);
    strv_sort (ret);
}

json_t *lab_layout_list (const char *dir)
{
    autodone (strv_done) struct strv files;
    files_in (dir, &files);
    json_t *ids = json_array (), *values = json_array ();
    for (size_t i = 0; i < files.n; i++) {
        struct err err;
        json_t *layout = load (files.v[i], &err);
        json_t *id = json_object_get (json_object_get (layout, "metadata"), "id");
        if (!json_is_string (id)) {
            log_warning ("lab", "layout left out: %s", layout ? files.v[i] : err.text);
            json_decref (layout);
            continue;
        }
        json_array_append (ids, id);
        json_array_append_new (values, layout);
    }
    return json_pack ("{s:{s:o, s:o}}", "workspaces", "ids", ids, "values", values);
}

static json_t *empty_layout (const char *name)
{
    autofree char *id = xasprintf ("%s%s", *name == '/' ? "" : "/", name);
    return json_pack ("{s:{}, s:{s:s}}", "data", "metadata", "id", id);
}

json_t *lab_layout_get (const char *dir, const char *name, struct err *err)
{
    autofree char *path = file_of (dir, name);
    struct err problem;
    json_t *layout = load (path, &problem);
    if (layout)
        return layout;
    /* A broken file must not keep the front end from starting: it begins anew. */
    if (problem.problem == PROBLEM_INVALID)
        log_warning ("lab", "layout ignored: %s", problem.text);
    else if (problem.problem != PROBLEM_NOT_FOUND) {
        *err = problem;
        return NULL;
    }
    return empty_layout (name);
}

static int check_id (const json_t *layout, const char *name, struct err *err)
{
    const char *id = jsonx_str (json_object_get (layout, "metadata"), "id", NULL);
    if (!id)
        return err_set (err, PROBLEM_INVALID, "the workspace has no metadata.id");
    size_t n;
    autofree char *decoded = url_decode (id, strlen (id), false, &n);
    const char *bare = *decoded == '/' ? decoded + 1 : decoded;
    const char *wanted = *name == '/' ? name + 1 : name;
    if (strlen (decoded) == n && !strcmp (bare, wanted))
        return 0;
    return err_set (err, PROBLEM_INVALID,
                    "Workspace metadata ID mismatch: expected '%s' got '%s'", name, id);
}

int lab_layout_put (const char *dir, const char *name, const char *body, size_t n,
                    struct err *err)
{
    while (n > 0 && isspace ((unsigned char)body[n - 1]))
        n--;
    while (n > 0 && isspace ((unsigned char)*body)) {
        body++;
        n--;
    }
    autojson json_t *layout = jsonx_parse (body, n, err);
    if (!layout || check_id (layout, name, err) < 0)
        return -1;
    autofree char *path = file_of (dir, name);
    return fd_write_file_atomic (path, body, n, 0600, err);
}

int lab_layout_delete (const char *dir, const char *name, struct err *err)
{
    autofree char *path = file_of (dir, name);
    if (unlink (path) == 0)
        return 0;
    if (errno != ENOENT && errno != ENOTDIR)
        return err_sys (err, errno, "delete workspace '%s'", name);
    autofree char *slug = lab_slug (name, strlen (name));
    return err_set (err, PROBLEM_NOT_FOUND, "Workspace '%s' ('%s') not found", name, slug);
}
