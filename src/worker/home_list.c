/* home_list.c - worker `home`: paths beneath the directory, and what is in one of them */

#include "worker/home.h"

#include "base/jsonx.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/url.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Worst case of an entry besides its name; a byte of it may become six in "name" and three in "href". */
#define ENTRY_BYTES 160
#define NAME_BYTES 9

static int beneath (int root, const char *path, unsigned long long flags)
{
    struct open_how how = { .flags = flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    if (flags & O_PATH)
        how.flags = flags | O_CLOEXEC;
    return (int)syscall (SYS_openat2, root, *path ? path : ".", &how, sizeof (how));
}

int home_open (int root, const char *path, struct err *err)
{
    int fd = beneath (root, path, O_RDONLY);
    if (fd >= 0)
        return fd;
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return err_set (err, PROBLEM_NOT_FOUND, "There is no file of that name");
    case EXDEV:
    case ELOOP:
    case EAGAIN:
        return err_set (err, PROBLEM_FORBIDDEN,
                        "The link leads out of the workspace's files");
    case EACCES:
    case EPERM: return err_set (err, PROBLEM_FORBIDDEN, "The file may not be read");
    case ENXIO:
        return err_set (err, PROBLEM_INVALID, "It is neither a file nor a directory");
    default: return err_sys (err, errno, "the file cannot be opened");
    }
}

/* U+FFFD for each byte that is none of a character. */
static char *readable (const char *s)
{
    size_t n = strlen (s);
    struct buf b;
    uint32_t cp;
    buf_init (&b, 3 * n + 1);
    while (n > 0) {
        size_t step = utf8_next (s, n, &cp);
        (void)(step ? buf_add (&b, s, step) : buf_add (&b, "\xef\xbf\xbd", 3));
        step += step == 0;
        s += step;
        n -= step;
    }
    return buf_take (&b, NULL);
}

/* Where a link leads, if it stays beneath ROOT. */
static bool follow (int root, const char *dir, const char *name, struct stat *st)
{
    autofree char *path = path_join (dir, name);
    const char *at = path;
    while (*at == '/')
        at++;
    autoclose int fd = beneath (root, at, O_PATH);
    return fd >= 0 && fstat (fd, st) == 0;
}

static json_t *entry (int root, int fd, const char *dir, const char *name)
{
    struct stat st, to;
    if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW))
        return NULL;
    const char *type = S_ISDIR (st.st_mode)   ? "directory"
                       : S_ISREG (st.st_mode) ? "file"
                       : S_ISLNK (st.st_mode) ? "link"
                                              : "other";
    if (S_ISLNK (st.st_mode) && follow (root, dir, name, &to) &&
        (S_ISDIR (to.st_mode) || S_ISREG (to.st_mode))) {
        type = S_ISDIR (to.st_mode) ? "directory" : "file";
        st = to;
    }
    autofree char *shown = readable (name), *href = url_encode_all (name);
    return json_pack ("{s:s, s:s, s:s, s:I, s:I}", "name", shown, "href", href, "type",
                      type, "size", (json_int_t)(S_ISREG (st.st_mode) ? st.st_size : 0),
                      "modified", (json_int_t)st.st_mtime);
}

/* Names, sorted; those above HOME_ENTRIES are only counted. */
static int64_t read_names (DIR *d, struct strv *names)
{
    const struct dirent *e;
    int64_t total = 0;
    while ((e = readdir (d))) {
        if (!strcmp (e->d_name, ".") || !strcmp (e->d_name, ".."))
            continue;
        if (total++ < HOME_ENTRIES)
            strv_add (names, e->d_name);
    }
    strv_sort (names);
    return total;
}

json_t *home_list (int root, int fd, const char *path, struct err *err)
{
    int copy = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir (copy);
    struct strv names;
    size_t bytes = 0;
    if (!d) {
        (void)err_sys (err, errno, "the directory cannot be read");
        if (copy >= 0)
            (void)close (copy);
        return NULL;
    }
    strv_init (&names);
    int64_t total = read_names (d, &names);
    json_t *files = json_array ();
    for (size_t i = 0; i < names.n && bytes < HOME_HEAD - (64 << 10); i++) {
        json_t *one = entry (root, fd, path, names.v[i]);
        if (one)
            (void)json_array_append_new (files, one);
        bytes += ENTRY_BYTES + NAME_BYTES * strlen (names.v[i]);
    }
    autofree char *name = readable (path_basename (path));
    int64_t shown = (int64_t)json_array_size (files);
    strv_done (&names);
    (void)closedir (d);
    return json_pack ("{s:s, s:s, s:o, s:I, s:I}", "type", "directory", "name",
                      *name ? name : "home", "files", files, "total_files",
                      (json_int_t)total, "skipped_files", (json_int_t)(total - shown));
}
