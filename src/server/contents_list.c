/* contents_list.c - the children of a directory (contract 3.4.2, listing details)
 *
 * One readdir and one statx per entry, relative to the open directory; access is asked for
 * only where the owner's permission bits do not already say yes, because the calls are most
 * of the time.  What cannot be examined is left out; a listing never fails because of one
 * entry.  What is longer than a piece stays open, for contents_stream.c to ask for more.
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

struct contents_listing {
    const struct contents *c; /* borrowed */
    DIR *d;
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
static bool examine (const struct contents_listing *l, const char *name, struct model *m)
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
static bool writable (const struct contents_listing *l, const char *name,
                      const struct statx *stx)
{
    const uint64_t special = STATX_ATTR_IMMUTABLE | STATX_ATTR_MOUNT_ROOT;
    if (!l->read_only && stx->stx_uid == l->uid && (stx->stx_mode & S_IWUSR) &&
        !S_ISLNK (stx->stx_mode) && !(stx->stx_attributes & special))
        return true;
    return faccessat (l->fd, name, W_OK, 0) == 0;
}

static void add_entry (struct contents_listing *l, const char *name, struct buf *b,
                       struct strv *children)
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
        (void)buf_addc (b, ',');
    model_begin (&m, b);
    (void)buf_adds (b, "null}");
    if (children && children->n < CONTENTS_CHILDREN_MAX)
        strv_add (children, m.path);
}

/* A piece more, with the end of the array if it is the last; false: it was. */
static bool add_piece (struct contents_listing *l, struct buf *b, struct strv *children)
{
    size_t goal = b->len + CONTENTS_PIECE;
    struct dirent *e;
    while (b->len < goal && !b->overflow && (e = readdir (l->d)))
        add_entry (l, e->d_name, b, children);
    if (b->len >= goal)
        return true;
    (void)buf_addc (b, ']');
    return false;
}

bool contents_listing_more (struct contents_listing *l, struct buf *b)
{
    if (add_piece (l, b, NULL))
        return true;
    (void)buf_addc (b, '}');
    return false;
}

void contents_listing_free (struct contents_listing *l)
{
    if (!l)
        return;
    (void)closedir (l->d);
    buf_done (&l->path);
    free (l);
}

int list_children (const struct contents *c, const struct place *p,
                   struct contents_answer *a, struct err *err)
{
    struct statvfs vfs;
    DIR *d = opendir (p->os);
    if (!d && is_permission (errno))
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
    if (!d)
        return err_sys (err, errno, "list %s", p->api);
    autocleanup (contents_listing_free) struct contents_listing *l =
        xnew (struct contents_listing);
    l->c = c;
    l->d = d;
    l->fd = dirfd (d);
    l->uid = getuid ();
    l->read_only = fstatvfs (l->fd, &vfs) < 0 || (vfs.f_flag & ST_RDONLY);
    buf_init (&l->path, strlen (p->api) + 2 * NAME_MAX);
    if (*p->api)
        (void)buf_addf (&l->path, "%s/", p->api);
    l->prefix = l->path.len;
    (void)buf_addc (&a->body, '[');
    if (add_piece (l, &a->body, a->list_children ? &a->children : NULL))
        a->rest = take_ptr (l);
    return 0;
}
