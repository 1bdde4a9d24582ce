/* hub_files.c - the hub's own files in the state directory */

#include "hub/hub_files.h"

#include "base/fd.h"
#include "base/ident.h"
#include "model/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SECRET_BYTES 32

static char *hub_path (const char *state, const char *name)
{
    return xasprintf ("%s/hub/%s", state, name);
}

/* A hub that systemd starts is not root, and finds everything there. */
static int make_dir (const char *state, const char *dir, struct err *err)
{
    struct stat st;
    return stat (dir, &st) ? state_dir_prepare (state, err) : 0;
}

static int become_owner (const char *dir, struct err *err)
{
    struct stat st;
    if (stat (dir, &st))
        return err_sys (err, errno, "%s", dir);
    if (geteuid () || !st.st_uid)
        return 0;
    if (setgroups (1, &st.st_gid) || setresgid (st.st_gid, st.st_gid, st.st_gid) ||
        setresuid (st.st_uid, st.st_uid, st.st_uid))
        return err_sys (err, errno, "become uid %d, which owns %s", (int)st.st_uid, dir);
    return 0;
}

int hub_files_enter (const char *state, struct err *err)
{
    autofree char *dir = xasprintf ("%s/hub", state);
    if (make_dir (state, dir, err) || become_owner (dir, err))
        return -1;
    if (access (dir, R_OK | W_OK | X_OK))
        return err_sys (err, errno,
                        "uid %d, as which the hub runs, cannot work in %s: the directories "
                        "above it must let it pass (chmod o+x), and it must be the owner",
                        (int)geteuid (), dir);
    return 0;
}

struct db *hub_files_open_db (const char *state, struct err *err)
{
    autofree char *path = hub_path (state, "hub.db");
    struct err why;
    struct db *db = db_open (path, &why);
    if (db)
        return db;
    if (why.sys == EACCES || why.sys == EPERM)
        (void)err_set (&why, why.problem,
                       "it does not belong to uid %d, as which the hub runs: chown "
                       "--reference=%s/hub %s",
                       (int)geteuid (), state, path);
    (void)err_set (err, why.problem, "%s: %s", path, why.text);
    return NULL;
}

struct hmac *hub_files_secret (const char *state, struct err *err)
{
    autofree char *path = hub_path (state, "secret");
    autodone (buf_done) struct buf b;
    struct err why;
    buf_init (&b, SECRET_BYTES);
    if (fd_read_file (path, &b, &why)) {
        char fresh[SECRET_BYTES];
        if (why.problem != PROBLEM_NOT_FOUND) {
            (void)err_set (err, why.problem, "%s", why.text);
            return NULL;
        }
        ident_random (fresh, sizeof (fresh));
        if (fd_write_file_atomic (path, fresh, sizeof (fresh), 0600, err))
            return NULL;
        (void)buf_add (&b, fresh, sizeof (fresh));
    }
    if (b.len != SECRET_BYTES) {
        (void)err_set (err, PROBLEM_INVALID,
                       "%s is damaged: remove it, and the pages that are open must be "
                       "loaded again",
                       path);
        return NULL;
    }
    return hmac_new ("sha256", b.data, b.len, err);
}

int hub_files_lock (const char *state, struct err *err)
{
    autofree char *path = hub_path (state, "lock");
    autoclose int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys (err, errno, "%s", path);
    if (flock (fd, LOCK_EX | LOCK_NB))
        return err_set (err, PROBLEM_CONFLICT, "a hub runs on %s already", state);
    return take_fd (fd);
}
