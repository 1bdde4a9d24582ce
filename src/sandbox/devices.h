/* devices.h - device nodes and driver libraries of a running sandbox, and who uses them
 *
 *     struct device_set gpu = { .nodes = nodes, .n_nodes = 2, .libraries = &paths };
 *     devices_put (pidfd, &gpu, &err);                      the nodes are there, libraries too
 *     if (devices_holders (&gpu, pids, n, holders, 16) == 0) devices_take (pidfd, &gpu, &err);
 *     char *who = devices_holders_text (holders, n);        "python3 (pid 412) has /dev/nvidia0 open"
 *
 * A node in /dev of a sandbox is a name, not a right: the device cgroup decides who may open it, so the gate
 * allows before it puts and takes before it denies.  Both calls may be repeated: what is there already, or gone
 * already, is no error.  They work from a child that enters the sandbox's mount namespace, where it follows no
 * symbolic link of /dev; the caller's own mounts never change.  Nothing of a sandbox is owned here.
 *
 * Spawner process only, as root (rootless: UNSUPPORTED).  Blocking, about 1 ms each; devices_holders reads
 * /proc/PID/fd of the pids given, about 20 us for each descriptor.
 */
#ifndef SANDBOX_DEVICES_H
#define SANDBOX_DEVICES_H

#include "base/err.h"
#include "base/strv.h"
#include <stddef.h>
#include <sys/types.h>

#define DEVICES_MAX 64            /* nodes of a set */
#define DEVICES_LIBRARIES_MAX 256 /* as a machine has at most (model/machines.h) */

struct device_node {
    char *path; /* below /dev, the same inside: "/dev/nvidia0"; no link, no ".." */
    dev_t dev;  /* type is always character */
};

struct device_set {
    const struct device_node *nodes;
    size_t n_nodes;
    const struct strv *
        libraries; /* files or directories of the host, read-only at the same path; or NULL */
};

/* Fill RET from the node PATH of the host: NOT_FOUND if there is none, INVALID if it is no character device.
 * RET->path is malloc'ed. */
int device_node_read (const char *path, struct device_node *ret, struct err *err);

/* PIDFD is of any process of the sandbox.  Nodes get mode 0666 (the cgroup is the lock), missing directories
 * below /dev are made.  All or nothing: what was put before a failure is taken away again. */
int devices_put (int pidfd, const struct device_set *set, struct err *err);
int devices_take (int pidfd, const struct device_set *set, struct err *err);

struct device_holder {
    pid_t pid;         /* of the host */
    pid_t inner;       /* of the sandbox */
    char comm[16 + 1]; /* may hold any bytes but NUL: the program chose it */
    const char *node;  /* path in the set */
};
/* Which of the PIDS has a node open or mapped; a process appears once.  Returns how many there are, also beyond
 * MAX.  A pid that ended meanwhile is skipped. */
size_t devices_holders (const struct device_set *set, const pid_t *pids, size_t n,
                        struct device_holder *ret, size_t max);
/* One sentence for people, malloc'ed; N as returned by devices_holders, which may pass MAX. */
char *devices_holders_text (const struct device_holder *holders, size_t n, size_t max);

#endif
