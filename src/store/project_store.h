/* project_store.h - projects in the database
 *
 * Hub process; statements by key, lists by index.
 */
#ifndef STORE_PROJECT_STORE_H
#define STORE_PROJECT_STORE_H

#include "model/project_model.h"
#include "store/db.h"

/* Fills in id, created and updated.  CONFLICT: the namespace has one of that name. */
int project_store_add (struct db *db, struct project_model *p, struct err *err);
/* Both fill *RET (project_model_done); NOT_FOUND. */
int project_store_get (struct db *db, const char *id, struct project_model *ret,
                       struct err *err);
int project_store_find (struct db *db, const char *namespace, const char *name,
                        struct project_model *ret, struct err *err);
/* Name, description, notes, tags, public.  CONFLICT as above. */
int project_store_update (struct db *db, const struct project_model *p, struct err *err);
/* CONFLICT while it has workspaces. */
int project_store_delete (struct db *db, const char *id, struct err *err);

/* Those that USER (an id, or NULL: nobody) may see: of the own namespace and teams, and all that are
 * public; NAMESPACE NULL: without public ones of others.  By latest change; FN borrows. */
int project_store_each (struct db *db, const char *user, const char *namespace,
                        void (*fn) (void *arg, const struct project_model *p), void *arg,
                        struct err *err);

#endif
