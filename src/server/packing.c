/* packing.c - one file, or a zip of several */
#include "server/packing.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DEPTH_MAX 8
#define FILES_MAX 10000

/* Paths of the regular files below DIR, relative to it. */
static void find_files (const char *dir, const char *rel, int depth, struct strv *ret)
{
    autofree char *here = *rel ? path_join (dir, rel) : xstrdup (dir);
    DIR *d = depth > DEPTH_MAX ? NULL : opendir (here);
    for (struct dirent *e; d && ret->n < FILES_MAX && (e = readdir (d));) {
        struct stat st;
        if (!strcmp (e->d_name, ".") || !strcmp (e->d_name, ".."))
            continue;
        autofree char *path = path_join (here, e->d_name);
        autofree char *name = *rel ? path_join (rel, e->d_name) : xstrdup (e->d_name);
        if (lstat (path, &st) < 0)
            continue;
        if (S_ISDIR (st.st_mode))
            find_files (dir, name, depth + 1, ret);
        else if (S_ISREG (st.st_mode))
            strv_add (ret, name);
    }
    if (d)
        (void)closedir (d);
}

static la_ssize_t to_buf (struct archive *a, void *arg, const void *data, size_t n)
{
    return buf_add (arg, data, n) < 0 ? -1 : (la_ssize_t)n;
}

static int add_file (struct archive *a, const char *dir, const char *name, size_t max,
                     struct err *err)
{
    autofree char *path = path_join (dir, name);
    autodone (buf_done) struct buf data;
    buf_init (&data, max);
    if (fd_read_file (path, &data, err) < 0)
        return -1;
    struct archive_entry *entry = archive_entry_new ();
    archive_entry_set_pathname_utf8 (entry, name);
    archive_entry_set_filetype (entry, AE_IFREG);
    archive_entry_set_perm (entry, 0644);
    archive_entry_set_size (entry, (la_int64_t)data.len);
    archive_entry_set_mtime (entry, time (NULL), 0);
    bool good = archive_write_header (a, entry) == ARCHIVE_OK &&
                archive_write_data (a, data.data, data.len) == (la_ssize_t)data.len;
    archive_entry_free (entry);
    return good ? 0 : err_set (err, PROBLEM_INTERNAL, "zip: %s", archive_error_string (a));
}

static int pack (struct packed *p, const char *dir, const struct strv *files, size_t max,
                 struct err *err)
{
    int rc = 0;
    struct archive *a = archive_write_new ();
    (void)archive_write_set_format_zip (a);
    (void)archive_write_set_options (a, "zip:hdrcharset=UTF-8");
    (void)archive_write_set_bytes_in_last_block (a, 1);
    if (archive_write_open (a, &p->data, NULL, to_buf, NULL) != ARCHIVE_OK)
        rc = err_set (err, PROBLEM_INTERNAL, "zip: %s", archive_error_string (a));
    for (size_t i = 0; rc == 0 && i < files->n; i++)
        rc = add_file (a, dir, files->v[i], max, err);
    if (rc == 0 && archive_write_close (a) != ARCHIVE_OK)
        rc = err_set (err, PROBLEM_INTERNAL, "zip: %s", archive_error_string (a));
    (void)archive_write_free (a);
    return rc;
}

/* nbconvert writes a notebook as "stem.nbconvert.ipynb". */
static char *download_name (const char *stem, const char *name)
{
    size_t n = strlen (stem);
    const char *rest = strncmp (name, stem, n) ? NULL : name + n;
    return rest && !strcmp (rest, ".nbconvert.ipynb") ? xasprintf ("%s.ipynb", stem)
                                                      : xstrdup (name);
}

int packed_read (struct packed *p, const char *dir, const char *stem, size_t max,
                 struct err *err)
{
    struct strv files;
    int rc;
    strv_init (&files);
    find_files (dir, "", 0, &files);
    strv_sort (&files);
    buf_init (&p->data, max);
    p->zip = files.n > 1;
    if (files.n == 0) {
        rc = err_set (err, PROBLEM_INTERNAL, "nbconvert failed: it wrote nothing");
    } else if (p->zip) {
        p->name = xasprintf ("%s.zip", stem);
        rc = pack (p, dir, &files, max, err);
    } else {
        autofree char *path = path_join (dir, files.v[0]);
        p->name = download_name (stem, files.v[0]);
        rc = fd_read_file (path, &p->data, err);
    }
    strv_done (&files);
    return rc;
}

void packed_done (struct packed *p)
{
    buf_done (&p->data);
    free (p->name);
    p->name = NULL;
}
