/* key_store.c - API keys and logins in the database */

#include "store/key_store.h"
#include "base/clock.h"
#include "base/crypto.h"

#include <stdio.h>
#include <string.h>

#define NOTE_S 60 /* how exactly the last use is known */

static int64_t now_s (void)
{
    return clock_wall_us () / CLOCK_S;
}

static int digest (const char *secret, char ret[CRYPTO_HEX], struct err *err)
{
    if (crypto_digest_hex ("sha256", secret, strlen (secret), ret) < 0)
        return err_set (err, PROBLEM_INTERNAL, "SHA-256 is not to be had");
    return 0;
}

/* Ends Q, whose columns are the owner and when it was last seen. */
static int owner_of (struct db_query *q, char user[IDENT_SHORT + 1], int64_t *ret_seen,
                     struct err *err)
{
    bool found = db_next (q);

    if (found) {
        (void)snprintf (user, IDENT_SHORT + 1, "%s", db_text (q, 0));
        *ret_seen = db_int (q, 1);
    }
    if (db_end (q, err) < 0)
        return -1;
    return found ? 0 : err_set (err, PROBLEM_NOT_FOUND, "no such key or login");
}

int key_store_proof (const char *secret, char ret[KEY_PROOF], struct err *err)
{
    char sha[CRYPTO_HEX];

    if (digest (secret, sha, err) < 0)
        return -1;
    memcpy (ret, sha, KEY_PROOF);
    return 0;
}

bool key_store_stands (struct db *db, const char *proof, const char *user)
{
    struct db_query *q = db_query (
        db, NULL,
        "SELECT 1 FROM user u WHERE u.id = ?1 AND NOT u.disabled AND ("
        "EXISTS (SELECT 1 FROM login WHERE sha256 = ?2 AND user = ?1 AND expires > ?3) "
        "OR EXISTS (SELECT 1 FROM api_key WHERE sha256 = ?2 AND user = ?1))",
        "ssi", user, proof, now_s ());
    bool stands = db_next (q);

    return db_end (q, NULL) == 0 && stands;
}

/* ---- API keys ---- */

int key_store_add (struct db *db, const char *user, const char *name, const char *key,
                   char ret[IDENT_SHORT + 1], struct err *err)
{
    char sha[CRYPTO_HEX];

    if (digest (key, sha, err) < 0)
        return -1;
    ident_short (ret, IDENT_SHORT);
    return db_run (db, err,
                   "INSERT INTO api_key (id, user, name, sha256, created) "
                   "VALUES (?, ?, ?, ?, ?)",
                   "ssssi", ret, user, name, sha, now_s ());
}

int key_store_owner (struct db *db, const char *key, char user[IDENT_SHORT + 1],
                     struct err *err)
{
    int64_t seen, now = now_s ();
    char sha[CRYPTO_HEX];

    if (digest (key, sha, err) < 0)
        return -1;
    if (owner_of (db_query (db, err,
                            "SELECT k.user, coalesce (k.used, 0) FROM api_key k "
                            "JOIN user u ON u.id = k.user "
                            "WHERE k.sha256 = ? AND NOT u.disabled",
                            "s", sha),
                  user, &seen, err) < 0)
        return -1;
    if (now - seen >= NOTE_S)
        (void)db_run (db, NULL, "UPDATE api_key SET used = ? WHERE sha256 = ?", "is", now,
                      sha);
    return 0;
}

int key_store_delete (struct db *db, const char *user, const char *id, struct err *err)
{
    if (db_run (db, err, "DELETE FROM api_key WHERE id = ? AND user = ?", "ss", id, user) <
        0)
        return -1;
    return db_changes (db) ? 0 : err_set (err, PROBLEM_NOT_FOUND, "no such API key");
}

int key_store_each (struct db *db, const char *user,
                    void (*fn) (void *arg, const struct key_row *k), void *arg,
                    struct err *err)
{
    struct db_query *q =
        db_query (db, err,
                  "SELECT id, name, created, coalesce (used, 0) FROM api_key "
                  "WHERE user = ? ORDER BY created, id",
                  "s", user);

    while (db_next (q)) {
        struct key_row k = { .name = db_text (q, 1),
                             .created = db_int (q, 2),
                             .used = db_int (q, 3) };

        (void)snprintf (k.id, sizeof (k.id), "%s", db_text (q, 0));
        fn (arg, &k);
    }
    return db_end (q, err);
}

/* ---- logins ---- */

int login_store_add (struct db *db, const char *user, const char *cookie, const char *agent,
                     int64_t life_s, struct err *err)
{
    int64_t now = now_s ();
    char sha[CRYPTO_HEX];

    if (digest (cookie, sha, err) < 0)
        return -1;
    return db_run (db, err,
                   "INSERT INTO login (sha256, user, agent, created, seen, expires) "
                   "VALUES (?, ?, ?, ?, ?, ?)",
                   "sssiii", sha, user, agent ? agent : "", now, now, now + life_s);
}

int login_store_owner (struct db *db, const char *cookie, char user[IDENT_SHORT + 1],
                       struct err *err)
{
    int64_t seen, now = now_s ();
    char sha[CRYPTO_HEX];

    if (digest (cookie, sha, err) < 0)
        return -1;
    if (owner_of (
            db_query (db, err,
                      "SELECT l.user, l.seen FROM login l JOIN user u ON u.id = l.user "
                      "WHERE l.sha256 = ? AND l.expires > ? AND NOT u.disabled",
                      "si", sha, now),
            user, &seen, err) < 0)
        return -1;
    if (now - seen >= NOTE_S)
        (void)db_run (db, NULL, "UPDATE login SET seen = ? WHERE sha256 = ?", "is", now,
                      sha);
    return 0;
}

int login_store_end (struct db *db, const char *cookie, struct err *err)
{
    char sha[CRYPTO_HEX];

    if (digest (cookie, sha, err) < 0)
        return -1;
    return db_run (db, err, "DELETE FROM login WHERE sha256 = ?", "s", sha);
}

int login_store_end_all (struct db *db, const char *user, const char *keep, struct err *err)
{
    char sha[CRYPTO_HEX] = "";

    if (keep && digest (keep, sha, err) < 0)
        return -1;
    return db_run (db, err, "DELETE FROM login WHERE user = ? AND sha256 <> ?", "ss", user,
                   sha);
}

int login_store_each (struct db *db, const char *user, const char *cookie,
                      void (*fn) (void *arg, const struct login_row *l), void *arg,
                      struct err *err)
{
    char sha[CRYPTO_HEX] = "";

    if (cookie && digest (cookie, sha, err) < 0)
        return -1;
    struct db_query *q =
        db_query (db, err,
                  "SELECT agent, created, seen, expires, sha256 = ? FROM login "
                  "WHERE user = ? AND expires > ? ORDER BY seen DESC, created DESC",
                  "ssi", sha, user, now_s ());
    while (db_next (q)) {
        const struct login_row l = { .agent = db_text (q, 0),
                                     .created = db_int (q, 1),
                                     .seen = db_int (q, 2),
                                     .expires = db_int (q, 3),
                                     .this = db_int (q, 4) != 0 };
        fn (arg, &l);
    }
    return db_end (q, err);
}

int login_store_sweep (struct db *db, struct err *err)
{
    return db_run (db, err, "DELETE FROM login WHERE expires <= ?", "i", now_s ());
}
