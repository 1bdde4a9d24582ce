/* checkpoint.c - the saved copy of one file
 *
 * Looking never creates a directory.  A checkpoint is copied beside its old version and
 * renamed over it, so that there is always a whole one.
 */
#include "server/checkpoint.h"
#include "server/contents_history.h"
#include "server/contents_impl.h"
#include "server/contents_write.h"
#include "server/tree.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHARED_DIR "jupyter_checkpoints"
#define PART ".part"

static bool id_valid (const char *id)
{
    size_t n =
        strspn (id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return n > 0 && n <= 64 && !id[n];
}

static char *shared_dir (const char *rel)
{
    const char *tmp = getenv ("TMPDIR");
    autofree char *dir = path_join (tmp && *tmp ? tmp : "/tmp", SHARED_DIR);
    return *rel ? path_join (dir, rel) : xstrdup (dir);
}

/* The directory of P's checkpoints. */
static char *directory (const struct contents *c, const struct place *p)
{
    autofree char *dir = path_dirname (p->os);
    if (access (*dir ? dir : "/", W_OK) == 0)
        return path_join (dir, c->checkpoint_dir);
    autofree char *rel = path_dirname (p->api);
    return shared_dir (rel);
}

/* What the original calls it; a name that leaves no room for more is told by its digest. */
static char *file_in (const char *dir, const struct place *p, const char *id)
{
    const char *name = place_name (p), *dot = strrchr (name, '.');
    size_t lead = strspn (name, "."), n = strlen (name);
    char digest[CRYPTO_HEX];
    if (n + 1 + strlen (id) + strlen (PART) > NAME_MAX &&
        crypto_digest_hex ("sha256", name, n, digest) == 0)
        return xasprintf ("%s/%s-%s", dir, digest, id);
    if (!dot || dot < name + lead)
        dot = name + n;
    return xasprintf ("%s/%.*s-%s%s", dir, (int)(dot - name), name, id, dot);
}

char *checkpoint_path (const struct contents *c, const struct place *p, const char *id)
{
    autofree char *dir = directory (c, p);
    return file_in (dir, p, id);
}

/* The temporary directory is everybody's: only a directory of our own will do there. */
int checkpoint_make_dir (const struct contents *c, const struct place *p, struct err *err)
{
    struct stat st;
    autofree char *dir = directory (c, p), *shared = shared_dir ("");
    bool in_shared = !strncmp (dir, shared, strlen (shared));
    if (in_shared && lstat (shared, &st) == 0 &&
        (!S_ISDIR (st.st_mode) || st.st_uid != geteuid ()))
        return err_set (err, PROBLEM_FORBIDDEN, "%s is not our own directory", shared);
    return fd_mkdirs (dir, in_shared ? 0700 : 0777, err);
}

static bool is_regular (const char *path, struct stat *st)
{
    return stat (path, st) == 0 && S_ISREG (st->st_mode);
}

static void add_json (struct buf *b, const struct stat *st)
{
    char text[CLOCK_TEXT];
    (void)buf_addf (b, "{\"id\":\"" CHECKPOINT_ID "\",\"last_modified\":\"%s\"}",
                    clock_iso_z (clock_timespec_us (st->st_mtim), text));
}

static int denied (const struct place *p, struct err *err)
{
    return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
}

/* ---- making and restoring -------------------------------------------------------- */

static int create (const struct contents *c, const struct place *p, struct stat *ret_st,
                   struct err *err)
{
    struct stat st;
    struct err why = { 0 };
    if (stat (p->os, &st) < 0)
        return err_set (err, PROBLEM_NOT_FOUND, "file or directory '%s' does not exist",
                        p->api);
    if (!S_ISREG (st.st_mode))
        return err_set (err, PROBLEM_INVALID, "%s is no regular file", p->api);
    if (access (p->os, W_OK) < 0)
        return denied (p, err);
    autofree char *to = checkpoint_path (c, p, CHECKPOINT_ID);
    autofree char *temp = xasprintf ("%s" PART, to);
    if (checkpoint_make_dir (c, p, &why) == 0) {
        (void)unlink (temp);
        if (tree_copy_file (p->os, temp, &st, false, &why) == 0 && rename (temp, to) == 0) {
            if (stat (to, ret_st) < 0)
                *ret_st = st;
            return 0;
        }
        if (!why.problem)
            (void)err_sys (&why, errno, "%s", to);
        (void)unlink (temp);
    }
    if (why.problem == PROBLEM_FORBIDDEN)
        return denied (p, err);
    return err_set (err, PROBLEM_INTERNAL,
                    "Unexpected error while saving a checkpoint: %s %s", p->api, why.text);
}

int checkpoint_ensure (const struct contents *c, const struct place *p, struct err *err)
{
    struct stat st;
    autofree char *path = checkpoint_path (c, p, CHECKPOINT_ID);
    return is_regular (path, &st) ? 0 : create (c, p, &st, err);
}

static int restore (const struct contents *c, const struct place *p, const char *id,
                    struct err *err)
{
    struct stat st, target;
    struct err why;
    autofree char *path = checkpoint_path (c, p, id);
    if (!is_regular (path, &st))
        return err_set (err, PROBLEM_NOT_FOUND, "Checkpoint does not exist: %s@%s", p->api,
                        id);
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return denied (p, err);
    struct contents_source source = { .fd = fd };
    history_rescue (c, p);
    if (contents_write (c->notes, p->os, &source, c->atomic_writing, &why) < 0)
        return save_error (p, &why, err);
    struct timespec times[2] = { st.st_atim, st.st_mtim };
    if (stat (p->os, &target) == 0 && S_ISREG (target.st_mode))
        (void)utimensat (AT_FDCWD, p->os, times, 0);
    return 0;
}

/* ---- following the file ---------------------------------------------------------- */

void checkpoint_moved (const struct contents *c, const struct place *from,
                       const struct place *to)
{
    struct stat st;
    struct err err;
    autofree char *old = checkpoint_path (c, from, CHECKPOINT_ID);
    autofree char *new = checkpoint_path (c, to, CHECKPOINT_ID);
    if (!is_regular (old, &st) || checkpoint_make_dir (c, to, &err) < 0)
        return;
    (void)unlink (new);
    (void)tree_move (old, new, &err);
}

void checkpoint_forget (const struct contents *c, const struct place *p)
{
    autofree char *path = checkpoint_path (c, p, CHECKPOINT_ID);
    (void)unlink (path);
}

/* ---- requests -------------------------------------------------------------------- */

int checkpoint_list (const struct contents *c, const struct contents_request *r,
                     struct buf *b, struct err *err)
{
    struct place p = { 0 };
    struct stat st;
    if (place_init (c, r->path, r->path_len, &p, err) < 0)
        return -1;
    autofree char *path = checkpoint_path (c, &p, CHECKPOINT_ID);
    (void)buf_addc (b, '[');
    if (is_regular (path, &st))
        add_json (b, &st);
    (void)buf_addc (b, ']');
    place_done (&p);
    return 0;
}

int checkpoint_create (const struct contents *c, const struct contents_request *r,
                       struct buf *b, struct err *err)
{
    struct place p = { 0 };
    struct stat st;
    if (place_init (c, r->path, r->path_len, &p, err) < 0)
        return -1;
    int rc = create (c, &p, &st, err);
    if (rc == 0)
        add_json (b, &st);
    place_done (&p);
    return rc;
}

static int place_and_id (const struct contents *c, const struct contents_request *r,
                         const char *id, struct place *p, struct err *err)
{
    if (place_init (c, r->path, r->path_len, p, err) < 0)
        return -1;
    if (id_valid (id))
        return 0;
    (void)err_set (err, PROBLEM_NOT_FOUND, "Checkpoint does not exist: %s@%s", p->api, id);
    place_done (p);
    return -1;
}

int checkpoint_restore (const struct contents *c, const struct contents_request *r,
                        const char *id, struct err *err)
{
    struct place p = { 0 };
    if (place_and_id (c, r, id, &p, err) < 0)
        return -1;
    int rc = restore (c, &p, id, err);
    place_done (&p);
    return rc;
}

int checkpoint_remove (const struct contents *c, const struct contents_request *r,
                       const char *id, struct err *err)
{
    struct place p = { 0 };
    int rc = 0;
    if (place_and_id (c, r, id, &p, err) < 0)
        return -1;
    autofree char *path = checkpoint_path (c, &p, id);
    if (unlink (path) < 0)
        rc = is_permission (errno)
                 ? denied (&p, err)
                 : err_set (err, PROBLEM_NOT_FOUND, "Checkpoint does not exist: %s@%s",
                            p.api, id);
    place_done (&p);
    return rc;
}
