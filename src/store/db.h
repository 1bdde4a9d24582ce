/* db.h - the hub's database: open, migrate, statements, transactions (design.md 2, 4)
 *
 * SQLite in WAL mode with synchronous=FULL: what db_commit returned for survives kill -9 and a
 * power cut.  Every statement is one by key or by index on a small table and is prepared once; the
 * loop may wait for it.  What scans (usage reports, backup) says so where it is declared.
 *
 *     struct db *db = db_open ("/var/lib/labwright/hub.db", &err);
 *     autotx struct db_tx *tx = db_begin (db, &err);
 *     db_run (db, &err, "INSERT INTO project (id, name) VALUES (?, ?)", "ss", id, name);
 *     db_commit (&tx, &err);                       without it: rolled back
 *
 *     struct db_query *q = db_query (db, &err, "SELECT id, name FROM project WHERE ns = ?", "s", ns);
 *     while (db_next (q))
 *         ... db_text (q, 0), db_text (q, 1) ...
 *     db_end (q, &err);                            0, or -1 if a step failed
 *
 * Types of arguments: s text (NULL: SQL NULL), i int64_t, d double, b const void * and size_t.
 * Errors: CONFLICT (a unique key exists), NO_SPACE (disk full), BUSY (another process writes), FORBIDDEN
 * (not our file), INTERNAL (damaged, or our mistake).  What is the matter with the file is said in a sentence
 * for whoever asked.  After NO_SPACE nothing of the transaction is in the file.
 *
 * Hub process, loop thread; `labwright admin` opens the same file beside a running hub.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/cleanup.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_tx;
struct db_query;

/* Made if missing (0600), migrated if older: then the file as it was is kept beside it as PATH.schema-N (0600),
 * and without room for that nothing is migrated.  A file of a newer program is UNSUPPORTED, one that is
 * no database or is damaged INTERNAL: it is left as it is.  Files up to 64 MiB are looked through for that. */
struct db *db_open (const char *path, struct err *err);
void db_free (struct db *db);
DEFINE_AUTO (struct db *, db_free)

/* One at a time; a transaction within a transaction is our own mistake. */
struct db_tx *db_begin (struct db *db, struct err *err);
int db_commit (struct db_tx **tx, struct err *err); /* *TX becomes NULL in any case */
void db_rollback (struct db_tx *tx);
static inline void auto_db_rollback (struct db_tx **tx)
{
    if (*tx)
        db_rollback (*tx);
}
#define autotx __attribute__ ((cleanup (auto_db_rollback)))

/* SQL is a literal: statements are cached by its address. */
int db_run (struct db *db, struct err *err, const char *sql, const char *types, ...);
int64_t db_changes (const struct db *db);     /* rows changed by the latest db_run */
int64_t db_last_row_id (const struct db *db); /* of the latest INSERT */

/* NULL on failure. */
struct db_query *db_query (struct db *db, struct err *err, const char *sql,
                           const char *types, ...);
bool db_next (struct db_query *q);
const char *db_text (struct db_query *q, int column); /* NULL for SQL NULL; until db_next */
int64_t db_int (struct db_query *q, int column);
double db_real (struct db_query *q, int column);
bool db_is_null (struct db_query *q, int column);
int db_end (struct db_query *q, struct err *err); /* Q NULL: -1, err untouched */

/* A consistent copy of the file PATH, whatever its schema is, as TO (0600), which must not exist.  Beside a hub
 * that runs. */
int db_copy_file (const char *path, const char *to, struct err *err);
/* A consistent copy at PATH, which must not exist.  Takes time by the size: not on the loop. */
int db_copy (struct db *db, const char *path, struct err *err);

#endif
