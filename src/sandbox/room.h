/* room.h - the child that becomes a sandbox: what its steps share (private to launch)
 *
 * One struct room lives on the stack of that child.  Steps are functions of one shape, listed in order in
 * launch.c; each belongs to the file named behind it.  A step that fails fills ERR and the child ends, which
 * takes its namespaces, mounts and interface with it: there is nothing else to undo.
 */
#ifndef SANDBOX_ROOM_H
#define SANDBOX_ROOM_H

#include "base/err.h"
#include "sandbox/launch.h"
#include <limits.h>
#include <stdbool.h>

#define ROOM_HOME "/floyd/home"

struct room {
    const struct launch *what;
    bool root;  /* host root made this; else one id in a user namespace of our own */
    int userns; /* of the person's range; -1 if not root, then we are inside already */
    int status; /* where a step that fails is told; closed when the program is executed */
    int filter; /* memory file with the compiled seccomp filter */
    char top[PATH_MAX]; /* where the new root is put together: DIR/root */
    bool entered;       /* top is the root now */
};

/* rootfs.c */
/* DIR/NAME, made if missing and then, if OWNED, given to the person's range. */
int room_dir (const struct room *r, const char *name, bool owned, char ret[PATH_MAX],
              struct err *err);
int room_root (struct room *r, struct err *err); /* private mounts, the empty root */
int room_system (struct room *r,
                 struct err *err); /* /usr /opt /etc /var, or the given root */
int room_memory (struct room *r, struct err *err);   /* /tmp /run */
int room_programs (struct room *r, struct err *err); /* env_prefix, programs */
int room_private (struct room *r, struct err *err);  /* /floyd/home, binds */
int room_enter (struct room *r, struct err *err);    /* pivot */
/* rootfs_kernel.c */
int room_dev (struct room *r, struct err *err);
int room_devices (struct room *r, struct err *err);
int room_proc (struct room *r, struct err *err);
int room_sys (struct room *r, struct err *err);
/* roomfiles.c */
int room_files (struct room *r, struct err *err); /* hosts, hostname, resolv.conf, passwd */
/* net.c */
int room_net (struct room *r, struct err *err);
/* lockdown.c */
int room_join (struct room *r, struct err *err); /* control groups and their namespace */
int room_descriptors (struct room *r, struct err *err);
int room_limits (struct room *r, struct err *err);
int room_person (struct room *r, struct err *err); /* user namespace, ids, capabilities */
int room_filter (struct room *r, struct err *err); /* no new privileges, seccomp */

/* userns.c */
/* A new user namespace in which 0 stands for BASE, LAUNCH_UIDS of them; a descriptor. */
int room_userns (uint32_t base, struct err *err);
/* PID, a child in a user namespace of its own, is 0 there and COUNT ids from BASE on outside. */
int room_map_ids (pid_t pid, uint32_t base, uint32_t count, struct err *err);

/* base.c: STATE/base/etc-... as launch_prepare left it; NOT_FOUND before. */
int base_etc (const char *state, char ret[PATH_MAX], struct err *err);
int base_var (const char *state, char ret[PATH_MAX], struct err *err);
/* seccomp.c: a memory file with the program, made once and kept. */
int seccomp_filter (struct err *err);

#endif
