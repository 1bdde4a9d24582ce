/* audit_store.h - who did what, appended and never changed
 *
 * Hub process and `labwright admin`; statements by key.
 */
#ifndef STORE_AUDIT_STORE_H
#define STORE_AUDIT_STORE_H

#include "store/db.h"

struct audit_row {
    int64_t seq, at; /* AT: seconds since 1970 */
    const char *who, *address, *what, *subject, *detail;
};

/* SEQ and AT are filled in by the store; texts may be NULL. */
int audit_store_add (struct db *db, const struct audit_row *row, struct err *err);
/* Latest first, at most LIMIT, those before number BEFORE (0: from the end); FN borrows. */
int audit_store_each (struct db *db, int64_t before, int64_t limit,
                      void (*fn) (void *arg, const struct audit_row *row), void *arg,
                      struct err *err);

#endif
