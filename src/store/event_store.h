/* event_store.h - what happened, in order: the source of the event stream
 *
 * A store that changes a state writes its event in the same transaction (workspace_store.h); this is for
 * the others, and for reading.
 *
 * Hub process; statements by key.
 */
#ifndef STORE_EVENT_STORE_H
#define STORE_EVENT_STORE_H

#include "store/db.h"

struct event_row {
    int64_t seq, at; /* AT: seconds since 1970 */
    const char *kind, *subject, *namespace;
    const char *body; /* a JSON object */
};

/* SEQ and AT are filled in by the store. */
int event_store_add (struct db *db, const struct event_row *row, struct err *err);
/* Forget those before SECONDS (since 1970), but never the latest one: numbers go on.  By number, as
 * events are in order: takes the time of what it forgets. */
int event_store_sweep (struct db *db, int64_t seconds, struct err *err);
/* Number of the latest one; 0: none. */
int event_store_last (struct db *db, int64_t *ret, struct err *err);
/* In order, at most LIMIT, those after number AFTER, until FN returns false; FN borrows. */
int event_store_each (struct db *db, int64_t after, int64_t limit,
                      bool (*fn) (void *arg, const struct event_row *row), void *arg,
                      struct err *err);

#endif
