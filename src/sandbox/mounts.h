/* mounts.h - the kernel's mount calls with errors for people
 *
 * Thin: a tree is a detached mount held by a descriptor until it is attached.  Called by the child that becomes
 * a sandbox, in its own mount namespace, and by the child that enters one (devices.c).  Paths of the host are
 * given by the administrator; paths inside a sandbox, where its owner may have left symbolic links, go through
 * mounts_inside, which follows none.
 */
#ifndef SANDBOX_MOUNTS_H
#define SANDBOX_MOUNTS_H

#include "base/err.h"
#include <stdbool.h>
#include <sys/types.h>

enum mounts_flags {
    MOUNTS_READ_ONLY = 1 << 0,
    MOUNTS_NO_EXEC = 1 << 1,
    MOUNTS_NO_DEV = 1 << 2,
    MOUNTS_NO_SUID = 1 << 3,
    MOUNTS_RECURSIVE = 1 << 4, /* with what is mounted below */
};

/* A detached copy of PATH.  USERNS >= 0: ids on disk appear as the ids of that user namespace; UNSUPPORTED when
 * the kernel or the file system cannot.  Returns a descriptor. */
int mounts_tree (const char *path, unsigned flags, int userns, struct err *err);
int mounts_attach (int tree, const char *target, struct err *err);
int mounts_attach_fd (int tree, int target,
                      struct err *err); /* TARGET: O_PATH descriptor */
/* mounts_tree and mounts_attach. */
int mounts_bind (const char *path, const char *target, unsigned flags, struct err *err);
/* LOWER, UPPER and WORK by path; none of them appears in /proc/mounts.  UNSUPPORTED as above.  PRIVATE: in a
 * user namespace of our own, where overlay keeps its notes in user attributes. */
int mounts_overlay (const char *lower, const char *upper, const char *work,
                    const char *target, bool private, struct err *err);
int mounts_new (const char *type, const char *target, unsigned flags, const char *options,
                struct err *err);
/* Change flags of what is mounted at TARGET. */
int mounts_flags (const char *target, unsigned flags, struct err *err);

/* Descriptor (O_PATH) of PATH below the directory ROOT.  Each component is opened without following links: a
 * link is CONFLICT.  MAKE: directories that are missing are made, 0755, and with IS_FILE an empty file at the
 * end.  PATH is absolute; ".." is INVALID. */
int mounts_inside (int root, const char *path, bool make, bool is_file, struct err *err);

#endif
