/* usage_store.h - how long whose workspaces were on which machine
 *
 * Read from the table `run`: one row for each stay on one machine, written with the change of state that
 * begins or ends it (workspace_store.h).  A run that goes on counts up to `now`; seconds are those of the wall
 * clock, and a second belongs to the run that it began in, so that neighbouring spans add up.
 *
 * Hub process.  Reads the runs of the span by index: a busy year of one installation is some ten thousand rows.
 */
#ifndef STORE_USAGE_STORE_H
#define STORE_USAGE_STORE_H

#include "store/db.h"

struct usage_filter {
    const char *user, *namespace, *workspace; /* ids and a name; NULL: any */
    int64_t from, to, now;                    /* seconds since 1970: from <= t < to */
};

/* One workspace on one kind of machine. */
struct usage_row {
    const char *workspace, *name; /* NAME "": it was deleted since */
    const char *user, *namespace; /* USER: login name, "" if unknown */
    const char *machine;
    int64_t seconds, runs;
    int64_t cpu_us;       /* of those runs, also what is outside of the span */
    uint64_t memory_peak; /* bytes */
    bool goes_on;
};

/* Most seconds first; FN borrows. */
int usage_store_each (struct db *db, const struct usage_filter *f,
                      void (*fn) (void *arg, const struct usage_row *row), void *arg,
                      struct err *err);

#endif
