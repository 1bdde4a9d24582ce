/* confine.c - give up the file system, for what handles bytes of strangers */

#include "worker/confine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What Landlock knew in its first version (Linux 5.13). */
#define ALL_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define READ_RIGHTS                                                                        \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |                           \
     LANDLOCK_ACCESS_FS_READ_DIR)
#define FILE_RIGHTS                                                                        \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                          \
     LANDLOCK_ACCESS_FS_READ_FILE)

static const struct {
    const char *path;
    uint64_t rights;
} readable[] = {
    { "/usr", READ_RIGHTS },
    { "/bin", READ_RIGHTS },
    { "/sbin", READ_RIGHTS },
    { "/lib", READ_RIGHTS },
    { "/lib64", READ_RIGHTS },
    { "/etc/ssl", READ_RIGHTS },
    { "/etc/pki", READ_RIGHTS },
    { "/etc/ca-certificates", READ_RIGHTS },
    { "/etc/ld.so.cache", READ_RIGHTS },
    { "/etc/resolv.conf", READ_RIGHTS },
    { "/run/systemd/resolve", READ_RIGHTS },
    { "/etc/hosts", READ_RIGHTS },
    { "/etc/host.conf", READ_RIGHTS },
    { "/etc/gai.conf", READ_RIGHTS },
    { "/etc/nsswitch.conf", READ_RIGHTS },
    { "/etc/services", READ_RIGHTS },
    { "/etc/passwd", READ_RIGHTS },
    { "/dev/null", FILE_RIGHTS },
    { "/dev/urandom", READ_RIGHTS },
#ifdef __SANITIZE_ADDRESS__ /* LeakSanitizer looks at its own process, and waits for ever if it cannot */
    { "/proc", READ_RIGHTS },
#endif
};

/* What is not there needs no right. */
static int allow (int ruleset, const char *path, uint64_t rights)
{
    autoclose int fd = open (path, O_PATH | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat (fd, &st) < 0)
        return 0;
    if (!S_ISDIR (st.st_mode))
        rights &= FILE_RIGHTS;
    const struct landlock_path_beneath_attr rule = { .allowed_access = rights,
                                                     .parent_fd = fd };
    return (int)syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
                         0);
}

int confine_to (const char *dir, struct err *err)
{
    const struct landlock_ruleset_attr attr = { .handled_access_fs = ALL_RIGHTS };
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys (err, errno, "no new privileges");
    autoclose int ruleset =
        (int)syscall (SYS_landlock_create_ruleset, &attr, sizeof (attr), 0);
    if (ruleset < 0)
        return err_set (err, PROBLEM_UNAVAILABLE, "this kernel has no Landlock");
    (void)fcntl (ruleset, F_SETFD, FD_CLOEXEC);
    for (size_t i = 0; i < ARRAY_SIZE (readable); i++)
        if (allow (ruleset, readable[i].path, readable[i].rights) < 0)
            return err_sys (err, errno, "%s", readable[i].path);
    if (allow (ruleset, dir, ALL_RIGHTS) < 0 ||
        syscall (SYS_landlock_restrict_self, ruleset, 0) < 0)
        return err_sys (err, errno, "Landlock");
    return 0;
}
