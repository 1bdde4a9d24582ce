/* usage.h - what process trees use: memory and CPU from /proc, limits from the cgroup
 * (contract 8, "Resource usage")
 *
 *     struct usage_sample *u = usage_take (roots, nroots, dir);      in the pool: reads
 * /proc usage_cpu_percent (u, before, pid);                            pure: against an
 * earlier one usage_free (u);
 *
 * A sample is a value: it refers to nothing else, and nothing is read unless somebody asks.
 * Bytes and clock ticks.  The parsers take NUL-terminated text of any content, any thread.
 */
#ifndef SERVER_USAGE_H
#define SERVER_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define USAGE_PROCS 4096    /* processes of our own that one sample looks at */
#define USAGE_SCANNED 65536 /* processes of the machine */
#define USAGE_NO_LIMIT UINT64_MAX

struct usage_proc {
    pid_t pid, parent;
    uint64_t started, ticks; /* STARTED tells one bearer of a pid from the next */
    uint64_t rss, pss;
    pid_t group;
    pid_t foreground; /* process group that its terminal listens to; -1: no terminal */
    char name[16];    /* as it chose it: any bytes */
};

struct usage_host {
    uint64_t total, available, free, active, inactive, buffers, cached, shared, slab;
    uint64_t busy, all; /* ticks of all processors */
};

struct usage_sample {
    struct usage_proc *procs; /* the roots and all below them */
    size_t nprocs;
    int64_t at_us; /* clock_mono_us */
    struct usage_host host;
    uint64_t memory_limit;          /* USAGE_NO_LIMIT: none */
    double cpu_limit;               /* processors; 0: none */
    uint64_t disk_used, disk_total; /* of the file system of DIR; 0: unknown */
};

/* Blocks: for the pool.  What ended meanwhile is left out. */
struct usage_sample *usage_take (const pid_t *roots, size_t nroots, const char *dir);
/* The same without machine, limits and disk, for those who look every second: RSS as the process table has it
 * (its pages, shared ones too), PSS 0. */
struct usage_sample *usage_take_processes (const pid_t *roots, size_t nroots);
void usage_free (struct usage_sample *u); /* NULL is fine */

/* Memory of PID and all below it; 0 stands for everything. */
void usage_memory (const struct usage_sample *u, pid_t pid, uint64_t *ret_rss,
                   uint64_t *ret_pss);
/* The CPU time that the processes of these trees have used in their lives. */
double usage_cpu_seconds (const struct usage_sample *u, pid_t pid);
/* NULL: not in the sample. */
const struct usage_proc *usage_find (const struct usage_sample *u, pid_t pid);
/* The same trees' CPU time since BEFORE, 100 for one busy processor; 0 without BEFORE. */
double usage_cpu_percent (const struct usage_sample *u, const struct usage_sample *before,
                          pid_t pid);
/* Of all processors together, 0 to 100. */
double usage_host_percent (const struct usage_sample *u, const struct usage_sample *before);

/* /proc/PID/stat; the name in it may hold anything.  False: it is none. */
bool usage_parse_stat (const char *text, struct usage_proc *ret);
/* Bytes of the line "KEY: n kB" (smaps_rollup, meminfo).  False: no such line. */
bool usage_parse_kb (const char *text, const char *key, uint64_t *ret);
/* memory.max or memory.limit_in_bytes. */
uint64_t usage_parse_memory_limit (const char *text);
/* cpu.max, "QUOTA PERIOD", in processors; 0: none. */
double usage_parse_cpu_limit (const char *text);
/* The path of CONTROLLER ("" for v2) in /proc/self/cgroup into RET.  False: none, or it
 * does not fit or has "..". */
bool usage_parse_cgroup (const char *text, const char *controller, char *ret, size_t size);
/* First line of /proc/stat. */
void usage_parse_cpu_total (const char *text, struct usage_host *ret);

#endif
