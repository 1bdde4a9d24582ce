/* userns.c - a user namespace that gives a person a range of ids
 *
 * A namespace lives as long as somebody holds it: a child makes it, we write its maps from outside, as only
 * the owner of the ids may, keep a descriptor of it, and end the child.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "sandbox/child.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_map (pid_t pid, const char *file, const char *text, struct err *err)
{
    char path[64];
    (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, file);
    autoclose int fd = open (path, O_WRONLY | O_CLOEXEC);
    size_t n = strlen (text);
    if (fd < 0 || write (fd, text, n) != (ssize_t)n)
        return err_sys (err, errno, "write %s of a user namespace", file);
    return 0;
}

int room_map_ids (pid_t pid, uint32_t base, uint32_t count, struct err *err)
{
    char map[64];
    (void)snprintf (map, sizeof map, "0 %u %u\n", base, count);
    /* Who is not root must give up setgroups first. */
    if (geteuid () != 0 && write_map (pid, "setgroups", "deny", err) < 0)
        return -1;
    if (write_map (pid, "uid_map", map, err) < 0)
        return -1;
    if (geteuid () != 0)
        (void)snprintf (map, sizeof map, "0 %u %u\n", (unsigned)getegid (), count);
    return write_map (pid, "gid_map", map, err);
}

int room_userns (uint32_t base, struct err *err)
{
    char path[64];
    pid_t pid = child_clone (CLONE_NEWUSER, NULL);
    if (pid == 0) {
        for (;;)
            (void)pause ();
    }
    if (pid < 0)
        return err_sys (err, errno, "make a user namespace");
    int fd = -1;
    if (room_map_ids (pid, base, LAUNCH_UIDS, err) == 0) {
        (void)snprintf (path, sizeof path, "/proc/%d/ns/user", (int)pid);
        fd = open (path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            (void)err_sys (err, errno, "open a user namespace");
    }
    (void)kill (pid, SIGKILL);
    (void)TEMP_FAILURE_RETRY (waitpid (pid, NULL, 0));
    return fd;
}
