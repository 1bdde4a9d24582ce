/* etc_copy.c - a copy of /etc that may be shown to people
 *
 * Copied is what everybody on the host may read anyway, but not the files that tell of the host itself: its
 * accounts, keys, mounts, services, names.  passwd and group hold the system's accounts only, and "root" is the
 * person.  Device nodes, sockets and what is deeper than 12 directories are left out; the ceiling of 16 MiB
 * keeps a mishap in /etc from filling the disk.
 */
#include "sandbox/etc_copy.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sum.h"
#include "sandbox/room.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 12
#define BYTES_MAX (16u << 20)
#define ENTRIES_MAX 20000

/* Of the top of /etc only.  A name that ends in '*' is a prefix. */
static const char *const hidden[] = {
    "shadow*",
    "gshadow*",
    "passwd*",
    "group*",
    "subuid*",
    "subgid*",
    "sudoers*",
    "ssh",
    "labwright*",
    "machine-id",
    "hostname",
    "hosts*",
    "resolv.conf",
    "fstab",
    "mtab",
    "crypttab",
    "exports*",
    "network",
    "networks",
    "netplan",
    "NetworkManager",
    "systemd",
    "init.d",
    "rc*.d",
    "cron*",
    "default",
    "pam.d",
    "security",
    "security*",
    "polkit-1",
    "iscsi",
    "lvm",
    "mdadm",
    "udev",
    "modprobe.d",
    "modules*",
    "sysctl*",
    "nftables*",
    "iptables*",
    "ufw",
    "fail2ban",
    "docker",
    "containers",
    "kubernetes",
    "slurm*",
    "munge",
    "krb5.keytab",
    "nut",
    "ppp",
    "wireguard",
    "openvpn",
    "ipsec*",
    "letsencrypt",
    "postfix",
    "exim4",
    "mysql",
    "postgresql",
    "redis",
    "nginx",
    "apache2",
    "lighttpd",
    "ldap",
    "sssd",
    "samba",
    "bind",
    "motd",
    "issue*",
    "update-motd.d",
    "image.*",
    "at.deny",
    "logrotate.d",
    "rsyslog*",
    "dhcp",
    "grub.d",
    "kernel",
    "initramfs-tools",
    "apparmor*",
    "selinux",
    "audit*",
    "tmpfiles.d",
    "sysusers.d",
    "binfmt.d",
    "rc.local",
};

static bool is_hidden (const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE (hidden); i++) {
        size_t n = strlen (hidden[i]);
        bool prefix = hidden[i][n - 1] == '*';
        if (prefix ? strncmp (name, hidden[i], n - 1) == 0 : strcmp (name, hidden[i]) == 0)
            return true;
    }
    return strncmp (name, "rc", 2) == 0 && strlen (name) == 5 && name[4] == 'd';
}

/* One walk for both purposes: TO = NULL sums up, else copies. */
struct walk {
    struct sum sum;
    size_t entries, bytes;
};

static int copy_tree (struct walk *w, int from, int to, int depth, struct err *err);

/* DEPTH tells one in a directory from one beside it. */
static void note (struct walk *w, const char *name, int depth, const struct stat *st)
{
    struct {
        uint64_t size, mode;
        int64_t s, ns;
    } what = { (uint64_t)st->st_size, st->st_mode, st->st_mtim.tv_sec,
               st->st_mtim.tv_nsec };
    sum_add (&w->sum, name, strlen (name) + 1);
    sum_add (&w->sum, &depth, sizeof depth);
    if (!S_ISDIR (st->st_mode))
        sum_add (&w->sum, &what, sizeof what);
}

static int copy_file (struct walk *w, int from, int to, const char *name, mode_t mode,
                      struct err *err)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, BYTES_MAX - w->bytes);
    autoclose int in = openat (from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0)
        return err_sys (err, errno, "read %s", name);
    if (fd_read_all (in, &b, err) < 0)
        return err_wrap (err, "%s", name);
    w->bytes += b.len;
    autoclose int out = openat (to, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (out < 0 || fchmod (out, mode & 0755) < 0)
        return err_sys (err, errno, "write %s", name);
    return fd_write_all (out, b.data, b.len, err);
}

static int copy_link (int from, int to, const char *name, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat (from, name, target, sizeof target - 1);
    if (n < 0)
        return err_sys (err, errno, "read the link %s", name);
    target[n] = '\0';
    return symlinkat (target, to, name) < 0 ? err_sys (err, errno, "link %s", name) : 0;
}

static int copy_dir (struct walk *w, int from, int to, const char *name, int depth,
                     struct err *err)
{
    autoclose int in = openat (from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return err_sys (err, errno, "open %s", name);
    if (to < 0)
        return copy_tree (w, in, -1, depth + 1, err);
    if (mkdirat (to, name, 0755) < 0)
        return err_sys (err, errno, "make %s", name);
    autoclose int out = openat (to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out < 0)
        return err_sys (err, errno, "open %s", name);
    return copy_tree (w, in, out, depth + 1, err);
}

static int copy_entry (struct walk *w, int from, int to, const char *name, int depth,
                       struct err *err)
{
    struct stat st;
    if (fstatat (from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : err_sys (err, errno, "look at %s", name);
    bool dir = S_ISDIR (st.st_mode), file = S_ISREG (st.st_mode),
         link = S_ISLNK (st.st_mode);
    if (!(dir || file || link) || (dir && !(st.st_mode & S_IXOTH)) ||
        (!link && !(st.st_mode & S_IROTH)) || depth > DEPTH_MAX)
        return 0;
    if (++w->entries > ENTRIES_MAX)
        return err_set (err, PROBLEM_TOO_LARGE, "/etc has more than %d entries",
                        ENTRIES_MAX);
    note (w, name, depth, &st);
    if (dir)
        return copy_dir (w, from, to, name, depth, err);
    if (to < 0)
        return 0;
    return link ? copy_link (from, to, name, err)
                : copy_file (w, from, to, name, st.st_mode, err);
}

static int copy_tree (struct walk *w, int from, int to, int depth, struct err *err)
{
    struct strv names = { 0 };
    char path[40];
    (void)snprintf (path, sizeof path, "/proc/self/fd/%d", from);
    int rc = fd_list_dir (path, "", &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        if (depth > 0 || !is_hidden (names.v[i]))
            rc = copy_entry (w, from, to, names.v[i], depth, err);
    strv_done (&names);
    return rc;
}

/* ---- accounts and files of the host's name ---- */

/* Lines of system accounts: ids below 1000, and the last one.  FIELDS after the id are kept only of passwd. */
static void keep_accounts (struct buf *out, char *text, bool passwd)
{
    char *save = NULL;
    for (char *line = strtok_r (text, "\n", &save); line;
         line = strtok_r (NULL, "\n", &save)) {
        char *f[4] = { line };
        for (int i = 1; i < 4 && f[i - 1]; i++) {
            f[i] = strchr (f[i - 1], ':');
            if (f[i])
                *f[i]++ = '\0';
        }
        unsigned long id = f[3] ? strtoul (f[2], NULL, 10) : 0;
        if (!f[3] || id == 0 || (id >= 1000 && id != 65534))
            continue;
        if (passwd)
            (void)buf_addf (out, "%s:x:%lu:%s\n", f[0], id, f[3]);
        else
            (void)buf_addf (out, "%s:x:%lu:\n", f[0], id);
    }
}

static int write_accounts (const char *dir, const char *name, const char *first,
                           struct err *err)
{
    char path[PATH_MAX];
    autodone (buf_done) struct buf in, out;
    buf_init (&in, 1 << 20);
    buf_init (&out, 1 << 20);
    (void)snprintf (path, sizeof path, "/etc/%s", name);
    (void)fd_read_file (path, &in, NULL);
    (void)buf_adds (&out, first);
    keep_accounts (&out, in.data, strcmp (name, "passwd") == 0);
    (void)snprintf (path, sizeof path, "%s/%s", dir, name);
    return fd_write_file_whole (path, out.data, out.len, 0644, err);
}

static int add_files (const char *dir, struct err *err)
{
    autofree char *path = path_join (dir, "mtab");
    if (symlink ("../proc/self/mounts", path) < 0)
        return err_sys (err, errno, "link %s", path);
    return write_accounts (dir, "passwd", "root:x:0:0:root:" ROOM_HOME ":/bin/bash\n",
                           err) < 0 ||
                   write_accounts (dir, "group", "root:x:0:\n", err) < 0
               ? -1
               : 0;
}

int etc_sum (int etc, char ret[32], struct err *err)
{
    struct walk w = { 0 };
    struct stat st;
    sum_init (&w.sum);
    static const char *const accounts[] = { "passwd", "group" };
    for (size_t i = 0; i < ARRAY_SIZE (accounts); i++)
        if (fstatat (etc, accounts[i], &st, 0) == 0)
            note (&w, accounts[i], 0, &st);
    if (copy_tree (&w, etc, -1, 0, err) < 0)
        return -1;
    (void)snprintf (ret, 32, "etc-%016" PRIx64, sum_value (&w.sum));
    return 0;
}

int etc_copy (int etc, const char *path, struct err *err)
{
    char tmp[PATH_MAX];
    struct walk w = { 0 };
    sum_init (&w.sum);
    if (snprintf (tmp, sizeof tmp, "%s.tmp", path) >= (int)sizeof tmp)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", path);
    (void)fd_remove_tree (tmp, NULL);
    if (mkdir (tmp, 0755) < 0 || chmod (tmp, 0755) < 0)
        return err_sys (err, errno, "make %s", tmp);
    autoclose int out = open (tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out < 0)
        return err_sys (err, errno, "open %s", tmp);
    if (copy_tree (&w, etc, out, 0, err) < 0 || add_files (tmp, err) < 0)
        return -1;
    return rename (tmp, path) < 0 ? err_sys (err, errno, "name %s", path) : 0;
}
