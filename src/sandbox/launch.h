/* launch.h - the first process of a sandbox, and everything that it cannot see
 *
 *     launch_prepare (state, &err);              once, when the spawner starts
 *     launch (&what, &l, &err);                  about 10 ms; l.pid is pid 1 of the sandbox
 *     ... watch l.pidfd; kill the cgroup to end it; launched_done (&l) ...
 *
 * A child of the caller goes through a table of named steps (launch.c) and executes argv.  All that the steps
 * make lives in namespaces of that child, so a failed step is undone by ending the child; launch does that and
 * names the step in l.step.  Nothing of the host's own mounts or interfaces is changed, but for the one
 * interface of network NAT, which the kernel removes together with the sandbox.  The sandbox does not depend
 * on its maker: it goes on when the spawner ends.
 *
 * What a process inside is: user id 0 of a user namespace that begins at uid_base outside, with capabilities
 * over its own files and processes only.  Mount, network, pid, ipc and uts namespaces belong to the host: no
 * process inside can mount, set addresses, or make another user namespace.  What it sees:
 *
 *     /             tmpfs, read-only; bin sbin lib lib64 lead to /usr
 *     /usr          the host's with DIR/upper/usr over it: what is installed persists
 *     /opt          empty at first, DIR/upper/opt
 *     /etc          a copy of what everybody may read in the host's, under DIR/upper/etc
 *     /var          empty but for the list of installed packages, under DIR/upper/var
 *     env_prefix    the environment at its own path, under DIR/upper/env-...
 *     programs      read-only, at their own paths
 *     /floyd/home   DIR/home, working directory and HOME; also /root
 *     /tmp /run /dev/shm   memory, private, empty
 *     /dev          null zero full random urandom tty ptmx pts fd std*, and DEVICES
 *     /proc         own processes only; /sys: cpu and node topology, and own cgroup read-only
 *
 * Where the kernel or the file system has no idmapped mounts or no overlay, /usr, /opt and env_prefix are
 * read-only and belong to nobody (launch_probe says so).  Not as root: a user namespace with one id, no
 * network but the host's, no limits; launch_lacks lists it in words.
 *
 * Spawner process only, which has one thread.  Blocking; launch_begin and launch_finish do the same in two
 * steps for those who have a loop.  All strings are borrowed for the time of the call.
 */
#ifndef SANDBOX_LAUNCH_H
#define LAUNCH_PATH_NAME "LABWRIGHT_PATH"
#define SANDBOX_LAUNCH_H

#include "base/err.h"
#include "base/strv.h"
#include "sandbox/devices.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LAUNCH_UIDS 65536u /* ids in the range of a person */

enum launch_network { LAUNCH_NET_NONE, LAUNCH_NET_NAT, LAUNCH_NET_HOST, LAUNCH_NET_COUNT };

struct launch_bind {
    const char *source; /* of the host, a directory or a file */
    const char
        *target; /* absolute and normal, inside; made if missing; no link on the way */
    bool read_only;
};

/* One directory of the sandbox's own control group, shown read-only as /sys/fs/cgroup/NAME ("": version 2). */
struct launch_cgroup {
    const char *name, *path;
};

struct launch {
    const char *id;
    const char *hostname; /* inside; NULL: the id */
    const char *state;    /* as given to launch_prepare */
    const char *dir; /* STATE/ws/ID; home, upper, work and root are made in it if missing */
    uint32_t
        uid_base; /* first host id of the person's range; DIR/home and DIR/upper belong to it */
    const char *person;         /* login name for /etc/passwd, beside "root"; or NULL */
    const struct strv *argv;    /* argv[0] is looked for in PATH of ENVIRON, inside */
    const struct strv *environ; /* LAUNCH_PATH_NAME: the PATH of login shells as well */
    const char *cwd;            /* inside; NULL: /floyd/home */
    int listen_fd; /* becomes descriptor 3; -1: none.  LISTEN_FDS is the keeper's business */
    int log_fd;    /* becomes 1 and 2; -1: /dev/null */
    const char *
        root; /* directory of a root file system instead of the host's /usr /opt /etc /var; or NULL */
    const char *env_prefix;      /* or NULL */
    const struct strv *programs; /* directories or files of the host; or NULL */
    const struct launch_bind *binds;
    size_t n_binds;
    const struct device_set *devices; /* from the start on; or NULL */
    enum launch_network network;
    uint64_t
        tmp_bytes;  /* of /tmp and of /dev/shm each; 0: half of the memory of the host */
    uint64_t files; /* RLIMIT_NOFILE; 0: as the spawner has it */
    const struct launch_cgroup *cgroups;
    size_t n_cgroups;
    /* Called in the child, first of all, while it still sees the host: put yourself into the control groups
     * (write "0" to their cgroup.procs; getpid () is 1 there).  NULL: no control groups. */
    int (*join) (void *arg, struct err *err);
    void *join_arg;
};

struct launched {
    pid_t pid;     /* of the host */
    int pidfd;     /* close-on-exec; owned */
    int status_fd; /* of launch_begin: readable when it is done or failed; owned */
    char step[24]; /* the step that failed, or "" */
};

/* Builds what all sandboxes share below STATE/base (the filtered /etc) and, if this is root and nft is there,
 * the packet filter of network NAT.  May be called again: then it follows changes of the host's /etc.  KEEP: do
 * not remove older copies, sandboxes may run on them. */
int launch_prepare (const char *state, bool keep, struct err *err);

/* 0: the program was executed.  -1: it was not, ERR says why, nothing is left but directories. */
int launch (const struct launch *what, struct launched *ret, struct err *err);
int launch_begin (const struct launch *what, struct launched *ret, struct err *err);
/* After launch_begin succeeded and status_fd is readable; blocks if called earlier. */
int launch_finish (struct launched *l, struct err *err);
void launched_done (struct launched *l); /* closes the descriptors; the sandbox goes on */

/* What of all this works on this host, tried out in a child (about 5 ms). */
struct launch_probe {
    bool root, userns, overlay, idmap, netns, veth, nft, seccomp;
};
int launch_probe (const char *state, struct launch_probe *ret, struct err *err);
/* Appends one sentence for each thing that is not enforced or missing because of PROBE; none: all is there. */
void launch_lacks (const struct launch_probe *probe, struct strv *ret);

#endif
