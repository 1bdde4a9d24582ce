/* key_store.h - API keys and logins in the database
 *
 * Only SHA-256 of a secret is stored: secrets are random and long, so nothing slower is needed.
 *
 * Hub process and `labwright admin`; statements by key.
 */
#ifndef STORE_KEY_STORE_H
#define STORE_KEY_STORE_H

#include "base/ident.h"
#include "store/db.h"
#include <stdbool.h>

/* What is stored of a secret: its SHA-256 in hex. */
#define KEY_PROOF 65
int key_store_proof (const char *secret, char ret[KEY_PROOF], struct err *err);
/* Does the key or login of which PROOF is the proof go on, as USER's, who is not disabled? */
bool key_store_stands (struct db *db, const char *proof, const char *user);

struct key_row {
    char id[IDENT_SHORT + 1];
    const char *name;      /* borrowed */
    int64_t created, used; /* seconds since 1970; USED 0: never */
};

/* RET: the new key's id. */
int key_store_add (struct db *db, const char *user, const char *name, const char *key,
                   char ret[IDENT_SHORT + 1], struct err *err);
/* Whose KEY is: fills USER; NOT_FOUND.  Notes the use, at most once a minute. */
int key_store_owner (struct db *db, const char *key, char user[IDENT_SHORT + 1],
                     struct err *err);
/* NOT_FOUND unless it is USER's. */
int key_store_delete (struct db *db, const char *user, const char *id, struct err *err);
int key_store_each (struct db *db, const char *user,
                    void (*fn) (void *arg, const struct key_row *k), void *arg,
                    struct err *err);

/* A browser's login: COOKIE is its secret. */
int login_store_add (struct db *db, const char *user, const char *cookie, const char *agent,
                     int64_t life_s, struct err *err);
/* NOT_FOUND also when it has expired.  Notes that it was seen, at most once a minute. */
int login_store_owner (struct db *db, const char *cookie, char user[IDENT_SHORT + 1],
                       struct err *err);
int login_store_end (struct db *db, const char *cookie, struct err *err);
/* KEEP: a cookie that goes on, or NULL. */
int login_store_end_all (struct db *db, const char *user, const char *keep,
                         struct err *err);
struct login_row {
    const char *agent;              /* borrowed */
    int64_t created, seen, expires; /* seconds since 1970 */
    bool this;                      /* it is COOKIE's */
};
/* Those that have not expired, by when they were seen last.  COOKIE may be NULL. */
int login_store_each (struct db *db, const char *user, const char *cookie,
                      void (*fn) (void *arg, const struct login_row *l), void *arg,
                      struct err *err);
/* Forget what has expired. */
int login_store_sweep (struct db *db, struct err *err);

#endif
