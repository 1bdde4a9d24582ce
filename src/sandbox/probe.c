/* probe.c - what of a sandbox this host can make: tried out, in children that end */
#include "sandbox/launch.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "sandbox/child.h"
#include "sandbox/mounts.h"
#include "sandbox/netfilter.h"
#include "sandbox/netlink.h"
#include "sandbox/room.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROBE_UID 600000000u

static int own_user_namespace (void *arg, struct err *err)
{
    (void)arg;
    return unshare (CLONE_NEWUSER) < 0 ? err_sys (err, errno, "user namespace") : 0;
}

static int network_namespace (void *arg, struct err *err)
{
    (void)arg;
    return unshare (CLONE_NEWNET) < 0 ? err_sys (err, errno, "network namespace") : 0;
}

/* A pair between two namespaces of our own: the host's is left alone. */
static int pair (void *arg, struct err *err)
{
    (void)arg;
    if (unshare (CLONE_NEWNET) < 0)
        return err_sys (err, errno, "network namespace");
    autoclose int nl = netlink_open (err);
    autoclose int here = nl < 0 ? -1 : open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    return here < 0 ? -1 : netlink_veth (nl, "lwprobe", here, 1500, err);
}

struct trial {
    const char *dir;
    bool idmap;
};

/* An overlay in DIR/{lower,upper,work,at}, its lower layer with other ids if IDMAP. */
static int layered (void *arg, struct err *err)
{
    const struct trial *t = arg;
    static const char *const names[] = { "lower", "upper", "work", "at" };
    char path[4][PATH_MAX];
    if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return err_sys (err, errno, "mount namespace");
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        (void)snprintf (path[i], sizeof path[i], "%s/%s", t->dir, names[i]);
        if (mkdir (path[i], 0755) < 0 && errno != EEXIST)
            return err_sys (err, errno, "make %s", path[i]);
    }
    if (t->idmap) {
        autoclose int userns = room_userns (PROBE_UID, err);
        autoclose int tree = userns < 0 ? -1 : mounts_tree (path[0], 0, userns, err);
        if (tree < 0 || mounts_attach (tree, path[0], err) < 0)
            return -1;
    }
    return mounts_overlay (path[0], path[1], path[2], path[3], false, err);
}

int launch_probe (const char *state, struct launch_probe *ret, struct err *err)
{
    char dir[PATH_MAX];
    struct trial plain = { dir, false }, mapped = { dir, true };
    *ret = (struct launch_probe){ .root = geteuid () == 0 };
    if (snprintf (dir, sizeof dir, "%s/probe", state) >= (int)sizeof dir)
        return err_set (err, PROBLEM_INVALID, "%s: the path is too long", state);
    if (fd_mkdirs (dir, 0700, err) < 0)
        return -1;
    ret->userns = child_run (own_user_namespace, NULL, NULL) == 0;
    ret->netns = ret->root && child_run (network_namespace, NULL, NULL) == 0;
    ret->veth = ret->netns && child_run (pair, NULL, NULL) == 0;
    ret->nft = netfilter_program () != NULL;
    ret->seccomp = seccomp_filter (NULL) >= 0;
    ret->overlay = ret->root && child_run (layered, &plain, NULL) == 0;
    ret->idmap = ret->overlay && child_run (layered, &mapped, NULL) == 0;
    (void)fd_remove_tree (dir, NULL);
    return 0;
}

void launch_lacks (const struct launch_probe *p, struct strv *ret)
{
    if (!p->userns)
        strv_add (ret,
                  "This kernel makes no user namespaces, so there are no sandboxes: set "
                  "kernel.unprivileged_userns_clone and user.max_user_namespaces.");
    if (!p->seccomp)
        strv_add (ret, "System calls are not filtered: this kernel has no seccomp.");
    if (!p->root) {
        strv_add (ret,
                  "Without root everybody's files belong to one user of this host, and "
                  "workspaces are kept apart by namespaces alone.");
        strv_add (ret, "Without root workspaces use the network of this host.");
        strv_add (ret, "Without root devices cannot be given to a workspace.");
        return;
    }
    if (!p->overlay)
        strv_add (ret,
                  "What is installed in a workspace outside of its home is not kept: this "
                  "file system has no overlays (state directory).");
    else if (!p->idmap)
        strv_add (
            ret, "What is installed in a workspace outside of its home is not kept: this "
                 "kernel or file system maps no ids of mounts (Linux 5.19 and ext4, xfs or "
                 "btrfs do).");
    if (!p->netns)
        strv_add (ret,
                  "Workspaces use the network of this host: this kernel makes no network "
                  "namespaces.");
    else if (!p->veth || !p->nft)
        strv_add (ret, p->veth ? "Network nat does not work: install the package nftables."
                               : "Network nat does not work: this kernel has no veth.");
}
