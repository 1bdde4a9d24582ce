/* conf_dir.c - where the shipped configuration lies */

#include "model/conf_dir.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/program.h"

#include <errno.h>
#include <sys/stat.h>

static char *find (void)
{
    const char *given = secure_getenv ("LABWRIGHT_CONF");
    if (given && *given)
        return xstrdup (given);
    char *conf = program_find ("conf", "machines.yml");
    return conf ? conf : xstrdup (LABWRIGHT_DATADIR "/conf");
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
