/* nbtrust.c - signing notebooks and remembering what was signed
 *
 * The signature is an HMAC over all keys and values in key order, without separators, so it
 * is the same for split and joined lines and for every way to write the JSON.  One SQLite
 * connection, guarded by a mutex; its statements take microseconds, except that a commit
 * waits for the disk, which is why callers are in the pool.
 */
#include "jupyter/nbtrust.h"
#include "jupyter/nbformat.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/path.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECRET_MAX (64 * 1024)
#define BUSY_MS 2000

struct nbtrust {
    char *db_file, *secret_file, *algorithm;
    int64_t cache_size;
    pthread_mutex_t lock; /* over what follows */
    char *secret;
    size_t secret_len;
    sqlite3 *db; /* NULL until first used */
};

static char *file_or (const char *configured, const char *dir, const char *name)
{
    return configured && *configured ? xstrdup (configured) : path_join (dir, name);
}

static char *known_algorithm (const char *name)
{
    if (!name || !*name)
        return xstrdup ("sha256");
    autocleanup (hmac_free) struct hmac *h = hmac_new (name, "", 0, NULL);
    if (!h)
        log_warning ("nbtrust", "no digest '%s'; notebooks are signed with sha256", name);
    return xstrdup (h ? name : "sha256");
}

struct nbtrust *nbtrust_new (const struct nbtrust_config *config)
{
    struct nbtrust *t = xnew (struct nbtrust);
    t->db_file = file_or (config->db_file, config->data_dir, "nbsignatures.db");
    t->secret_file = file_or (config->secret_file, config->data_dir, "notebook_secret");
    t->algorithm = known_algorithm (config->algorithm);
    t->cache_size = config->cache_size > 0 ? config->cache_size : NBTRUST_CACHE_SIZE;
    if (config->secret && *config->secret) {
        t->secret = xstrdup (config->secret);
        t->secret_len = strlen (config->secret);
    }
    pthread_mutex_init (&t->lock, NULL);
    return t;
}

void nbtrust_free (struct nbtrust *t)
{
    if (!t)
        return;
    (void)sqlite3_close (t->db);
    pthread_mutex_destroy (&t->lock);
    free (t->secret);
    free (t->db_file);
    free (t->secret_file);
    free (t->algorithm);
    free (t);
}

/* ---- the key --------------------------------------------------------------------- */

/* The key is the content of the file as it is, newlines included. */
static int load_secret (struct nbtrust *t, struct err *err)
{
    const char *path = t->secret_file;
    unsigned char random[1024];
    struct err why;
    struct buf b;
    if (t->secret)
        return 0;
    buf_init (&b, SECRET_MAX);
    if (fd_read_file (path, &b, &why) < 0 || b.len == 0) {
        buf_clear (&b);
        ident_random (random, sizeof random);
        (void)base64_encode (&b, random, sizeof random, 76);
        if (fd_write_file_atomic (path, b.data, b.len, 0600, &why) < 0)
            log_warning ("nbtrust", "the signing key is not kept: %s", why.text);
    }
    if (b.overflow) {
        buf_done (&b);
        return err_set (err, PROBLEM_TOO_LARGE, "%s is too large", path);
    }
    t->secret = buf_take (&b, &t->secret_len);
    return 0;
}

/* ---- the signature --------------------------------------------------------------- */

struct parts {
    struct slice *v;
    size_t n, cap;
};

static void add_part (struct parts *p, const char *s, size_t n)
{
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 1024;
        p->v = xrealloc (p->v, p->cap, sizeof *p->v);
    }
    p->v[p->n++] = (struct slice){ .data = s, .len = n };
}

/* Scalars as Python's str () shows them. */
static void walk (struct parts *p, const struct nbjson *v, const char *without)
{
    switch (v->type) {
    case NBJSON_NULL: add_part (p, "None", 4); break;
    case NBJSON_FALSE: add_part (p, "False", 5); break;
    case NBJSON_TRUE: add_part (p, "True", 4); break;
    case NBJSON_REAL:
        if (v->s[v->n - 1] == 'y')
            add_part (p, v->s[0] == '-' ? "-inf" : "inf", v->s[0] == '-' ? 4 : 3);
        else if (v->s[0] == 'N')
            add_part (p, "nan", 3);
        else
            add_part (p, v->s, v->n);
        break;
    case NBJSON_ARRAY:
        for (size_t i = 0; i < v->n; i++)
            walk (p, v->items[i], NULL);
        break;
    case NBJSON_OBJECT:
        for (size_t i = 0; i < v->n; i++) {
            if (without && nbjson_key_is (&v->members[i], without))
                continue;
            add_part (p, v->members[i].key, v->members[i].key_len);
            walk (p, v->members[i].value, NULL);
        }
        break;
    default: add_part (p, v->s, v->n);
    }
}

/* As walk () for the notebook itself: metadata.signature does not count. */
static void walk_notebook (struct parts *p, const struct nbjson *nb)
{
    for (size_t i = 0; i < nb->n; i++) {
        const struct nbjson_member *m = &nb->members[i];
        add_part (p, m->key, m->key_len);
        walk (p, m->value, nbjson_key_is (m, "metadata") ? "signature" : NULL);
    }
}

int nbtrust_signature (struct nbtrust *t, const struct nbjson *nb, char ret[CRYPTO_HEX],
                       struct err *err)
{
    struct parts parts = { 0 };
    pthread_mutex_lock (&t->lock);
    int rc = load_secret (t, err);
    pthread_mutex_unlock (&t->lock);
    if (rc < 0)
        return -1;
    autocleanup (hmac_free) struct hmac *h =
        hmac_new (t->algorithm, t->secret, t->secret_len, err);
    if (!h)
        return -1;
    walk_notebook (&parts, nb);
    hmac_hex (h, parts.v, parts.n, ret);
    free (parts.v);
    return 0;
}

/* ---- the database ---------------------------------------------------------------- */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS nbsignatures (id integer PRIMARY KEY AUTOINCREMENT,"
    " algorithm text, signature text, path text, last_seen timestamp);"
    "CREATE INDEX IF NOT EXISTS algosig ON nbsignatures (algorithm, signature);";

static int db_try (struct nbtrust *t, const char *path)
{
    int rc = sqlite3_open_v2 (
        path, &t->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
        NULL);
    if (rc == SQLITE_OK) {
        (void)sqlite3_busy_timeout (t->db, BUSY_MS);
        rc = sqlite3_exec (t->db, schema, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK)
        return 0;
    (void)sqlite3_close (t->db);
    t->db = NULL;
    return -1;
}

static void db_open (struct nbtrust *t)
{
    const char *path = t->db_file;
    autofree char *dir = path_dirname (path), *aside = xasprintf ("%s.bak", path);
    if (t->db)
        return;
    if (*dir)
        (void)fd_mkdirs (dir, 0700, NULL);
    if (db_try (t, path) == 0)
        return;
    log_warning ("nbtrust", "cannot use %s; it is moved to %s", path, aside);
    if (rename (path, aside) == 0 && db_try (t, path) == 0)
        return;
    log_warning ("nbtrust", "signatures of notebooks are kept in memory only");
    (void)db_try (t, ":memory:");
}

/* Runs SQL with (time, algorithm, signature) bound to ?1 ?2 ?3; returns the first column of
 * the first row, or -1. */
static int db_run (struct nbtrust *t, const char *sql, const char *signature)
{
    char now[CLOCK_TEXT + 8];
    sqlite3_stmt *st = NULL;
    int value = -1;
    int64_t us = clock_wall_us ();
    time_t s = (time_t)(us / CLOCK_S);
    struct tm tm;
    gmtime_r (&s, &tm);
    size_t n = strftime (now, sizeof now, "%Y-%m-%d %H:%M:%S", &tm);
    (void)snprintf (now + n, sizeof now - n, ".%06d+00:00", (int)(us % CLOCK_S));
    if (!t->db || sqlite3_prepare_v2 (t->db, sql, -1, &st, NULL) != SQLITE_OK)
        return -1;
    int params = sqlite3_bind_parameter_count (st);
    if (params >= 1)
        (void)sqlite3_bind_text (st, 1, now, -1, SQLITE_TRANSIENT);
    if (params >= 2)
        (void)sqlite3_bind_text (st, 2, t->algorithm, -1, SQLITE_STATIC);
    if (params >= 3)
        (void)sqlite3_bind_text (st, 3, signature, -1, SQLITE_TRANSIENT);
    int rc = sqlite3_step (st);
    if (rc == SQLITE_ROW)
        value = sqlite3_column_int (st, 0);
    else if (rc != SQLITE_DONE)
        log_warning ("nbtrust", "signature database: %s", sqlite3_errmsg (t->db));
    (void)sqlite3_finalize (st);
    return value;
}

/* Known signatures are marked as seen; again only after an hour, since each mark is a
 * commit that waits for the disk. */
static bool db_touch (struct nbtrust *t, const char *signature)
{
    int recent =
        db_run (t,
                "SELECT substr (last_seen, 1, 13) = substr (?1, 1, 13) FROM nbsignatures"
                " WHERE algorithm = ?2 AND signature = ?3",
                signature);
    if (recent == 1)
        return true;
    if (recent < 0)
        return false;
    (void)db_run (t,
                  "UPDATE nbsignatures SET last_seen = ?1 WHERE algorithm = ?2"
                  " AND signature = ?3",
                  signature);
    return true;
}

static void db_cull (struct nbtrust *t)
{
    char sql[160];
    if (db_run (t, "SELECT count (*) FROM nbsignatures", NULL) <= t->cache_size)
        return;
    (void)snprintf (sql, sizeof sql,
                    "DELETE FROM nbsignatures WHERE id IN (SELECT id FROM nbsignatures"
                    " ORDER BY last_seen DESC LIMIT -1 OFFSET %" PRId64 ")",
                    t->cache_size > 1 ? t->cache_size * 3 / 4 : 1);
    (void)db_run (t, sql, NULL);
}

bool nbtrust_check (struct nbtrust *t, const struct nbjson *nb)
{
    char signature[CRYPTO_HEX];
    if (nbtrust_signature (t, nb, signature, NULL) < 0)
        return false;
    pthread_mutex_lock (&t->lock);
    db_open (t);
    bool known = db_touch (t, signature);
    pthread_mutex_unlock (&t->lock);
    return known;
}

void nbtrust_sign (struct nbtrust *t, const struct nbjson *nb)
{
    char signature[CRYPTO_HEX];
    if (nbtrust_signature (t, nb, signature, NULL) < 0)
        return;
    pthread_mutex_lock (&t->lock);
    db_open (t);
    if (!db_touch (t, signature)) {
        (void)db_run (t,
                      "INSERT INTO nbsignatures (last_seen, algorithm, signature)"
                      " VALUES (?1, ?2, ?3)",
                      signature);
        db_cull (t);
    }
    pthread_mutex_unlock (&t->lock);
}

/* ---- cells ----------------------------------------------------------------------- */

static bool is_harmless (const struct nbjson *output)
{
    const struct nbjson *type = nbjson_get (output, "output_type");
    if (!nbjson_equals (type, "execute_result") && !nbjson_equals (type, "display_data"))
        return true;
    for (size_t i = 0; i < output->n; i++)
        if (!nbjson_key_is (&output->members[i], "output_type") &&
            !nbjson_key_is (&output->members[i], "execution_count") &&
            !nbjson_key_is (&output->members[i], "metadata"))
            return false;
    return true;
}

static void check_cell (struct nbjson *cell, void *arg)
{
    bool *all = arg;
    const struct nbjson *mark = nbjson_take (nbjson_get (cell, "metadata"), "trusted");
    const struct nbjson *outputs = nbjson_get (cell, "outputs");
    if (nbjson_truthy (mark))
        return;
    for (size_t i = 0; nbjson_is (outputs, NBJSON_ARRAY) && i < outputs->n; i++)
        if (!is_harmless (outputs->items[i]))
            *all = false;
}

bool nbtrust_check_cells (struct nbjson *nb)
{
    bool all = true;
    nbformat_each_code_cell (nb, check_cell, &all);
    return all;
}

struct mark {
    struct nbjson_doc *doc;
    struct nbjson *value;
};

static void mark_cell (struct nbjson *cell, void *arg)
{
    struct mark *m = arg;
    nbjson_set (m->doc, nbjson_get (cell, "metadata"), "trusted", m->value);
}

void nbtrust_mark (struct nbjson_doc *doc, struct nbjson *nb, bool trusted)
{
    struct mark m = { .doc = doc, .value = nbjson_bool (doc, trusted) };
    nbformat_each_code_cell (nb, mark_cell, &m);
}
