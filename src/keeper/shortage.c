/* shortage.c - the numbers behind an error that a program met: open files, space on a disk */

#include "keeper/shortage.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define FULL_PART 50 /* less than one of so many blocks is free */

static bool says (struct slice content, const char *words)
{
    size_t n = content.len < SHORTAGE_SEARCHED ? content.len : SHORTAGE_SEARCHED;

    return n && memmem (content.data, n, words, strlen (words));
}

/* Linux 6.2 and later tell the number of descriptors as the size of the directory. */
static long long open_files (pid_t pid)
{
    char path[64];
    struct stat st;

    (void)snprintf (path, sizeof (path), "/proc/%ld/fd", (long)pid);
    return stat (path, &st) == 0 ? (long long)st.st_size : 0;
}

bool shortage_of_files (struct slice content, pid_t pid, char ret[SHORTAGE_TEXT])
{
    struct rlimit most;
    long long now;

    if ((!says (content, "[Errno 24]") && !says (content, "Too many open files")) ||
        prlimit (pid, RLIMIT_NOFILE, NULL, &most) < 0)
        return false;
    int n = snprintf (ret, SHORTAGE_TEXT,
                      "Labwright: a process may have %" PRIu64 " files open at once",
                      (uint64_t)most.rlim_cur);
    if ((now = open_files (pid)) > 0)
        n += snprintf (ret + n, SHORTAGE_TEXT - (size_t)n, "; the kernel has %lld open now",
                       now);
    (void)snprintf (ret + n, SHORTAGE_TEXT - (size_t)n, ".\n");
    return true;
}

/* Where a program that was told of no other place writes.  The file system has just answered that it is full, so
 * asking it does not wait. */
bool shortage_of_space (struct slice content, pid_t pid, char ret[SHORTAGE_TEXT])
{
    char cwd[64];
    const struct {
        const char *path, *name;
    } places[] = { { cwd, "where this kernel works" },
                   { "/floyd/home", "of /floyd/home" },
                   { "/tmp", "of /tmp" },
                   { "/dev/shm", "of /dev/shm" } };
    struct statvfs fs;

    if (!says (content, "[Errno 28]") && !says (content, "No space left on device"))
        return false;
    (void)snprintf (cwd, sizeof (cwd), "/proc/%ld/cwd", (long)pid);
    for (size_t i = 0; i < ARRAY_SIZE (places); i++) {
        if (statvfs (places[i].path, &fs) < 0 || !fs.f_blocks ||
            fs.f_bavail > fs.f_blocks / FULL_PART)
            continue;
        (void)snprintf (ret, SHORTAGE_TEXT,
                        "Labwright: the disk %s is full: %" PRIu64 " MB of %" PRIu64
                        " MB are free.\n",
                        places[i].name, ((uint64_t)fs.f_bavail * fs.f_frsize) >> 20,
                        ((uint64_t)fs.f_blocks * fs.f_frsize) >> 20);
        return true;
    }
    return false;
}
