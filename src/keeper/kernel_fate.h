/* kernel_fate.h - how a process ended, in plain words
 *
 *     struct kernel_fate f;
 *     kernel_fate_init (&f);
 *     kernel_fate_look (&f, pid);       it runs in this group, which ran out so many times
 *     kernel_fate_ended (&f, pid, cpu_us);
 *     char text[KERNEL_FATE_TEXT];
 *     bool oom = kernel_fate_tell (&f, status, text);
 *     kernel_fate_done (&f);
 *
 * A kill counts as out-of-memory if the counter of the process's own cgroup rose since the last
 * look, or, where that cannot be read, the host's. A process may be moved to another group, so
 * it is looked at again before there is something new that may kill it. Reads some small files
 * of the kernel's file systems (30 µs). Any thread.
 */
#ifndef KEEPER_KERNEL_FATE_H
#define KEEPER_KERNEL_FATE_H

#include "keeper/memcg.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KERNEL_FATE_TEXT 256

struct kernel_fate {
    struct memcg_mount mount;
    char *group;                     /* directory; NULL: not known */
    int64_t group_kills, host_kills; /* at the last look, or MEMCG_UNKNOWN */
    int64_t cpu_limit_s;             /* that it used up; 0: it did not */
};
void kernel_fate_init (struct kernel_fate *f);
void kernel_fate_done (struct kernel_fate *f);
void kernel_fate_look (struct kernel_fate *f, pid_t pid);
/* Its process has ended and is not waited for yet. */
void kernel_fate_ended (struct kernel_fate *f, pid_t pid, int64_t cpu_us);
/* STATUS as waitpid has it.  True: the out-of-memory killer did it. */
bool kernel_fate_tell (const struct kernel_fate *f, int status, char ret[KERNEL_FATE_TEXT]);

/* The last line of TAIL (what the kernel wrote last) that looks like the reason, into RET; "":
 * none does. */
void kernel_fate_words (const char *tail, char ret[KERNEL_FATE_TEXT]);

#endif
