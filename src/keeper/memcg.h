/* memcg.h - the memory cgroup of a process: how often it ran out, and what its limit is
 *
 *     struct memcg_mount m;
 *     if (memcg_find (mountinfo, &m)) ...               text of /proc/self/mountinfo
 *     char *dir = memcg_dir (&m, cgroup);               text of /proc/PID/cgroup
 *     int64_t kills = memcg_kills (&m, dir), limit = memcg_limit (&m, dir);
 *     memcg_mount_done (&m);
 *
 * Versions 1 and 2, both at once (version 1 has the controller then), and containers that see
 * their own part of the tree only.  Reads some small files of the kernel's file systems; any
 * thread.
 */
#ifndef KEEPER_MEMCG_H
#define KEEPER_MEMCG_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stdint.h>

#define MEMCG_UNKNOWN (-1)

struct memcg_mount {
    char *point, *root; /* where, and which part of the tree is seen there */
    const char *controller;
    bool v2;
};
/* Where the memory controller is mounted.  False: nowhere; M is empty. */
bool memcg_find (const char *mountinfo, struct memcg_mount *m);
/* The same of another CONTROLLER ("pids", "cpu"), a literal. */
bool memcg_find_controller (const char *mountinfo, const char *controller,
                            struct memcg_mount *m);
void memcg_mount_done (struct memcg_mount *m);

/* The directory of a process's group, malloc'ed; NULL: it is not seen from here. */
char *memcg_dir (const struct memcg_mount *m, const char *cgroup);
/* Processes of the group that the out-of-memory killer ended, or MEMCG_UNKNOWN. */
int64_t memcg_kills (const struct memcg_mount *m, const char *dir);
/* Bytes that the group may use, by its own limit or that of one above it; MEMCG_UNKNOWN: any. */
int64_t memcg_limit (const struct memcg_mount *m, const char *dir);
/* The number behind "KEY " at the beginning of a line of a file, or MEMCG_UNKNOWN. */
int64_t memcg_counter (const char *path, const char *key);

#endif
