/* trash.c - the FreeDesktop trash
 *
 * The info file is created first, exclusively, and so reserves the name.  A rename inside
 * one file system can still say EXDEV (directories of overlay file systems): then it is
 * copied and removed.
 */
#include "server/trash.h"
#include "server/tree.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/url.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MAX 10000
#define INFO ".trashinfo"

/* Device of PATH or of its nearest existing parent. */
static int device_of (const char *path, dev_t *ret)
{
    struct stat st;
    autofree char *p = xstrdup (path);
    while (lstat (p, &st) < 0) {
        char *slash = strrchr (p, '/');
        if (!slash || errno != ENOENT)
            return -1;
        *slash = 0;
        if (!*p)
            return stat ("/", &st) < 0 ? -1 : (*ret = st.st_dev, 0);
    }
    *ret = st.st_dev;
    return 0;
}

static char *home_trash (const char *home)
{
    const char *xdg = getenv ("XDG_DATA_HOME");
    if (xdg && *xdg == '/')
        return path_join (xdg, "Trash");
    return home && *home == '/' ? path_join (home, ".local/share/Trash") : NULL;
}

/* The highest directory that is still on the device of PATH's directory. */
static char *top_directory (const char *path)
{
    struct stat st, up;
    char *top = path_dirname (path);
    if (!*top || stat (top, &st) < 0)
        return top;
    while (*top) {
        autofree char *parent = path_dirname (top);
        if (stat (*parent ? parent : "/", &up) < 0 || up.st_dev != st.st_dev)
            break;
        free (top);
        top = take_ptr (parent);
    }
    return top;
}

/* .Trash must be a real directory with the sticky bit, else everybody could play tricks
 * there. */
static char *volume_trash (const char *top)
{
    struct stat st;
    autofree char *shared = xasprintf ("%s/.Trash", top);
    if (lstat (shared, &st) == 0 && S_ISDIR (st.st_mode) && (st.st_mode & S_ISVTX)) {
        char *mine = xasprintf ("%s/%u", shared, (unsigned)getuid ());
        if ((mkdir (mine, 0700) == 0 || errno == EEXIST) && lstat (mine, &st) == 0 &&
            S_ISDIR (st.st_mode) && st.st_uid == getuid ())
            return mine;
        free (mine);
    }
    return xasprintf ("%s/.Trash-%u", top, (unsigned)getuid ());
}

static int make_trash (const char *trash, struct err *err)
{
    struct stat st;
    autofree char *files = path_join (trash, "files"), *info = path_join (trash, "info");
    if (fd_mkdirs (files, 0700, err) < 0 || fd_mkdirs (info, 0700, err) < 0)
        return -1;
    if (lstat (trash, &st) == 0 && S_ISDIR (st.st_mode) && st.st_uid == geteuid ())
        return 0;
    return err_set (err, PROBLEM_FORBIDDEN, "%s is not our own directory", trash);
}

/* RECORDED: absolute in the home trash, relative to the top directory elsewhere. */
static int write_info (int fd, const char *recorded, struct err *err)
{
    char date[32];
    time_t now = time (NULL);
    struct tm tm;
    autodone (buf_done) struct buf b;
    autofree char *encoded = url_encode_path (recorded);
    localtime_r (&now, &tm);
    (void)strftime (date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    buf_init (&b, 64 * 1024);
    (void)buf_addf (&b, "[Trash Info]\nPath=%s\nDeletionDate=%s\n", encoded, date);
    return fd_write_all (fd, b.data, b.len, err);
}

/* NAME, or with a number before its extension; cut where there would be no room for that and
 * INFO: the record has the whole of it. */
static char *numbered (const char *name, int i)
{
    const char *dot = strrchr (name, '.');
    size_t n = strlen (name), most = NAME_MAX - strlen (INFO) - strlen (".9999");
    if (!dot || dot == name || strlen (dot) > most / 2)
        dot = name + n;
    size_t stem = (size_t)(dot - name), ext = n - stem;
    if (stem + ext > most)
        for (stem = most - ext; stem > 0 && ((unsigned char)name[stem] & 0xc0) == 0x80;)
            stem--;
    return i == 1 ? xasprintf ("%.*s%s", (int)stem, name, dot)
                  : xasprintf ("%.*s.%d%s", (int)stem, name, i, dot);
}

static int put_in (const char *trash, const char *path, const char *recorded,
                   struct err *err)
{
    if (make_trash (trash, err) < 0)
        return -1;
    for (int i = 1; i < NAMES_MAX; i++) {
        struct stat st;
        autofree char *name = numbered (path_basename (path), i);
        autofree char *info = xasprintf ("%s/info/%s" INFO, trash, name);
        autofree char *file = xasprintf ("%s/files/%s", trash, name);
        if (lstat (file, &st) == 0)
            continue;
        autoclose int fd = open (info, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0)
            return err_sys (err, errno, "%s", info);
        if (write_info (fd, recorded, err) == 0 && tree_move (path, file, err) == 0)
            return 0;
        (void)unlink (info);
        return -1;
    }
    return err_set (err, PROBLEM_LIMIT, "too many files of that name are in the trash");
}

int trash_put (const char *path, const char *home, struct err *err)
{
    struct stat st;
    dev_t there;
    autofree char *mine = home_trash (home);
    if (lstat (path, &st) < 0)
        return err_sys (err, errno, "%s", path);
    if (mine && device_of (mine, &there) == 0 && there == st.st_dev)
        return put_in (mine, path, path, err);
    autofree char *top = top_directory (path);
    autofree char *trash = volume_trash (top);
    return put_in (trash, path, path + strlen (top) + 1, err);
}
