/* lockdown.c - what the first process of a sandbox gives up before it executes the program
 *
 * Order matters: control groups are joined while their files can be seen, descriptors are put in place before the
 * filter counts system calls, and the user namespace is entered after everything that takes rights over the
 * host's namespaces.  Inside it the process has user id 0, which stands for uid_base outside, and these
 * capabilities, all of them over its own files and processes only:
 *
 *     chown, dac_override, fowner, fsetid, setfcap   install packages with owners and modes
 *     setuid, setgid, setpcap                        become another id of the range (apt, postgres, su)
 *     kill                                           end what runs as such an id
 *     sys_chroot                                     chroot into one's own directories
 *     sys_ptrace                                     debug what runs as another id of the range
 *
 * Not among them: net_raw and net_admin (the network belongs to the host's user namespace, they would mean
 * nothing), sys_admin (mounts; overlay attributes), mknod, sys_module, sys_resource, sys_nice, audit, bpf.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int kept_capabilities[] = { CAP_CHOWN,      CAP_DAC_OVERRIDE, CAP_FOWNER,
                                         CAP_FSETID,     CAP_SETFCAP,      CAP_SETUID,
                                         CAP_SETGID,     CAP_SETPCAP,      CAP_KILL,
                                         CAP_SYS_CHROOT, CAP_SYS_PTRACE };

int room_join (struct room *r, struct err *err)
{
    if (r->what->join && r->what->join (r->what->join_arg, err) < 0)
        return -1;
    if (unshare (CLONE_NEWCGROUP) < 0)
        return err_sys (err, errno, "make a namespace of control groups");
    return 0;
}

/* ---- descriptors ---- */

int room_descriptors (struct room *r, struct err *err)
{
    const struct launch *w = r->what;
    int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
    /* Out of the way of 0 to 3, which are overwritten. */
    int listen = w->listen_fd < 0 ? -1 : fcntl (w->listen_fd, F_DUPFD_CLOEXEC, 10);
    int log = fcntl (w->log_fd < 0 ? null : w->log_fd, F_DUPFD_CLOEXEC, 10);
    int filter = fcntl (r->filter, F_DUPFD_CLOEXEC, 10);
    int status = fcntl (r->status, F_DUPFD_CLOEXEC, 10);
    int userns = r->userns < 0 ? -1 : fcntl (r->userns, F_DUPFD_CLOEXEC, 10);
    if (null < 0 || log < 0 || filter < 0 || status < 0 ||
        (w->listen_fd >= 0 && listen < 0) || (r->userns >= 0 && userns < 0))
        return err_sys (err, errno, "put descriptors in place");
    r->filter = filter;
    r->status = status;
    r->userns = userns;
    if (dup2 (null, 0) < 0 || dup2 (log, 1) < 0 || dup2 (log, 2) < 0 ||
        (listen >= 0 && dup2 (listen, 3) < 0))
        return err_sys (err, errno, "put descriptors in place");
    /* What is not meant for the program is closed when it is executed, whoever opened it and how. */
    if (close_range (listen >= 0 ? 4 : 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return err_sys (err, errno, "close descriptors");
    (void)setsid ();
    (void)umask (022);
    return 0;
}

/* ---- limits ---- */

static int limit (int which, rlim_t value, bool soft_only, struct err *err)
{
    struct rlimit now;
    if (getrlimit (which, &now) < 0)
        return err_sys (err, errno, "read a resource limit");
    rlim_t hard = soft_only || value > now.rlim_max ? now.rlim_max : value;
    struct rlimit l = { .rlim_cur = value < hard ? value : hard, .rlim_max = hard };
    return setrlimit (which, &l) < 0 ? err_sys (err, errno, "set a resource limit") : 0;
}

int room_limits (struct room *r, struct err *err)
{
    if (limit (RLIMIT_CORE, 0, false, err) < 0)
        return -1;
    if (r->what->files && limit (RLIMIT_NOFILE, r->what->files, false, err) < 0)
        return -1;
    /* When the host runs out of memory, sandboxes go before its services. */
    autoclose int score = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0)
        (void)!write (score, "300", 3);
    return 0;
}

/* ---- the person ---- */

static bool is_kept (int cap)
{
    for (size_t i = 0; i < ARRAY_SIZE (kept_capabilities); i++)
        if (kept_capabilities[i] == cap)
            return true;
    return false;
}

/* Root inside gets from exec what the bounding set leaves. */
static int drop_capabilities (struct err *err)
{
    for (int cap = 0; cap < 64; cap++) {
        if (is_kept (cap))
            continue;
        if (prctl (PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return errno == EINVAL ? 0 : err_sys (err, errno, "drop capability %d", cap);
    }
    return 0;
}

int room_person (struct room *r, struct err *err)
{
    (void)syscall (SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    if (r->root) {
        if (setgroups (0, NULL) < 0)
            return err_sys (err, errno, "leave all groups");
        if (setns (r->userns, CLONE_NEWUSER) < 0)
            return err_sys (err, errno, "enter the user namespace");
        if (setresgid (0, 0, 0) < 0 || setresuid (0, 0, 0) < 0)
            return err_sys (err, errno, "become the person");
    }
    return drop_capabilities (err);
}
