/* contents_notes.c - attributes, or else files beside no file of a person's */
#include "server/contents_notes.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define ATTRIBUTE 64 /* "user.labwright." and a name */

struct contents_notes {
    char *dir;
};

struct contents_notes *contents_notes_new (const char *dir)
{
    struct contents_notes *n = xnew (struct contents_notes);
    n->dir = xstrdup (dir);
    return n;
}

void contents_notes_free (struct contents_notes *n)
{
    if (!n)
        return;
    free (n->dir);
    free (n);
}

static const char *attribute (const char *name, char ret[ATTRIBUTE])
{
    (void)snprintf (ret, ATTRIBUTE, "user.labwright.%s", name);
    return ret;
}

/* ---- files of our own ---- */

/* malloc'ed; NULL: nowhere. */
static char *file_of (const struct contents_notes *n, const char *path, int fd,
                      const char *name)
{
    struct stat st;
    if (!n || (fd >= 0 ? fstat (fd, &st) : stat (path, &st)) < 0)
        return NULL;
    return xasprintf ("%s/%llu.%s", n->dir, (unsigned long long)st.st_ino, name);
}

struct aged {
    struct timespec changed;
    const char *name;
};

static int by_age (const void *a, const void *b)
{
    const struct aged *x = a, *y = b;
    if (x->changed.tv_sec != y->changed.tv_sec)
        return x->changed.tv_sec < y->changed.tv_sec ? -1 : 1;
    return (x->changed.tv_nsec > y->changed.tv_nsec) -
           (x->changed.tv_nsec < y->changed.tv_nsec);
}

/* Down to half of what may be there, so that this is seldom. */
static void prune (const struct contents_notes *n)
{
    struct err err;
    autodone (strv_done) struct strv names;
    strv_init (&names);
    if (fd_list_dir (n->dir, "", &names, &err) < 0 || names.n <= CONTENTS_NOTES_FILES)
        return;
    autoclose int dir = open (n->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autofree struct aged *all = xcalloc (names.n, sizeof *all);
    for (size_t i = 0; i < names.n; i++) {
        struct stat st = { 0 };
        (void)fstatat (dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW);
        all[i] = (struct aged){ st.st_mtim, names.v[i] };
    }
    qsort (all, names.n, sizeof *all, by_age);
    for (size_t i = 0; i + CONTENTS_NOTES_FILES / 2 < names.n; i++)
        (void)unlinkat (dir, all[i].name, 0);
}

static int put_file (const struct contents_notes *n, const char *path, const char *name,
                     const char *text)
{
    autofree char *file = file_of (n, path, -1, name);
    if (!file)
        return -1;
    bool is_new = access (file, F_OK) < 0;
    if (fd_write_file_atomic (file, text, strlen (text), 0600, NULL) < 0)
        return -1;
    if (is_new)
        prune (n);
    return 0;
}

static ssize_t get_file (const struct contents_notes *n, const char *path, int fd,
                         const char *name, char ret[CONTENTS_NOTE])
{
    autofree char *file = file_of (n, path, fd, name);
    autodone (buf_done) struct buf b;
    buf_init (&b, CONTENTS_NOTE - 1);
    if (!file || fd_read_file (file, &b, NULL) < 0 || !b.len)
        return -1;
    memcpy (ret, b.data, b.len + 1);
    return (ssize_t)b.len;
}

/* ---- either ---- */

int contents_notes_put (const struct contents_notes *n, const char *path, const char *name,
                        const char *text)
{
    char attr[ATTRIBUTE];
    if (setxattr (path, attribute (name, attr), text, strlen (text), 0) == 0)
        return 0;
    return errno == ENOTSUP ? put_file (n, path, name, text) : -1;
}

ssize_t contents_notes_get (const struct contents_notes *n, const char *path, int fd,
                            const char *name, char ret[CONTENTS_NOTE])
{
    char attr[ATTRIBUTE];
    attribute (name, attr);
    ssize_t len = fd >= 0 ? fgetxattr (fd, attr, ret, CONTENTS_NOTE - 1)
                          : getxattr (path, attr, ret, CONTENTS_NOTE - 1);
    if (len < 0)
        return errno == ENOTSUP ? get_file (n, path, fd, name, ret) : -1;
    ret[len] = 0;
    return len ? len : -1;
}

void contents_notes_drop (const struct contents_notes *n, const char *path, int fd,
                          const char *name)
{
    char attr[ATTRIBUTE];
    attribute (name, attr);
    int rc = fd >= 0 ? fremovexattr (fd, attr) : removexattr (path, attr);
    if (rc == 0 || errno != ENOTSUP)
        return;
    autofree char *file = file_of (n, path, fd, name);
    if (file)
        (void)unlink (file);
}
