/* usage_store.c - how long whose workspaces were on which machine */

#include "store/usage_store.h"

static const char *text (struct db_query *q, int column)
{
    const char *s = db_text (q, column);
    return s ? s : "";
}

int usage_store_each (struct db *db, const struct usage_filter *f,
                      void (*fn) (void *arg, const struct usage_row *row), void *arg,
                      struct err *err)
{
    struct db_query *q = db_query (
        db, err,
        "SELECT r.workspace, w.name, u.name, r.namespace, r.machine, "
        "sum (max (0, min (coalesce (r.ended, ?3), ?2) - max (r.began, ?1))), count (*), "
        "sum (r.cpu_us), max (r.memory_peak), max (r.ended IS NULL) "
        "FROM run r LEFT JOIN workspace w ON w.id = r.workspace "
        "LEFT JOIN user u ON u.id = r.user "
        "WHERE r.began < ?2 AND coalesce (r.ended, ?3) > ?1 "
        "AND (?4 IS NULL OR r.user = ?4) AND (?5 IS NULL OR r.namespace = ?5) "
        "AND (?6 IS NULL OR r.workspace = ?6) "
        "GROUP BY r.workspace, r.machine, r.user, r.namespace ORDER BY 6 DESC, r.workspace, r.machine",
        "iiisss", f->from, f->to, f->now, f->user, f->namespace, f->workspace);
    while (db_next (q)) {
        const struct usage_row row = {
            .workspace = text (q, 0),
            .name = text (q, 1),
            .user = text (q, 2),
            .namespace = text (q, 3),
            .machine = text (q, 4),
            .seconds = db_int (q, 5),
            .runs = db_int (q, 6),
            .cpu_us = db_int (q, 7),
            .memory_peak = (uint64_t)db_int (q, 8),
            .goes_on = db_int (q, 9) != 0,
        };
        fn (arg, &row);
    }
    return db_end (q, err);
}
