/* template.h - warm Pythons: processes that have imported ipykernel and wait to become a kernel
 *
 * A kernel of `python -m ipykernel_launcher` spends most of its start on imports.  For each
 * interpreter and environment that was asked for, a template (kernels/python/template.py)
 * does them once and forks processes that wait; one of them takes on the command, the
 * directory and the environment of the next kernel.  It is a child of ours like a kernel that
 * was started cold, and user code cannot tell the difference.  When there is none, or
 * anything goes wrong, the caller starts the kernel cold: a template is never waited for.
 *
 *     templates_take ──NULL──► proc_start (cold), then templates_want
 *
 * What is wanted does not depend on the kernel that it was wanted for: a client that starts kernels and
 * ends them at once finds the next one warm.
 * A template that was not used for TEMPLATE_LIFE_US ends.  Loop thread only; keeper process only.
 */
#ifndef KEEPER_TEMPLATE_H
#define KEEPER_TEMPLATE_H

#include "base/cleanup.h"
#include "base/strv.h"
#include "loop/loop.h"
#include "loop/proc.h"

#define TEMPLATES_MAX 4
#define TEMPLATE_LIFE_US (15 * 60 * 1000000LL)

struct templates;

/* A kernel's start; all borrowed. */
struct template_request {
    const struct strv *argv, *environ;
    const char *cwd;
    int fd_out; /* becomes stdout and stderr */
};

/* Finds the program, in the tree that we were built in or where we were installed.  Our orphaned
 * grandchildren must become our children (keep.c). */
struct templates *templates_new (struct loop *l);
void templates_free (struct templates *ts);
DEFINE_AUTO (struct templates *, templates_free)

/* The process that becomes the kernel, with ON_EXIT and ARG as those of proc_start; the caller
 * owns it.  NULL: none waits for such a command and environment. */
struct proc *templates_take (struct templates *ts, const struct template_request *r,
                             proc_exit_fn on_exit, void *arg);
/* Have one ready for the next kernel like R, if its command is one that templates know.  It is started after
 * DELAY_US, or sooner if somebody else wants it sooner. */
void templates_want (struct templates *ts, const struct template_request *r,
                     int64_t delay_us);

#endif
