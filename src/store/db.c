/* db.c - the hub's database: open, migrate, statements, transactions
 *
 * Statements are literals, so their addresses name them: a map from address to prepared statement
 * replaces a parse for each call.  A statement is in use from db_query to db_end; a second query with
 * the same text meanwhile gets one of its own, which is finalised at its end.
 */

#include "store/db.h"
#include "base/log.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define STATEMENTS 256 /* of the cache; we have fewer literals */
#define BUSY_MS 5000   /* `labwright admin` writes beside the hub */
#define LOOK_THROUGH_MAX                                                                   \
    (64 << 20) /* bytes of a file that is read whole when it is opened */

struct db_query {
    struct db *db;
    const char *sql;
    sqlite3_stmt *st;
    bool cached, busy;
    int rc;
};

struct db_tx {
    struct db *db;
};

struct db {
    sqlite3 *lite;
    struct db_query cache[STATEMENTS];
    struct db_tx tx;
    bool in_tx;
};

/* ---- errors ---- */

/* A write-ahead log that cannot grow is an I/O error to SQLite. */
static int cause_of (struct db *db, int rc)
{
    int sys = db->lite ? sqlite3_system_errno (db->lite) : 0;

    return (rc & 0xff) == SQLITE_IOERR && (sys == ENOSPC || sys == EDQUOT) ? SQLITE_FULL
                                                                           : rc & 0xff;
}

/* Of several lines the last one says where. */
static int damage (struct err *err, const char *said)
{
    const char *line = strrchr (said, '\n');

    return err_set (err, PROBLEM_INTERNAL,
                    "The hub's database is damaged (%s): stop the hub, move hub.db* away, "
                    "and put back the latest copy (labwright restore, or hub.db.schema-N)",
                    line ? line + 1 : said);
}

/* What is the matter with the file is said to whoever asks, and what to do; anything else is our mistake. */
static int fail (struct db *db, int rc, struct err *err, const char *what)
{
    const char *said = db->lite ? sqlite3_errmsg (db->lite) : sqlite3_errstr (rc);

    switch (cause_of (db, rc)) {
    case SQLITE_FULL:
        return err_set (
            err, PROBLEM_NO_SPACE,
            "The disk of the hub is full, and nothing was changed: make room on "
            "it, then try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return damage (err, said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set (
            err, PROBLEM_BUSY,
            "Something else writes to the hub's database: try again in a moment");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return err_set (err, PROBLEM_FORBIDDEN,
                        "The hub may not write to its database (%s): its directory and "
                        "files must belong to the uid of the hub",
                        said);
    case SQLITE_IOERR:
        return err_set (err, PROBLEM_INTERNAL,
                        "The hub's database can not be read or written (%s): look at the "
                        "disk that it is on",
                        said);
    case SQLITE_CONSTRAINT:
        return err_set (err, PROBLEM_CONFLICT, "database: %s: %s", what, said);
    default: return err_set (err, PROBLEM_INTERNAL, "database: %s: %s", what, said);
    }
}

/* ---- statements ---- */

static struct db_query *slot_of (struct db *db, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 4) % STATEMENTS;

    for (size_t i = 0; i < STATEMENTS; i++) {
        struct db_query *q = &db->cache[(at + i) % STATEMENTS];

        if (!q->sql || q->sql == sql)
            return q->busy ? NULL : q;
    }
    return NULL;
}

static struct db_query *prepare (struct db *db, const char *sql, struct err *err)
{
    struct db_query *q = slot_of (db, sql);
    bool cached = q != NULL;

    if (!q)
        q = xnew (struct db_query);
    if (!q->st) {
        int rc = sqlite3_prepare_v3 (db->lite, sql, -1,
                                     cached ? SQLITE_PREPARE_PERSISTENT : 0, &q->st, NULL);

        if (rc != SQLITE_OK) {
            (void)fail (db, rc, err, sql);
            if (!cached)
                free (q);
            return NULL;
        }
    }
    q->db = db;
    q->sql = sql;
    q->cached = cached;
    q->busy = true;
    q->rc = SQLITE_OK;
    return q;
}

static void release (struct db_query *q)
{
    if (!q->cached) {
        (void)sqlite3_finalize (q->st);
        free (q);
        return;
    }
    (void)sqlite3_reset (q->st);
    (void)sqlite3_clear_bindings (q->st);
    q->busy = false;
}

/* Text and blobs are copied: a query may outlive its caller's strings. */
static void bind (struct db_query *q, const char *types, va_list ap)
{
    for (int i = 1; *types; types++, i++) {
        const void *data;

        switch (*types) {
        case 's':
            (void)sqlite3_bind_text (q->st, i, va_arg (ap, const char *), -1,
                                     SQLITE_TRANSIENT);
            break;
        case 'i': (void)sqlite3_bind_int64 (q->st, i, va_arg (ap, int64_t)); break;
        case 'd': (void)sqlite3_bind_double (q->st, i, va_arg (ap, double)); break;
        case 'b':
            data = va_arg (ap, const void *);
            (void)sqlite3_bind_blob64 (q->st, i, data, va_arg (ap, size_t),
                                       SQLITE_TRANSIENT);
            break;
        default: abort ();
        }
    }
}

int db_run (struct db *db, struct err *err, const char *sql, const char *types, ...)
{
    struct db_query *q = prepare (db, sql, err);
    va_list ap;
    int rc;

    if (!q)
        return -1;
    va_start (ap, types);
    bind (q, types, ap);
    va_end (ap);
    while ((rc = sqlite3_step (q->st)) == SQLITE_ROW)
        ;
    if (rc != SQLITE_DONE)
        (void)fail (db, rc, err, sql);
    release (q);
    return rc == SQLITE_DONE ? 0 : -1;
}

int64_t db_changes (const struct db *db)
{
    return sqlite3_changes64 (db->lite);
}

int64_t db_last_row_id (const struct db *db)
{
    return sqlite3_last_insert_rowid (db->lite);
}

struct db_query *db_query (struct db *db, struct err *err, const char *sql,
                           const char *types, ...)
{
    struct db_query *q = prepare (db, sql, err);
    va_list ap;

    if (!q)
        return NULL;
    va_start (ap, types);
    bind (q, types, ap);
    va_end (ap);
    return q;
}

bool db_next (struct db_query *q)
{
    if (!q || (q->rc != SQLITE_OK && q->rc != SQLITE_ROW))
        return false;
    q->rc = sqlite3_step (q->st);
    return q->rc == SQLITE_ROW;
}

const char *db_text (struct db_query *q, int column)
{
    return (const char *)sqlite3_column_text (q->st, column);
}

int64_t db_int (struct db_query *q, int column)
{
    return sqlite3_column_int64 (q->st, column);
}

double db_real (struct db_query *q, int column)
{
    return sqlite3_column_double (q->st, column);
}

bool db_is_null (struct db_query *q, int column)
{
    return sqlite3_column_type (q->st, column) == SQLITE_NULL;
}

int db_end (struct db_query *q, struct err *err)
{
    int rc;

    if (!q)
        return -1;
    rc = q->rc;
    if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        (void)fail (q->db, rc, err, q->sql);
    release (q);
    return rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

/* ---- transactions ---- */

struct db_tx *db_begin (struct db *db, struct err *err)
{
    if (db->in_tx)
        abort ();
    if (db_run (db, err, "BEGIN IMMEDIATE", "") < 0)
        return NULL;
    db->in_tx = true;
    db->tx.db = db;
    return &db->tx;
}

void db_rollback (struct db_tx *tx)
{
    tx->db->in_tx = false;
    /* A full disk has rolled back by itself. */
    if (!sqlite3_get_autocommit (tx->db->lite))
        (void)db_run (tx->db, NULL, "ROLLBACK", "");
}

int db_commit (struct db_tx **tx, struct err *err)
{
    struct db_tx *t = take_ptr (*tx);

    if (db_run (t->db, err, "COMMIT", "") < 0) {
        db_rollback (t);
        return -1;
    }
    t->db->in_tx = false;
    return 0;
}

/* ---- open ---- */

static int exec (struct db *db, const char *sql, struct err *err)
{
    int rc = sqlite3_exec (db->lite, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : fail (db, rc, err, "migrate");
}

static int version (struct db *db, int64_t *ret, struct err *err)
{
    struct db_query *q = db_query (db, err, "PRAGMA user_version", "");

    if (q && db_next (q))
        *ret = db_int (q, 0);
    return db_end (q, err);
}

/* The file is made by us and not by SQLite, which would give it the umask's mode. */
static int touch_private (const char *path, struct err *err)
{
    autoclose int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    return fd < 0 ? err_sys (err, errno, "%s", path) : 0;
}

/* What was there before the first step of a newer program: PATH.schema-N.  No copy, no migration. */
static int keep_copy (struct db *db, const char *path, int64_t have, struct err *err)
{
    autofree char *copy = xasprintf ("%s.schema-%lld", path, (long long)have);

    if (unlink (copy) < 0 && errno != ENOENT)
        return err_sys (err, errno, "%s", copy);
    /* SQLite writes into an empty file too, which then is only ours */
    if (touch_private (copy, err) < 0 || db_copy (db, copy, err) < 0) {
        (void)unlink (copy);
        return err_wrap (err, "a copy before the database is made newer");
    }
    log_info ("store", "kept a copy schema=%lld file=%s", (long long)have, copy);
    return 0;
}

/* Each step and its number in one transaction: a migration that was cut off never happened. */
static int migrate (struct db *db, const char *path, struct err *err)
{
    int64_t have = 0, newest = schema_count ();

    if (version (db, &have, err) < 0)
        return -1;
    if (have > newest)
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "%s was written by a newer version of labwright (schema %lld, this "
                        "program knows %lld)",
                        path, (long long)have, (long long)newest);
    if (have > 0 && have < newest && keep_copy (db, path, have, err) < 0)
        return -1;
    for (; have < newest; have++) {
        autofree char *step =
            xasprintf ("BEGIN IMMEDIATE;%s;PRAGMA user_version = %lld;COMMIT",
                       schema_step ((size_t)have), (long long)have + 1);

        if (exec (db, step, err) < 0) {
            (void)sqlite3_exec (db->lite, "ROLLBACK", NULL, NULL, NULL);
            return err_wrap (err, "schema %lld", (long long)have + 1);
        }
        log_info ("store", "migrated schema=%lld", (long long)have + 1);
    }
    return 0;
}

static int open_file (struct db *db, const char *path, struct err *err)
{
    int rc = sqlite3_open_v2 (
        path, &db->lite,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc != SQLITE_OK)
        return fail (db, rc, err, path);
    (void)sqlite3_busy_timeout (db->lite, BUSY_MS);
    if (exec (db,
              "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
              "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
              err) < 0)
        return err_wrap (err, "%s", path);
    return 0;
}

/* A torn page is found now rather than by whoever needs what was on it. */
static int look_through (struct db *db, const char *path, struct err *err)
{
    struct stat st;

    if (stat (path, &st) < 0 || st.st_size > LOOK_THROUGH_MAX)
        return 0;
    struct db_query *q = db_query (db, err, "PRAGMA quick_check(1)", "");
    bool there = db_next (q);
    const char *said = there ? db_text (q, 0) : "";
    bool damaged = there && strcmp (said ? said : "", "ok") != 0;

    if (damaged)
        (void)damage (err, said ? said : "");
    return db_end (q, damaged ? NULL : err) < 0 || damaged ? -1 : 0;
}

struct db *db_open (const char *path, struct err *err)
{
    autocleanup (db_free) struct db *db = xnew (struct db);

    if (touch_private (path, err) < 0 || open_file (db, path, err) < 0 ||
        look_through (db, path, err) < 0 || migrate (db, path, err) < 0)
        return NULL;
    return take_ptr (db);
}

void db_free (struct db *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize (db->cache[i].st);
    (void)sqlite3_close (db->lite);
    free (db);
}

int db_copy (struct db *db, const char *path, struct err *err)
{
    return db_run (db, err, "VACUUM INTO ?", "s", path);
}

int db_copy_file (const char *path, const char *to, struct err *err)
{
    autocleanup (db_free) struct db *db = xnew (struct db);
    autoclose int fd = open (to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return err_sys (err, errno, "%s", to);
    return open_file (db, path, err) < 0 ? -1 : db_copy (db, to, err);
}
