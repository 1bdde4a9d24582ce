/* base.c - what all sandboxes share: the filtered /etc and the skeleton of /var
 *
 * With mapped ids the root of a sandbox reads what the host's root reads, so the host's /etc and /var are shown
 * as copies.  That of /etc is STATE/base/etc-<sum of names, sizes and times>, with the link STATE/base/etc to the
 * one in use: made anew when the host's /etc changed, beside the older one on which sandboxes may run.  Older ones
 * are removed unless the caller says that sandboxes run.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "sandbox/etc_copy.h"
#include "sandbox/netfilter.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories of an empty /var that programs expect, and with which apt works. */
static int skeleton (const char *base, struct err *err)
{
    static const struct {
        const char *name;
        mode_t mode;
    } dirs[] = {
        { "", 0755 },
        { "/backups", 0755 },
        { "/cache", 0755 },
        { "/cache/apt", 0755 },
        { "/cache/apt/archives", 0755 },
        { "/cache/apt/archives/partial", 0700 },
        { "/cache/debconf", 0755 },
        { "/cache/ldconfig", 0700 },
        { "/lib", 0755 },
        { "/lib/apt", 0755 },
        { "/lib/apt/lists", 0755 },
        { "/lib/apt/lists/partial", 0700 },
        { "/lib/dpkg", 0755 },
        { "/lib/misc", 0755 },
        { "/local", 0755 },
        { "/log", 0755 },
        { "/log/apt", 0755 },
        { "/mail", 0755 },
        { "/opt", 0755 },
        { "/spool", 0755 },
        { "/tmp", 01777 },
    };
    char path[PATH_MAX];
    for (size_t i = 0; i < ARRAY_SIZE (dirs); i++) {
        (void)snprintf (path, sizeof path, "%s/var%s", base, dirs[i].name);
        if ((mkdir (path, 0755) < 0 && errno != EEXIST) || chmod (path, dirs[i].mode) < 0)
            return err_sys (err, errno, "make %s", path);
    }
    static const char *const links[][2] = { { "run", "/run" }, { "lock", "/run/lock" } };
    for (size_t i = 0; i < ARRAY_SIZE (links); i++) {
        (void)snprintf (path, sizeof path, "%s/var/%s", base, links[i][0]);
        if (symlink (links[i][1], path) < 0 && errno != EEXIST)
            return err_sys (err, errno, "link %s", path);
    }
    return 0;
}

/* STATE/base/etc is a link to the copy in use. */
static int point_at (const char *base, const char *name, struct err *err)
{
    char link[PATH_MAX], tmp[PATH_MAX];
    (void)snprintf (link, sizeof link, "%s/etc", base);
    (void)snprintf (tmp, sizeof tmp, "%s/.etc.tmp", base);
    (void)unlink (tmp);
    if (symlink (name, tmp) < 0 || rename (tmp, link) < 0)
        return err_sys (err, errno, "link %s", link);
    return 0;
}

static void remove_older (const char *base, const char *name)
{
    struct strv names = { 0 };
    if (fd_list_dir (base, "", &names, NULL) == 0)
        for (size_t i = 0; i < names.n; i++)
            if (strncmp (names.v[i], "etc-", 4) == 0 && strcmp (names.v[i], name) != 0) {
                autofree char *path = path_join (base, names.v[i]);
                (void)fd_remove_tree (path, NULL);
            }
    strv_done (&names);
}

static int prepare (const char *state, bool keep, struct err *err)
{
    char base[PATH_MAX - 64], name[32], path[PATH_MAX];
    if (snprintf (base, sizeof base, "%s/base", state) >= (int)sizeof base)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", state);
    if (fd_mkdirs (base, 0711, err) < 0 || skeleton (base, err) < 0)
        return -1;
    autoclose int etc = open ("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (etc < 0)
        return err_sys (err, errno, "open /etc");
    if (etc_sum (etc, name, err) < 0)
        return -1;
    (void)snprintf (path, sizeof path, "%s/%s", base, name);
    if (access (path, F_OK) < 0 && etc_copy (etc, path, err) < 0)
        return err_wrap (err, "copy /etc for sandboxes");
    if (!keep)
        remove_older (base, name);
    return point_at (base, name, err);
}

static int found (const char *state, const char *name, char ret[PATH_MAX], struct err *err)
{
    char path[PATH_MAX];
    if (snprintf (path, sizeof path, "%s/base/%s", state, name) >= (int)sizeof path ||
        !realpath (path, ret))
        return err_set (err, PROBLEM_NOT_FOUND, "%s/base/%s was not prepared", state, name);
    return 0;
}

int base_etc (const char *state, char ret[PATH_MAX], struct err *err)
{
    return found (state, "etc", ret, err);
}

int base_var (const char *state, char ret[PATH_MAX], struct err *err)
{
    return found (state, "var", ret, err);
}

int launch_prepare (const char *state, bool keep, struct err *err)
{
    if (prepare (state, keep, err) < 0)
        return -1;
    if (geteuid () != 0 || !netfilter_program ())
        return 0;
    return netfilter_prepare (state, err);
}
