/* conf_dir.c - where the shipped configuration lies */

#include "model/conf_dir.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <sys/stat.h>

static char *find (void)
{
    static const char *const below[] = { "../conf", "conf" };
    const char *given = secure_getenv ("LABWRIGHT_CONF");
    char exe[4096];

    if (given && *given)
        return xstrdup (given);
    ssize_t n = readlink ("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    autofree char *dir = path_dirname (exe);
    for (size_t i = 0; *dir && i < ARRAY_SIZE (below); i++) {
        autofree char *joined = path_join (dir, below[i]);
        autofree char *conf = path_absolute (joined);
        autofree char *probe = path_join (conf, "machines.yml");
        if (!access (probe, R_OK))
            return take_ptr (conf);
    }
    return xstrdup (LABWRIGHT_DATADIR "/conf");
}

char *conf_dir_file (const char *name)
{
    autofree char *dir = find ();

    return path_join (dir, name);
}

int conf_dir_check_owner (const char *path, struct err *err)
{
    struct stat st;

    if (stat (path, &st) < 0)
        return err_sys (err, errno, "%s", path);
    if (st.st_uid != 0 && st.st_uid != geteuid ())
        return err_set (err, PROBLEM_FORBIDDEN,
                        "%s belongs to another user: it must be root's", path);
    if (st.st_mode & 022)
        return err_set (err, PROBLEM_FORBIDDEN,
                        "%s may be written by others: chmod go-w it", path);
    return 0;
}
