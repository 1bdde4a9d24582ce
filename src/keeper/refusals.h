/* refusals.h - what the limits of this sandbox refused, in words with numbers
 *
 *     struct refusals *r = refusals_new ();           NULL: no limits are seen from here
 *     refusals_look (r, NULL);                        a cell begins: what was before is not its
 *     unsigned what = refusals_look (r, &words);      a bit for each kind that there are words for
 *     refusals_free (r);
 *
 * Three things that a program meets without a number, and often without a word: processes and threads above
 * pids.max, processes that the out-of-memory killer ended, and all of the CPU time used up for REFUSALS_PERIODS
 * periods in a row.  Counters of the keeper's own control group, of version 1 or 2, which a sandbox can read.  They
 * rise before the program hears of it, so that a look when its cell ends misses nothing; who looks at least
 * every REFUSALS_LOOK_US tells of all within half a second.
 *
 * A look is three reads of the kernel's memory (10 µs).  Loop thread.
 */
#ifndef KEEPER_REFUSALS_H
#define KEEPER_REFUSALS_H

#include "base/cleanup.h"
#include "base/clock.h"

#define REFUSALS_LOOK_US (100 * CLOCK_MS)
#define REFUSALS_PERIODS 3
#define REFUSALS_TEXT 256

enum refusal { REFUSAL_PROCESSES, REFUSAL_MEMORY, REFUSAL_CPU, REFUSAL_KINDS };
struct refusals_words {
    char text[REFUSAL_KINDS][REFUSALS_TEXT]; /* a line each, of those that are told of */
};

struct refusals;
struct refusals *refusals_new (void);
/* The same, from the texts of a process's mountinfo and cgroup. */
struct refusals *refusals_new_of (const char *mountinfo, const char *cgroup);
void refusals_free (struct refusals *r);
DEFINE_AUTO (struct refusals *, refusals_free)
/* What has risen since the last look, 1 << kind each.  RET may be NULL. */
unsigned refusals_look (struct refusals *r, struct refusals_words *ret);

#endif
