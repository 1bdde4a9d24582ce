/* roomfiles.c - files of a sandbox that tell who and where it is
 *
 * Written into DIR/upper/etc before it becomes the upper layer of /etc: hostname, hosts and resolv.conf at each
 * start, passwd with the person's name once, profile.d/labwright.sh for login shells, as those of terminals are.  The person may have left anything there, so each file is made
 * under a name of our own and renamed over what was there; nothing is followed or opened.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "sandbox/resolver.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES (1u << 20)
#define NEW_NAME ".labwright.new"

static int put_file (const struct room *r, int etc, const char *name, const struct buf *b,
                     struct err *err)
{
    uint32_t owner = r->what->uid_base;
    if (unlinkat (etc, NEW_NAME, 0) < 0 && errno != ENOENT)
        return err_sys (err, errno, "remove " NEW_NAME);
    autoclose int fd =
        openat (etc, NEW_NAME, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0 || fchmod (fd, 0644) < 0 || (r->root && fchown (fd, owner, owner) < 0))
        return err_sys (err, errno, "write /etc/%s", name);
    if (fd_write_all (fd, b->data, b->len, err) < 0)
        return -1;
    if (renameat (etc, NEW_NAME, etc, name) < 0)
        return err_sys (err, errno, "write /etc/%s", name);
    return 0;
}

static bool is_login_name (const char *s)
{
    size_t n = s ? strlen (s) : 0;
    if (n == 0 || n > 64 || strcmp (s, "root") == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum ((unsigned char)s[i]) && !strchr ("_.-", s[i]))
            return false;
    return s[0] != '-';
}

/* The system accounts, and the person as a second name of root: "ls -l" says root, "~alice" works. */
static int put_passwd (const struct room *r, int etc, struct err *err)
{
    char from[PATH_MAX], path[PATH_MAX + 8];
    struct stat st;
    if (!is_login_name (r->what->person) ||
        fstatat (etc, "passwd", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    autodone (buf_done) struct buf b;
    buf_init (&b, FILE_BYTES);
    if (base_etc (r->what->state, from, err) < 0)
        return -1;
    (void)snprintf (path, sizeof path, "%s/passwd", from);
    if (fd_read_file (path, &b, err) < 0)
        return -1;
    (void)buf_addf (&b, "%s:x:0:0:%s:" ROOM_HOME ":/bin/bash\n", r->what->person,
                    r->what->person);
    return put_file (r, etc, "passwd", &b, err);
}

static const char *hostname (const struct room *r)
{
    return r->what->hostname ? r->what->hostname : r->what->id;
}

static int put_names (const struct room *r, int etc, struct err *err)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    (void)buf_addf (&b, "%s\n", hostname (r));
    if (put_file (r, etc, "hostname", &b, err) < 0)
        return -1;
    buf_clear (&b);
    (void)buf_addf (&b,
                    "127.0.0.1\tlocalhost %s\n"
                    "::1\tlocalhost ip6-localhost ip6-loopback\n",
                    hostname (r));
    return put_file (r, etc, "hosts", &b, err);
}

static int put_resolver (const struct room *r, int etc, struct err *err)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, FILE_BYTES);
    if (r->what->network == LAUNCH_NET_NONE)
        (void)buf_adds (&b, "# no network\n");
    else
        resolver_text (r->what->network == LAUNCH_NET_NAT && r->root, &b);
    return put_file (r, etc, "resolv.conf", &b, err);
}

/* What the distribution says about PATH in its profile knows nothing of the environment.  A profile.d that the
 * person has put something else in place of is theirs. */
static int put_profile (const struct room *r, int etc, struct err *err)
{
    static const char text[] =
        "# Of login shells, too, the workspace's environment is the first.\n"
        "[ -z \"$" LAUNCH_PATH_NAME "\" ] || PATH=$" LAUNCH_PATH_NAME "\n";
    autodone (buf_done) struct buf b;
    buf_init (&b, sizeof (text));
    (void)buf_adds (&b, text);
    uint32_t owner = r->what->uid_base;
    if (mkdirat (etc, "profile.d", 0755) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make /etc/profile.d");
    autoclose int dir =
        openat (etc, "profile.d", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return 0;
    if (r->root && fchown (dir, owner, owner) < 0)
        return err_sys (err, errno, "give /etc/profile.d away");
    return put_file (r, dir, "labwright.sh", &b, err);
}

int room_files (struct room *r, struct err *err)
{
    char upper[PATH_MAX];
    if (sethostname (hostname (r), strnlen (hostname (r), 64)) < 0)
        return err_sys (err, errno, "set the host name");
    if (r->what->root)
        return 0;
    if (room_dir (r, "upper/etc", true, upper, err) < 0)
        return -1;
    autoclose int etc = open (upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (etc < 0)
        return err_sys (err, errno, "open %s", upper);
    return put_names (r, etc, err) < 0 || put_resolver (r, etc, err) < 0 ||
                   put_passwd (r, etc, err) < 0 || put_profile (r, etc, err) < 0
               ? -1
               : 0;
}
