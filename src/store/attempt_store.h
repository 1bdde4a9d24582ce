/* attempt_store.h - sign-ins that failed, counted by key
 *
 * Hub process; statements by key, but for the sweep.
 */
#ifndef STORE_ATTEMPT_STORE_H
#define STORE_ATTEMPT_STORE_H

#include "store/db.h"

/* How often KEY has failed, and when last (seconds since 1970); 0 and 0: never. */
int attempt_store_get (struct db *db, const char *key, int64_t *ret_failures,
                       int64_t *ret_last, struct err *err);
/* It has now failed FAILURES times. */
int attempt_store_set (struct db *db, const char *key, int64_t failures, struct err *err);
int attempt_store_clear (struct db *db, const char *key, struct err *err);
/* Forget those that failed last before SECONDS.  A scan of a small table. */
int attempt_store_sweep (struct db *db, int64_t seconds, struct err *err);

#endif
