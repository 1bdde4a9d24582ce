/* event_store.c - what happened, in order */

#include "store/event_store.h"
#include "base/clock.h"

int event_store_add (struct db *db, const struct event_row *row, struct err *err)
{
    return db_run (db, err,
                   "INSERT INTO event (at, kind, subject, namespace, body) "
                   "VALUES (?, ?, ?, ?, ?)",
                   "issss", clock_wall_us () / CLOCK_S, row->kind, row->subject,
                   row->namespace, row->body);
}

int event_store_sweep (struct db *db, int64_t seconds, struct err *err)
{
    return db_run (db, err,
                   "DELETE FROM event WHERE seq < coalesce ("
                   "(SELECT seq FROM event WHERE at >= ? ORDER BY seq LIMIT 1), "
                   "(SELECT max (seq) FROM event))",
                   "i", seconds);
}

int event_store_last (struct db *db, int64_t *ret, struct err *err)
{
    struct db_query *q =
        db_query (db, err, "SELECT coalesce (max (seq), 0) FROM event", "");

    *ret = db_next (q) ? db_int (q, 0) : 0;
    return db_end (q, err);
}

int event_store_each (struct db *db, int64_t after, int64_t limit,
                      bool (*fn) (void *arg, const struct event_row *row), void *arg,
                      struct err *err)
{
    struct db_query *q =
        db_query (db, err,
                  "SELECT seq, at, kind, subject, namespace, body FROM event WHERE seq > ? "
                  "ORDER BY seq LIMIT ?",
                  "ii", after, limit);
    bool more = true;

    while (more && db_next (q)) {
        const struct event_row row = {
            .seq = db_int (q, 0),
            .at = db_int (q, 1),
            .kind = db_text (q, 2),
            .subject = db_text (q, 3),
            .namespace = db_text (q, 4),
            .body = db_text (q, 5),
        };
        more = fn (arg, &row);
    }
    return db_end (q, err);
}
