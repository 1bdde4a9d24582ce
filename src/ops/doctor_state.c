/* doctor_state.c - doctor: files of the state directory, the hub's and the spawner's */

#include "ops/doctor.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "model/state_dir.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/un.h>

#define GIB (1ull << 30)
#define NFS 0x6969
#define TMPFS 0x01021994
/* STATE/run/ws/ID/lab.sock must fit into a socket's address. */
#define SOCKET_BELOW (sizeof "/run/ws/run_123456789012345678901234/lab.sock")

static enum doctor_verdict look_state (struct doctor *d)
{
    struct stat st;

    if (stat (d->state, &st) < 0 || !S_ISDIR (st.st_mode))
        return doctor_say (d, DOCTOR_BAD,
                           "labwright serve --state DIR makes it, or --state "
                           "names another",
                           "%s is no directory", d->state);
    if (st.st_mode & 022)
        return doctor_say (d, DOCTOR_BAD, "chmod go-w it", "%s may be written by others",
                           d->state);
    if (st.st_uid == 0 && !(st.st_mode & 001))
        return doctor_say (d, DOCTOR_BAD, "chmod o+x it",
                           "%s does not let the hub's user through", d->state);
    return doctor_say (d, DOCTOR_FINE, NULL, "%s", d->state);
}

static enum doctor_verdict look_path (struct doctor *d)
{
    struct sockaddr_un a;

    if (strlen (d->state) + SOCKET_BELOW > sizeof a.sun_path)
        return doctor_say (d, DOCTOR_BAD, "move it to a shorter path",
                           "the path of the state directory is too long for sockets (%zu "
                           "bytes, at most %zu)",
                           strlen (d->state), sizeof a.sun_path - SOCKET_BELOW);
    return doctor_say (d, DOCTOR_FINE, NULL, "short enough for sockets");
}

static enum doctor_verdict look_file_system (struct doctor *d)
{
    struct statfs fs;

    if (statfs (d->state, &fs) < 0)
        return doctor_say (d, DOCTOR_WEAK, NULL, "cannot be seen");
    if (fs.f_type == NFS)
        return doctor_say (
            d, DOCTOR_BAD, "move it to a local disk",
            "the state directory is on NFS, where SQLite and overlays do not "
            "work");
    if (fs.f_type == TMPFS)
        return doctor_say (d, DOCTOR_WEAK, "move it to a disk",
                           "the state directory is in memory and gone after a restart");
    return doctor_say (d, DOCTOR_FINE, NULL, "local");
}

static enum doctor_verdict look_space (struct doctor *d)
{
    struct statvfs fs;

    if (statvfs (d->state, &fs) < 0)
        return doctor_say (d, DOCTOR_WEAK, NULL, "cannot be seen");
    unsigned long long left = (unsigned long long)fs.f_bavail * fs.f_frsize;
    if (left < GIB / 8)
        return doctor_say (d, DOCTOR_BAD, "make room, or move the state directory",
                           "%llu MiB are left on the disk", left >> 20);
    if (fs.f_files && fs.f_favail < 1000)
        return doctor_say (d, DOCTOR_BAD, "remove small files, or move the state directory",
                           "%llu more files can be made on the disk",
                           (unsigned long long)fs.f_favail);
    return doctor_say (d, left < 2 * GIB ? DOCTOR_WEAK : DOCTOR_FINE,
                       left < 2 * GIB ? "make room soon" : NULL, "%llu MiB are left",
                       left >> 20);
}

static enum doctor_verdict look_hub_dir (struct doctor *d)
{
    autofree char *dir = doctor_in_state (d, "hub");
    struct stat st;

    if (stat (dir, &st) < 0)
        return doctor_say (d, DOCTOR_WEAK, "labwright serve makes it",
                           "no hub was started here yet");
    if (!S_ISDIR (st.st_mode) || (st.st_mode & 077))
        return doctor_say (d, DOCTOR_BAD, "chmod 700 STATE/hub",
                           "%s may be read by others: it holds the database", dir);
    return doctor_say (d, DOCTOR_FINE, NULL, "of uid %u only", st.st_uid);
}

/* The first bytes tell a damaged or newer file; nothing is opened that would be changed by it. */
static enum doctor_verdict look_database (struct doctor *d)
{
    autofree char *path = doctor_in_state (d, "hub/hub.db");
    unsigned char head[100];
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT)
        return doctor_say (d, DOCTOR_WEAK, NULL, "there is none yet");
    if (fd < 0)
        return doctor_say (d, DOCTOR_WEAK, "ask again as root", "cannot be read");
    if (read (fd, head, sizeof head) != (ssize_t)sizeof head ||
        memcmp (head, "SQLite format 3", 16) != 0)
        return doctor_say (d, DOCTOR_BAD,
                           "labwright restore, or a copy below STATE/backup: stop the hub, "
                           "put it in its place",
                           "%s is damaged", path);
    unsigned version = (unsigned)head[60] << 24 | (unsigned)head[61] << 16 |
                       (unsigned)head[62] << 8 | head[63];
    if (version > schema_count ())
        return doctor_say (d, DOCTOR_BAD, "install the newer labwright again",
                           "%s was written by a newer program (%u, this one knows %zu)",
                           path, version, schema_count ());
    return doctor_say (d, DOCTOR_FINE, NULL, "there");
}

static enum doctor_verdict look_modes (struct doctor *d)
{
    static const char *const names[] = { "hub/hub.db", "hub/secret" };
    struct stat st;

    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        autofree char *path = doctor_in_state (d, names[i]);
        if (stat (path, &st) == 0 && (st.st_mode & 077))
            return doctor_say (d, DOCTOR_BAD, "chmod 600 it", "%s may be read by others",
                               path);
    }
    return doctor_say (d, DOCTOR_FINE, NULL, "the hub's own");
}

static enum doctor_verdict look_owner (struct doctor *d)
{
    static const char *const names[] = { "hub/hub.db", "hub/secret", "hub/lock" };
    struct stat dir, st;
    autofree char *hub = doctor_in_state (d, "hub");

    if (stat (hub, &dir) < 0)
        return doctor_say (d, DOCTOR_FINE, NULL, "no files yet");
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        autofree char *path = doctor_in_state (d, names[i]);
        if (stat (path, &st) == 0 && st.st_uid != dir.st_uid)
            return doctor_say (d, DOCTOR_BAD, "chown -R --reference=STATE/hub STATE/hub",
                               "%s belongs to uid %u, the hub is uid %u", path, st.st_uid,
                               dir.st_uid);
    }
    return doctor_say (d, DOCTOR_FINE, NULL, "uid %u", dir.st_uid);
}

static enum doctor_verdict look_secret (struct doctor *d)
{
    autofree char *path = doctor_in_state (d, "hub/secret");
    struct stat st;

    if (stat (path, &st) == 0 && st.st_size != 32)
        return doctor_say (d, DOCTOR_BAD, "remove it: the next start makes another",
                           "%s is damaged (%lld bytes, not 32)", path,
                           (long long)st.st_size);
    return doctor_say (d, DOCTOR_FINE, NULL, "whole");
}

/* Read in /proc/locks rather than tried: a try would stop a hub that starts in this moment. */
static enum doctor_verdict look_running (struct doctor *d)
{
    autofree char *path = doctor_in_state (d, "hub/lock");
    autofree char *locks = xcalloc (1, 256 << 10);
    struct stat st;

    doctor_read (d, "proc/locks", locks, 256 << 10);
    if (stat (path, &st) == 0) {
        autofree char *inode = xasprintf (":%llu ", (unsigned long long)st.st_ino);
        if (strstr (locks, inode))
            return doctor_say (d, DOCTOR_FINE, NULL, "a hub runs");
    }
    return doctor_say (d, DOCTOR_WEAK, "labwright serve (systemctl start labwright)",
                       "no hub runs");
}

static enum doctor_verdict look_spawner (struct doctor *d)
{
    autofree char *path = state_dir_spawner_sock (d->state);
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    struct stat st;
    autoclose int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (stat (path, &st) < 0)
        return doctor_say (d, DOCTOR_WEAK,
                           "labwright serve starts it (systemctl start labwright-spawner)",
                           "no spawner runs: workspaces cannot start");
    if (strlen (path) >= sizeof a.sun_path || fd < 0)
        return doctor_say (d, DOCTOR_BAD, "move the state directory", "unreachable");
    (void)strncpy (a.sun_path, path, sizeof a.sun_path - 1);
    if (connect (fd, (struct sockaddr *)&a, sizeof a) < 0)
        return doctor_say (d, DOCTOR_BAD,
                           "start it again: systemctl restart labwright-spawner",
                           "the spawner does not answer at %s", path);
    return doctor_say (d, DOCTOR_FINE, NULL, "answers");
}

static const struct doctor_check checks[] = {
    { "state directory", look_state },   { "length of its path", look_path },
    { "file system", look_file_system }, { "space", look_space },
    { "hub's directory", look_hub_dir }, { "database", look_database },
    { "secrets", look_modes },           { "owner", look_owner },
    { "secret", look_secret },           { "hub", look_running },
    { "spawner", look_spawner },
};
const struct doctor_table doctor_state = { checks, ARRAY_SIZE (checks) };
