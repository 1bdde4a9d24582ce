/* kernel_fate.h - how a process ended, in plain words
 *
 *     struct kernel_fate f;
 *     kernel_fate_begin (&f);                     when it starts: the counters of the
 * out-of-memory killer char text[KERNEL_FATE_TEXT]; bool oom = kernel_fate_tell (&f,
 * status, text);
 *
 * A kill counts as out-of-memory if our own cgroup's counter rose meanwhile, or, where
 * there is none, the host's.  Reads two small files of the kernel's file systems.  Any
 * thread.
 */
#ifndef KEEPER_KERNEL_FATE_H
#define KEEPER_KERNEL_FATE_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_FATE_TEXT 256
#define KERNEL_FATE_UNKNOWN INT64_MIN

struct kernel_fate {
    int64_t cgroup_kills, host_kills; /* or KERNEL_FATE_UNKNOWN */
};
void kernel_fate_begin (struct kernel_fate *f);
/* STATUS as waitpid has it.  True: the out-of-memory killer did it. */
bool kernel_fate_tell (const struct kernel_fate *f, int status, char ret[KERNEL_FATE_TEXT]);

/* The last line of TAIL (what the kernel wrote last) that looks like the reason, into RET; "":
 * none does. */
void kernel_fate_words (const char *tail, char ret[KERNEL_FATE_TEXT]);

#endif
