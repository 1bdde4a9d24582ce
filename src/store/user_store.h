/* user_store.h - people and their passwords in the database
 *
 * Hub process and `labwright admin`; statements by key.
 */
#ifndef STORE_USER_STORE_H
#define STORE_USER_STORE_H

#include "model/user_model.h"
#include "store/db.h"

/* Fills in id, number and created.  PASSWORD: an argon2 hash, or NULL for one who cannot log in by
 * password.  CONFLICT: a person or team has the name. */
int user_store_add (struct db *db, struct user_model *u, const char *password,
                    struct err *err);
/* Both fill *RET (user_model_done); NOT_FOUND. */
int user_store_get (struct db *db, const char *id, struct user_model *ret, struct err *err);
int user_store_find (struct db *db, const char *name, struct user_model *ret,
                     struct err *err);
/* malloc'ed hash, or NULL: nobody has that id, or there is no password. */
char *user_store_password (struct db *db, const char *id);
/* Ends every login of that person but KEEP (a cookie, or NULL). */
int user_store_set_password (struct db *db, const char *id, const char *password,
                             const char *keep, struct err *err);
/* LIMIT if it would leave no admin who can log in. */
int user_store_update (struct db *db, const struct user_model *u, struct err *err);
/* Is there anybody at all? */
int user_store_any (struct db *db, bool *ret, struct err *err);
/* NAMESPACE is that of the person ID, or of a team that he or she belongs to. */
bool user_store_belongs (struct db *db, const char *id, const char *namespace);
/* All, by name; FN borrows. */
int user_store_each (struct db *db, void (*fn) (void *arg, const struct user_model *u),
                     void *arg, struct err *err);

#endif
