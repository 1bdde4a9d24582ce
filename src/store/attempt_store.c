/* attempt_store.c - sign-ins that failed, counted by key */

#include "store/attempt_store.h"
#include "base/clock.h"

int attempt_store_get (struct db *db, const char *key, int64_t *ret_failures,
                       int64_t *ret_last, struct err *err)
{
    struct db_query *q =
        db_query (db, err, "SELECT failures, last FROM attempt WHERE key = ?", "s", key);

    *ret_failures = *ret_last = 0;
    if (db_next (q)) {
        *ret_failures = db_int (q, 0);
        *ret_last = db_int (q, 1);
    }
    return db_end (q, err);
}

int attempt_store_set (struct db *db, const char *key, int64_t failures, struct err *err)
{
    return db_run (db, err,
                   "INSERT INTO attempt (key, failures, last) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT (key) DO UPDATE SET failures = ?2, last = ?3",
                   "sii", key, failures, clock_wall_us () / CLOCK_S);
}

int attempt_store_clear (struct db *db, const char *key, struct err *err)
{
    return db_run (db, err, "DELETE FROM attempt WHERE key = ?", "s", key);
}

int attempt_store_sweep (struct db *db, int64_t seconds, struct err *err)
{
    return db_run (db, err, "DELETE FROM attempt WHERE last < ?", "i", seconds);
}
