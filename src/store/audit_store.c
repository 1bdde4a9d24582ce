/* audit_store.c - who did what */

#include "store/audit_store.h"
#include "base/clock.h"

static const char *text (const char *s)
{
    return s ? s : "";
}

int audit_store_add (struct db *db, const struct audit_row *row, struct err *err)
{
    return db_run (db, err,
                   "INSERT INTO audit (at, who, address, what, subject, detail) "
                   "VALUES (?, ?, ?, ?, ?, ?)",
                   "isssss", clock_wall_us () / CLOCK_S, text (row->who),
                   text (row->address), text (row->what), text (row->subject),
                   text (row->detail));
}

int audit_store_each (struct db *db, int64_t before, int64_t limit,
                      void (*fn) (void *arg, const struct audit_row *row), void *arg,
                      struct err *err)
{
    struct db_query *q =
        db_query (db, err,
                  "SELECT seq, at, who, address, what, subject, detail FROM audit "
                  "WHERE seq < CASE WHEN ?1 > 0 THEN ?1 ELSE 9223372036854775807 END "
                  "ORDER BY seq DESC LIMIT ?2",
                  "ii", before, limit);

    while (db_next (q)) {
        const struct audit_row row = {
            .seq = db_int (q, 0),
            .at = db_int (q, 1),
            .who = db_text (q, 2),
            .address = db_text (q, 3),
            .what = db_text (q, 4),
            .subject = db_text (q, 5),
            .detail = db_text (q, 6),
        };
        fn (arg, &row);
    }
    return db_end (q, err);
}
