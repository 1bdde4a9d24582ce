/* seccomp.c - system calls that a sandbox does not need and an attacker of the kernel would like
 *
 * A list of what is refused, not of what is allowed: people run any language and any debugger here, and a call
 * that glibc begins to use must not end a kernel.  Identities, namespaces and mounts hold the walls; the filter
 * takes away parts of the kernel with a history of holes.  Reasons are in the rows.  Refused with EPERM, or with
 * ENOSYS where programs have another way and look for that.
 *
 * Deliberately allowed: ptrace and process_vm_* (debuggers; they reach own processes only), personality (gdb turns
 * address randomisation off), chroot, memfd, inotify, seccomp itself, and all of pip, apt, dpkg, vim, gcc and JIT
 * compilers.  New user namespaces are refused: they would put every capability check of the kernel within
 * reach, so bubblewrap and the sandbox of Chromium do not work inside (--no-sandbox does).
 *
 * The program is compiled once by libseccomp as a binary tree and kept in a memory file; the kernel remembers
 * which calls are always allowed, so an ordinary call costs nothing.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define FAMILIES 64 /* more than the kernel has */

static const struct {
    int call;
    int error;
} refused[] = {
    /* keyrings: shared with others of the same outer id, and holes */
    { SCMP_SYS (add_key), EPERM },
    { SCMP_SYS (request_key), EPERM },
    { SCMP_SYS (keyctl), EPERM },
    /* programs in the kernel, and watching it */
    { SCMP_SYS (bpf), EPERM },
    { SCMP_SYS (perf_event_open), EPERM },
    { SCMP_SYS (userfaultfd), EPERM },
    { SCMP_SYS (lookup_dcookie), EPERM },
    { SCMP_SYS (syslog), EPERM },
    { SCMP_SYS (io_uring_setup), ENOSYS },
    { SCMP_SYS (io_uring_enter), ENOSYS },
    { SCMP_SYS (io_uring_register), ENOSYS },
    /* another kernel, parts of it, or its end */
    { SCMP_SYS (kexec_load), EPERM },
    { SCMP_SYS (kexec_file_load), EPERM },
    { SCMP_SYS (init_module), EPERM },
    { SCMP_SYS (finit_module), EPERM },
    { SCMP_SYS (delete_module), EPERM },
    { SCMP_SYS (reboot), EPERM },
    { SCMP_SYS (swapon), EPERM },
    { SCMP_SYS (swapoff), EPERM },
    { SCMP_SYS (acct), EPERM },
    { SCMP_SYS (quotactl), EPERM },
    { SCMP_SYS (quotactl_fd), EPERM },
    { SCMP_SYS (nfsservctl), EPERM },
    { SCMP_SYS (iopl), EPERM },
    { SCMP_SYS (ioperm), EPERM },
    { SCMP_SYS (vhangup), EPERM },
    { SCMP_SYS (uselib), EPERM },
    { SCMP_SYS (modify_ldt), EPERM },
    /* clocks of the host */
    { SCMP_SYS (settimeofday), EPERM },
    { SCMP_SYS (clock_settime), EPERM },
    { SCMP_SYS (stime), EPERM },
    /* mounts, namespaces, files by handle */
    { SCMP_SYS (mount), EPERM },
    { SCMP_SYS (umount2), EPERM },
    { SCMP_SYS (umount), EPERM },
    { SCMP_SYS (pivot_root), EPERM },
    { SCMP_SYS (open_tree), EPERM },
    { SCMP_SYS (move_mount), EPERM },
    { SCMP_SYS (fsopen), EPERM },
    { SCMP_SYS (fsconfig), EPERM },
    { SCMP_SYS (fsmount), EPERM },
    { SCMP_SYS (fspick), EPERM },
    { SCMP_SYS (mount_setattr), EPERM },
    { SYS_open_tree_attr, EPERM },
    { SCMP_SYS (setns), EPERM },
    { SCMP_SYS (open_by_handle_at), EPERM },
    { SCMP_SYS (fanotify_init), EPERM },
    /* its flags lie in memory, which a filter cannot read; glibc then takes clone */
    { SCMP_SYS (clone3), ENOSYS },
};

static int refuse_calls (scmp_filter_ctx ctx)
{
    for (size_t i = 0; i < ARRAY_SIZE (refused); i++) {
        int rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO ((uint32_t)refused[i].error),
                                   refused[i].call, 0);
        if (rc < 0 && rc != -EDOM) /* no such call on this processor */
            return rc;
    }
    return 0;
}

static int refuse_namespaces (scmp_filter_ctx ctx)
{
    static const uint64_t flags[] = { CLONE_NEWUSER,  CLONE_NEWNS,  CLONE_NEWPID,
                                      CLONE_NEWNET,   CLONE_NEWIPC, CLONE_NEWUTS,
                                      CLONE_NEWCGROUP };
    int rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (unshare), 1,
                               SCMP_A0 (SCMP_CMP_MASKED_EQ, CLONE_NEWTIME, CLONE_NEWTIME));
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE (flags); i++) {
        struct scmp_arg_cmp has = SCMP_A0 (SCMP_CMP_MASKED_EQ, flags[i], flags[i]);
        rc = seccomp_rule_add_array (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (unshare), 1,
                                     &has);
        if (rc == 0)
            rc = seccomp_rule_add_array (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                                         &has);
    }
    return rc;
}

/* Local, internet, and of netlink what lists addresses and sockets.  Others are drivers few look after, or
 * leave the sandbox by design (AF_VSOCK reaches the machine below this one). */
static int refuse_sockets (scmp_filter_ctx ctx)
{
    uint32_t refuse = SCMP_ACT_ERRNO (EAFNOSUPPORT);
    int rc = seccomp_rule_add (ctx, refuse, SCMP_SYS (socket), 1,
                               SCMP_A0 (SCMP_CMP_GE, FAMILIES));
    for (unsigned f = 0; rc == 0 && f < FAMILIES; f++)
        if (f != AF_UNIX && f != AF_INET && f != AF_INET6 && f != AF_NETLINK)
            rc = seccomp_rule_add (ctx, refuse, SCMP_SYS (socket), 1,
                                   SCMP_A0 (SCMP_CMP_EQ, f));
    for (unsigned p = 1; rc == 0 && p < 32; p++)
        if (p != 4) /* NETLINK_SOCK_DIAG */
            rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPROTONOSUPPORT), SCMP_SYS (socket),
                                   2, SCMP_A0 (SCMP_CMP_EQ, AF_NETLINK),
                                   SCMP_A2 (SCMP_CMP_EQ, p));
    return rc;
}

/* Typing into a terminal from behind. */
static int refuse_ioctls (scmp_filter_ctx ctx)
{
    static const uint32_t requests[] = { TIOCSTI, 0x541C /* TIOCLINUX */ };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE (requests); i++)
        rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (ioctl), 1,
                               SCMP_A1 (SCMP_CMP_MASKED_EQ, 0xffffffffu, requests[i]));
    return rc;
}

static int compile (int fd)
{
    scmp_filter_ctx ctx = seccomp_init (SCMP_ACT_ALLOW);
    if (!ctx)
        return -ENOMEM;
    /* Programs of another processor mode: their calls have other numbers. */
    int rc = seccomp_attr_set (ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (ENOSYS));
    if (rc == 0)
        rc = refuse_calls (ctx);
    if (rc == 0)
        rc = refuse_namespaces (ctx);
    if (rc == 0)
        rc = refuse_sockets (ctx);
    if (rc == 0)
        rc = refuse_ioctls (ctx);
    if (rc == 0)
        (void)seccomp_attr_set (ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (rc == 0)
        rc = seccomp_export_bpf (ctx, fd);
    seccomp_release (ctx);
    return rc;
}

int seccomp_filter (struct err *err)
{
    static int kept = -1;
    if (kept >= 0)
        return kept;
    autoclose int fd = memfd_create ("labwright-seccomp", MFD_CLOEXEC);
    if (fd < 0)
        return err_sys (err, errno, "make a memory file");
    int rc = compile (fd);
    if (rc < 0)
        return err_sys (err, -rc, "compile the filter of system calls");
    return kept = take_fd (fd);
}

int room_filter (struct room *r, struct err *err)
{
    struct stat st;
    struct sock_filter code[BPF_MAXINSNS];
    if (fstat (r->filter, &st) < 0 || st.st_size <= 0 || (size_t)st.st_size > sizeof code ||
        pread (r->filter, code, (size_t)st.st_size, 0) != st.st_size)
        return err_set (err, PROBLEM_INTERNAL, "the filter of system calls cannot be read");
    struct sock_fprog program = { .len =
                                      (unsigned short)((size_t)st.st_size / sizeof code[0]),
                                  .filter = code };
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return err_sys (err, errno, "set the filter of system calls");
    return 0;
}
