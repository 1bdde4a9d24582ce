/* contents_list.c - the children of a directory (contract 3.4.2, listing details)
 *
 * One readdir and one statx per entry, relative to the open directory; access is asked for
 * only where the owner's permission bits do not already say yes, because the calls are most
 * of the time.  What cannot be examined is left out; a listing never fails because of one
 * entry.
 */
#include "server/contents_impl.h"
#include "base/url.h"
#include "http/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct listing {
    const struct contents *c;
    const struct place *dir;
    struct contents_answer *a;
    int fd;
    uid_t uid;
    bool read_only;  /* the file system */
    struct buf path; /* "<dir>/" and then the name */
    size_t prefix;
    size_t n;
};

/* Nearly all globs are a name or "*" and an ending: fnmatch costs more than the rest of an entry. */
static bool hides (const char *glob, const char *name, size_t n)
{
    const char *tail = glob + (glob[0] == '*');
    size_t len = strlen (tail);
    if (tail[strcspn (tail, "*?[")])
        return fnmatch (glob, name, FNM_NOESCAPE) == 0;
    return (tail > glob ? n >= len : n == len) && !memcmp (name + n - len, tail, len);
}

static bool listed_name (const struct contents *c, const char *name)
{
    if (!strcmp (name, ".") || !strcmp (name, ".."))
        return false;
    if (name[0] == '.' && !c->allow_hidden)
        return false;
    size_t n = strlen (name);
    for (size_t i = 0; i < c->hide_globs.n; i++)
        if (hides (c->hide_globs.v[i], name, n))
            return false;
    return utf8_valid (name, n);
}

/* False if the entry is not to be shown. */
static bool examine (const struct listing *l, const char *name, struct model *m)
{
    struct stat st;
    bool dir = false;
    if (statx (l->fd, name, AT_SYMLINK_NOFOLLOW, MODEL_STATX, &m->stx) < 0)
        return false;
    if (S_ISLNK (m->stx.stx_mode)) {
        if (fstatat (l->fd, name, &st, 0) == 0)
            dir = S_ISDIR (st.st_mode);
        else if (errno != ENOENT)
            return false;
    } else if (S_ISDIR (m->stx.stx_mode)) {
        dir = true;
    } else if (!S_ISREG (m->stx.stx_mode)) {
        return false;
    }
    if (dir && !l->c->allow_hidden && faccessat (l->fd, name, R_OK | X_OK, 0) < 0)
        return false;
    m->type = dir                             ? CONTENTS_DIRECTORY
              : model_is_notebook_name (name) ? CONTENTS_NOTEBOOK
                                              : CONTENTS_FILE;
    return true;
}

/* For the owner the mode decides, unless the file is immutable or is mounted here from
 * elsewhere. */
static bool writable (const struct listing *l, const char *name, const struct statx *stx)
{
    const uint64_t special = STATX_ATTR_IMMUTABLE | STATX_ATTR_MOUNT_ROOT;
    if (!l->read_only && stx->stx_uid == l->uid && (stx->stx_mode & S_IWUSR) &&
        !S_ISLNK (stx->stx_mode) && !(stx->stx_attributes & special))
        return true;
    return faccessat (l->fd, name, W_OK, 0) == 0;
}

static void add_entry (struct listing *l, const char *name)
{
    const char *encoding;
    struct model m = { .name = name };
    if (!listed_name (l->c, name) || !examine (l, name, &m))
        return;
    l->path.len = l->prefix;
    (void)buf_adds (&l->path, name);
    m.path = l->path.data;
    m.writable = writable (l, name, &m.stx);
    if (m.type == CONTENTS_FILE)
        files_guess_type (name, &m.mimetype, &encoding);
    if (l->n++)
        (void)buf_addc (&l->a->body, ',');
    model_begin (&m, &l->a->body);
    (void)buf_adds (&l->a->body, "null}");
    if (l->a->list_children && l->a->children.n < CONTENTS_CHILDREN_MAX)
        strv_add (&l->a->children, m.path);
}

int list_children (const struct contents *c, const struct place *p,
                   struct contents_answer *a, struct err *err)
{
    struct listing l = { .c = c, .dir = p, .a = a };
    struct statvfs vfs;
    DIR *d = opendir (p->os);
    if (!d && is_permission (errno))
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
    if (!d)
        return err_sys (err, errno, "list %s", p->api);
    l.fd = dirfd (d);
    l.uid = getuid ();
    l.read_only = fstatvfs (l.fd, &vfs) < 0 || (vfs.f_flag & ST_RDONLY);
    buf_init (&l.path, strlen (p->api) + 2 * NAME_MAX);
    if (*p->api)
        (void)buf_addf (&l.path, "%s/", p->api);
    l.prefix = l.path.len;
    (void)buf_addc (&a->body, '[');
    for (struct dirent *e; (e = readdir (d)) && !a->body.overflow;)
        add_entry (&l, e->d_name);
    (void)buf_addc (&a->body, ']');
    buf_done (&l.path);
    (void)closedir (d);
    return 0;
}
