/* runtime_file.c - jpserver-<pid>.json and its HTML page */

#include "server/runtime_file.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#define FILE_MAX 65536
#define SERVERS_MAX 1000

static char *json_path (const struct jpaths *p, long pid)
{
    return xasprintf ("%s/jpserver-%ld.json", p->runtime_dir, pid);
}

static char *page_path (const struct jpaths *p, long pid)
{
    return xasprintf ("%s/jpserver-%ld-open.html", p->runtime_dir, pid);
}

char *runtime_file_page (const struct jpaths *p)
{
    return page_path (p, (long)getpid ());
}

/* The token is in the page and not in the argument list of a browser. */
static void page_text (struct buf *b, const char *url)
{
    (void)buf_adds (
        b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"UTF-8\">\n"
           "<meta http-equiv=\"refresh\" content=\"1;url=");
    (void)buf_add_html (b, url, strlen (url));
    (void)buf_adds (b,
                    "\">\n<title>Opening JupyterLab</title>\n</head>\n<body>\n<p>"
                    "This page should take you to JupyterLab. If it does not, <a href=\"");
    (void)buf_add_html (b, url, strlen (url));
    (void)buf_adds (b, "\">click here</a>.</p>\n</body>\n</html>\n");
}

int runtime_file_write (const struct jpaths *p, const json_t *info, const char *url,
                        struct err *err)
{
    autodone (buf_done) struct buf b;
    autofree char *json = json_path (p, (long)getpid ());
    autofree char *page = runtime_file_page (p);
    buf_init (&b, FILE_MAX);
    if (jsonx_dump (info, &b, 2, true))
        return err_set (err, PROBLEM_TOO_LARGE, "%s: too large", json);
    if (fd_write_file_whole (json, b.data, b.len, 0600, err))
        return -1;
    buf_clear (&b);
    page_text (&b, url);
    return fd_write_file_whole (page, b.data, b.len, 0600, err);
}

static void remove_of (const struct jpaths *p, long pid)
{
    autofree char *json = json_path (p, pid);
    autofree char *page = page_path (p, pid);
    (void)unlink (json);
    (void)unlink (page);
}

void runtime_file_remove (const struct jpaths *p)
{
    remove_of (p, (long)getpid ());
}

/* "jpserver-<pid>.json": the pid, or 0. */
static long pid_of (const char *name)
{
    char *end;
    if (strncmp (name, "jpserver-", 9) != 0)
        return 0;
    errno = 0;
    long pid = strtol (name + 9, &end, 10);
    return !errno && pid > 0 && !strcmp (end, ".json") ? pid : 0;
}

static bool lives (long pid)
{
    return !kill ((pid_t)pid, 0) || errno == EPERM;
}

static void add_server (const struct jpaths *p, long pid, json_t *list)
{
    autofree char *path = json_path (p, pid);
    autojson json_t *info = jsonx_read_file (path, NULL);
    if (!json_is_object (info) || jsonx_int (info, "pid", 0) != pid)
        return;
    size_t i;
    json_t *other;
    int64_t port = jsonx_int (info, "port", 0);
    json_array_foreach (list, i, other) if (jsonx_int (other, "port", 0) > port) break;
    (void)json_array_insert (list, i, info);
}

json_t *runtime_file_list (const struct jpaths *p)
{
    json_t *list = json_array ();
    DIR *d = opendir (p->runtime_dir);
    if (!d)
        return list;
    for (struct dirent *e; (e = readdir (d)) && json_array_size (list) < SERVERS_MAX;) {
        long pid = pid_of (e->d_name);
        if (pid && lives (pid))
            add_server (p, pid, list);
        else if (pid)
            remove_of (p, pid);
    }
    (void)closedir (d);
    return list;
}
