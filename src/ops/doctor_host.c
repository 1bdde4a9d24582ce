/* doctor_host.c - doctor: the kernel, its limits, and programs of the host */

#include "ops/doctor.h"

#include "base/cleanup.h"
#include "model/state_dir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static enum doctor_verdict look_cgroup (struct doctor *d)
{
    char v2[256], mounts[16384];

    doctor_read (d, "sys/fs/cgroup/cgroup.controllers", v2, sizeof v2);
    doctor_read (d, "proc/self/mounts", mounts, sizeof mounts);
    if (*v2 && (!strstr (v2, "memory") || !strstr (v2, "pids") || !strstr (v2, "cpu")))
        return doctor_say (d, DOCTOR_BAD,
                           "enable them for this cgroup (systemd: Delegate=yes)",
                           "control groups lack memory, pids or cpu: %.100s", v2);
    if (*v2)
        return doctor_say (d, DOCTOR_FINE, NULL, "version 2");
    if (strstr (mounts, " cgroup "))
        return doctor_say (d, DOCTOR_FINE, NULL, "version 1");
    return doctor_say (d, DOCTOR_BAD, "mount -t cgroup2 none /sys/fs/cgroup",
                       "there are no control groups: limits cannot be kept");
}

static enum doctor_verdict look_user_namespaces (struct doctor *d)
{
    char max[32], clone[32];

    doctor_read (d, "proc/sys/user/max_user_namespaces", max, sizeof max);
    doctor_read (d, "proc/sys/kernel/unprivileged_userns_clone", clone, sizeof clone);
    if (!*max || strtol (max, NULL, 10) == 0)
        return doctor_say (d, DOCTOR_BAD, "sysctl user.max_user_namespaces=65536",
                           "user namespaces are switched off: no workspace can start");
    if (geteuid () != 0 && *clone == '0')
        return doctor_say (d, DOCTOR_BAD,
                           "sysctl kernel.unprivileged_userns_clone=1, or run as root",
                           "user namespaces are for root only here");
    return doctor_say (d, DOCTOR_FINE, NULL, "there");
}

static enum doctor_verdict look_overlay (struct doctor *d)
{
    char kinds[8192];

    doctor_read (d, "proc/filesystems", kinds, sizeof kinds);
    if (!strstr (kinds, "\toverlay\n"))
        return doctor_say (d, DOCTOR_BAD, "modprobe overlay",
                           "the kernel has no overlay file system: what is installed in a "
                           "workspace cannot be kept");
    return doctor_say (d, DOCTOR_FINE, NULL, "there");
}

static enum doctor_verdict look_forwarding (struct doctor *d)
{
    char on[16];

    doctor_read (d, "proc/sys/net/ipv4/ip_forward", on, sizeof on);
    if (*on != '1')
        return doctor_say (d, DOCTOR_WEAK, "sysctl net.ipv4.ip_forward=1",
                           "packets are not forwarded: workspaces with network nat may "
                           "have none");
    return doctor_say (d, DOCTOR_FINE, NULL, "on");
}

static enum doctor_verdict look_user (struct doctor *d)
{
    char users[65536];

    if (geteuid () != 0)
        return doctor_say (d, DOCTOR_FINE, NULL, "the hub is yours");
    doctor_read (d, "etc/passwd", users, sizeof users);
    if (strncmp (users, STATE_DIR_USER ":", sizeof STATE_DIR_USER) != 0 &&
        !strstr (users, "\n" STATE_DIR_USER ":"))
        return doctor_say (d, DOCTOR_WEAK,
                           "systemd-sysusers, or adduser --system labwright",
                           "there is no user " STATE_DIR_USER
                           ": the hub runs with a number that nobody has");
    return doctor_say (d, DOCTOR_FINE, NULL, "there is a user " STATE_DIR_USER);
}

static enum doctor_verdict look_open_files (struct doctor *d)
{
    struct rlimit limit;

    if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < 4096)
        return doctor_say (d, DOCTOR_WEAK, "ulimit -Hn 65536 (systemd: LimitNOFILE=65536)",
                           "at most %llu files may be open: enough for few people",
                           (unsigned long long)limit.rlim_max);
    return doctor_say (d, DOCTOR_FINE, NULL, "enough");
}

static enum doctor_verdict look_git (struct doctor *d)
{
    if (!doctor_program ("git"))
        return doctor_say (d, DOCTOR_WEAK, "apt-get install git",
                           "git is not in PATH: nothing can be imported");
    return doctor_say (d, DOCTOR_FINE, NULL, "in PATH");
}

static enum doctor_verdict look_python (struct doctor *d)
{
    if (!doctor_program ("python3"))
        return doctor_say (d, DOCTOR_BAD, "apt-get install python3 python3-venv",
                           "python3 is not in PATH");
    return doctor_say (d, DOCTOR_FINE, NULL, "in PATH");
}

static enum doctor_verdict look_memory (struct doctor *d)
{
    if (d->host.memory < 512ull << 20)
        return doctor_say (d, DOCTOR_WEAK, "add memory",
                           "%llu MiB of memory are little for workspaces",
                           (unsigned long long)d->host.memory >> 20);
    return doctor_say (d, DOCTOR_FINE, NULL, "%llu MiB, %.3g cores",
                       (unsigned long long)d->host.memory >> 20, d->host.cpus);
}

static const struct doctor_check checks[] = {
    { "control groups", look_cgroup },
    { "user namespaces", look_user_namespaces },
    { "overlay", look_overlay },
    { "forwarding", look_forwarding },
    { "user", look_user },
    { "open files", look_open_files },
    { "git", look_git },
    { "python3", look_python },
    { "memory", look_memory },
};
const struct doctor_table doctor_host = { checks, ARRAY_SIZE (checks) };
