/* holders.c - which processes have a device open or mapped
 *
 * An open descriptor is found by the device number that /proc/PID/fd/N leads to.  A mapping outlives its
 * descriptor: /proc/PID/maps names the file, and only for names below /dev is the entry of map_files looked at,
 * because a process of a kernel has thousands of mappings and one or two such.  A descriptor on its way through
 * a unix socket belongs to nobody and is not found; the device cgroup refuses the next open all the same.
 */
#include "sandbox/devices.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192
#define STATUS_BYTES 16384

static const char *node_of (const struct device_set *set, int dir, const char *name)
{
    struct stat st;
    if (fstatat (dir, name, &st, 0) < 0 || !S_ISCHR (st.st_mode))
        return NULL;
    for (size_t i = 0; i < set->n_nodes; i++)
        if (set->nodes[i].dev == st.st_rdev)
            return set->nodes[i].path;
    return NULL;
}

static int open_in_proc (pid_t pid, const char *name)
{
    char path[64];
    (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return open (path, O_RDONLY | O_CLOEXEC);
}

static const char *open_node (const struct device_set *set, pid_t pid)
{
    const char *found = NULL;
    int fd = open_in_proc (pid, "fd");
    DIR *dir = fd < 0 ? NULL : fdopendir (fd);
    if (!dir) {
        if (fd >= 0)
            (void)close (fd);
        return NULL;
    }
    for (struct dirent *e; !found && (e = readdir (dir));)
        if (e->d_name[0] != '.')
            found = node_of (set, dirfd (dir), e->d_name);
    (void)closedir (dir);
    return found;
}

static const char *mapped_node (const struct device_set *set, pid_t pid)
{
    const char *found = NULL;
    autoclose int files = open_in_proc (pid, "map_files");
    int fd = files < 0 ? -1 : open_in_proc (pid, "maps");
    FILE *maps = fd < 0 ? NULL : fdopen (fd, "re");
    if (!maps) {
        if (fd >= 0)
            (void)close (fd);
        return NULL;
    }
    autofree char *line = NULL;
    size_t cap = 0;
    while (!found && getline (&line, &cap, maps) > 0) {
        const char *path = strchr (line, '/');
        size_t range = strcspn (line, " ");
        if (!path || strncmp (path, "/dev/", 5) != 0 || cap > LINE_MAX_BYTES)
            continue;
        line[range] = '\0';
        found = node_of (set, files, line);
    }
    (void)fclose (maps);
    return found;
}

static void describe (pid_t pid, const char *node, struct device_holder *h)
{
    *h = (struct device_holder){ .pid = pid, .inner = pid, .node = node };
    char path[64];
    autodone (buf_done) struct buf b;
    buf_init (&b, STATUS_BYTES);
    (void)snprintf (path, sizeof path, "/proc/%d/comm", (int)pid);
    if (fd_read_file (path, &b, NULL) == 0)
        (void)snprintf (h->comm, sizeof h->comm, "%.*s", (int)strcspn (b.data, "\n"),
                        b.data);
    buf_clear (&b);
    (void)snprintf (path, sizeof path, "/proc/%d/status", (int)pid);
    if (fd_read_file (path, &b, NULL) < 0)
        return;
    const char *p = strstr (b.data, "\nNSpid:");
    const char *end = p ? strchr (p + 1, '\n') : NULL;
    for (; end && end > p && end[-1] != '\t'; end--)
        ;
    if (end && end > p)
        h->inner = (pid_t)strtol (end, NULL, 10);
}

size_t devices_holders (const struct device_set *set, const pid_t *pids, size_t n,
                        struct device_holder *ret, size_t max)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const char *node = open_node (set, pids[i]);
        if (!node)
            node = mapped_node (set, pids[i]);
        if (!node)
            continue;
        if (found < max)
            describe (pids[i], node, &ret[found]);
        found++;
    }
    return found;
}

char *devices_holders_text (const struct device_holder *holders, size_t n, size_t max)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    size_t shown = n < max ? n : max;
    for (size_t i = 0; i < shown; i++)
        (void)buf_addf (&b, "%s%s (pid %d) has %s open",
                        i == 0           ? ""
                        : i + 1 == shown ? " and "
                                         : ", ",
                        holders[i].comm, (int)holders[i].inner, holders[i].node);
    if (n > shown)
        (void)buf_addf (&b, ", and %zu more", n - shown);
    return buf_take (&b, NULL);
}
