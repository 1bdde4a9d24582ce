/* state_dir.c - the state directory of a hub: what is where, and whose */

#include "model/state_dir.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>

bool state_dir_user (uid_t *ret_uid, gid_t *ret_gid)
{
    const struct passwd *pw = getpwnam (STATE_DIR_USER);

    *ret_uid = pw ? pw->pw_uid : STATE_DIR_UID;
    *ret_gid = pw ? pw->pw_gid : STATE_DIR_UID;
    return pw;
}

static int give_to_hub (const char *dir, struct err *err)
{
    uid_t uid;
    gid_t gid;

    (void)state_dir_user (&uid, &gid);
    if (chown (dir, uid, gid) < 0)
        return err_sys (err, errno, "%s: give it to uid %u", dir, uid);
    return 0;
}

/* 1: it was made, 0: it was there. The umask has no say. */
static int make (const char *dir, mode_t mode, struct err *err)
{
    struct stat st;

    if (mkdir (dir, 0700) == 0)
        return chmod (dir, mode) == 0 ? 1 : err_sys (err, errno, "%s", dir);
    if (errno != EEXIST)
        return err_sys (err, errno, "make %s", dir);
    if (lstat (dir, &st) < 0)
        return err_sys (err, errno, "%s", dir);
    if (!S_ISDIR (st.st_mode))
        return err_set (err, PROBLEM_CONFLICT, "%s is no directory", dir);
    return 0;
}

static int make_state (const char *state, struct err *err)
{
    struct stat st;

    if (fd_mkdirs (state, 0711, err) < 0)
        return -1;
    if (stat (state, &st) < 0)
        return err_sys (err, errno, "%s", state);
    if (st.st_uid != geteuid ())
        return err_set (err, PROBLEM_FORBIDDEN,
                        "%s belongs to uid %u: it must be the one of who types "
                        "`labwright serve`, root's where root does",
                        state, st.st_uid);
    /* others need to pass, but nobody to list; an administrator may have opened it further */
    if ((st.st_mode & 0111) != 0111 && chmod (state, st.st_mode | 0111) < 0)
        return err_sys (err, errno, "%s", state);
    return 0;
}

int state_dir_prepare (const char *state, struct err *err)
{
    static const char *const ours[] = { "ws", "run", "run/ws" };
    autofree char *hub = xasprintf ("%s/hub", state);

    if (make_state (state, err) < 0)
        return -1;
    int made = make (hub, 0700, err);
    if (made < 0 || (made && geteuid () == 0 && give_to_hub (hub, err) < 0))
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE (ours); i++) {
        autofree char *dir = xasprintf ("%s/%s", state, ours[i]);

        if (make (dir, 0711, err) < 0)
            return -1;
    }
    return 0;
}

int state_dir_owner (const char *state, uid_t *ret_uid, gid_t *ret_gid, struct err *err)
{
    autofree char *hub = xasprintf ("%s/hub", state);
    struct stat st;

    if (stat (hub, &st) < 0)
        return err_sys (err, errno, "%s", hub);
    *ret_uid = st.st_uid;
    *ret_gid = st.st_gid;
    return 0;
}

char *state_dir_spawner_sock (const char *state)
{
    return xasprintf ("%s/run/spawner.sock", state);
}

char *state_dir_hub_sock (const char *state)
{
    return xasprintf ("%s/hub/hub.sock", state);
}

char *state_dir_lab_sock (const char *state, const char *id)
{
    return xasprintf ("%s/run/ws/%s/lab.sock", state, id);
}
