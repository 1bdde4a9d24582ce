/* limits.h - control groups behind one interface: what a sandbox may use, what it uses, who is in it
 *
 *     struct limits *l = limits_new (&options, &err);       v1 (libcgroup), v2 (files and BPF) or none
 *     limits_create (l, id, &set, devices, n, &err);        group labwright/ID
 *     limits_join (l, id, &err);                            in the child, before it changes its root
 *     limits_apply (l, id, LIMITS_MEMORY, &set, &err);      live, one part at a time
 *     limits_devices (l, id, devices, n, &err);             the whole list; what is not in it is closed
 *     limits_usage (l, id, &usage);  limits_freeze (...);  limits_kill (...);
 *     limits_remove (l, id);                                when nobody is in it
 *
 * Nothing is remembered here but where the controllers are: all the rest is asked of the kernel, so that
 * a spawner that starts anew finds what the one before has made.  What a host cannot enforce is told by
 * limits_lacks and is no error.  Spawner process only, except limits_join, which a process with one thread calls.
 * Each call takes far less than a millisecond, but for limits_join of version 2 (some 10 ms: a grace period).
 */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LIMITS_GROUP "labwright" /* the group that holds all of ours */
#define LIMITS_CPUSET 260

enum limits_kind { LIMITS_AUTO, LIMITS_V1, LIMITS_V2, LIMITS_NONE, LIMITS_KIND_COUNT };
extern const char
    *const limits_kind_names[LIMITS_KIND_COUNT]; /* "auto", "v1", "v2", "none" */

enum limits_part {
    LIMITS_MEMORY,
    LIMITS_CPUSET_PART,
    LIMITS_CPU,
    LIMITS_PIDS,
    LIMITS_PART_COUNT
};
extern const char *const limits_part_names[LIMITS_PART_COUNT]; /* "memory", "cpuset"... */

/* 0 and "": as much as the host has. */
struct limits_set {
    double cpus;
    char cpuset[LIMITS_CPUSET];
    uint64_t memory;
    uint32_t pids;
};

/* All in the life of the group.  What cannot be told is 0. */
struct limits_usage {
    uint64_t cpu_us, throttled_us;
    uint64_t mem;      /* without page cache that nobody used for a while */
    uint64_t mem_all;  /* what the limit counts */
    uint64_t mem_peak; /* of mem_all */
    uint64_t mem_limit;
    uint32_t pids;
    uint64_t oom_kills;
};

struct limits_options {
    enum limits_kind kind;
    const char *v2_root; /* instead of the mount of cgroup2; NULL: find it */
};

struct limits;
struct limits *limits_new (const struct limits_options *o, struct err *err);
void limits_free (struct limits *l);
DEFINE_AUTO (struct limits *, limits_free)
enum limits_kind limits_kind (const struct limits *l);

/* A group that is there already, and empty, is taken over. */
int limits_create (struct limits *l, const char *id, const struct limits_set *set,
                   const dev_t *devices, size_t n, struct err *err);
int limits_join (struct limits *l, const char *id, struct err *err);
int limits_apply (struct limits *l, const char *id, enum limits_part part,
                  const struct limits_set *set, struct err *err);
/* Character devices that may be opened beside those that every sandbox has (null zero full random urandom
 * tty ptmx pts).  Descriptors that are open already stay so. */
int limits_devices (struct limits *l, const char *id, const dev_t *devices, size_t n,
                    struct err *err);
/* FREEZE: waits up to 200 ms until nothing in it runs, else BUSY and thawed again. */
int limits_freeze (struct limits *l, const char *id, bool freeze, struct err *err);
bool limits_frozen (struct limits *l, const char *id);
/* SIGKILL to everybody in it, frozen or not.  Some may still be there when it returns. */
void limits_kill (struct limits *l, const char *id);
/* Processes of it, as the host numbers them.  malloc'ed; NULL and 0: nobody.  FIRST: a process of it, or 0
 * (only LIMITS_NONE needs it). */
pid_t *limits_pids (struct limits *l, const char *id, pid_t first, size_t *ret_n);
void limits_usage (struct limits *l, const char *id, pid_t first, struct limits_usage *ret);
/* A descriptor that becomes readable when the kernel ran out of the group's memory; -1: there is none.
 * The caller closes it, and drains it with read. */
int limits_oom_fd (struct limits *l, const char *id);
/* The group's own directories, for those who show them inside: NAMES ("memory", or "" for version 2) and PATHS,
 * in parallel. */
void limits_dirs (struct limits *l, const char *id, struct strv *names, struct strv *paths);
/* 0: it is gone.  -1: somebody is in it. */
int limits_remove (struct limits *l, const char *id);
/* Ids of the groups that are there. */
void limits_list (struct limits *l, struct strv *ids);
/* True if PART is enforced, else a sentence why not. */
bool limits_enforces (struct limits *l, enum limits_part part);
bool limits_closes_devices (struct limits *l);

#endif
