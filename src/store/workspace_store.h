/* workspace_store.h - workspaces, their runs and their events in the database
 *
 * A change of state is one transaction: the event that caused it, the new state, and the run that
 * begins or ends with it.  It is committed before anything is done about it (house-style 2.8), so that a
 * hub that was killed knows at its next start what it had decided.
 *
 * Hub process; statements by key, lists by index.
 */
#ifndef STORE_WORKSPACE_STORE_H
#define STORE_WORKSPACE_STORE_H

#include "model/workspace_model.h"
#include "store/db.h"

/* Fills in id, task, created and updated. */
int workspace_store_add (struct db *db, struct workspace_model *w, struct err *err);
/* ID: of the workspace or of its task.  Fills *RET (workspace_model_done); NOT_FOUND. */
int workspace_store_get (struct db *db, const char *id, struct workspace_model *ret,
                         struct err *err);
/* Name, environment, machine, idle_s, inputs, size. */
int workspace_store_update (struct db *db, const struct workspace_model *w,
                            struct err *err);
int workspace_store_delete (struct db *db, const char *id, struct err *err);

/* What a change of state writes besides the state itself. */
enum workspace_run {
    WORKSPACE_RUN_AS_IS,
    WORKSPACE_RUN_BEGINS, /* on W's machine */
    WORKSPACE_RUN_ENDS,
    WORKSPACE_RUN_SWITCHES, /* ends, and another begins in the same sandbox on W's machine */
};
#define WORKSPACE_AT_NOW 0
#define WORKSPACE_AT_LAST_SEEN (-1) /* of an end that nobody saw */
/* State, reason, generation and `again` of W, after EVENT ("start"), and with SWITCHES its machine.  AT: when the
 * run began or ended, seconds since 1970, or one of the above; never later than now.  RET_SEQ: number of the event. */
int workspace_store_state (struct db *db, const struct workspace_model *w,
                           const char *event, enum workspace_run run, int64_t at,
                           int64_t *ret_seq, struct err *err);
/* It is seen now.  CPU_US: what its sandbox has used in all its life; MEMORY_PEAK: bytes in this moment or more. */
int workspace_store_used (struct db *db, const char *id, int64_t cpu_us,
                          uint64_t memory_peak, struct err *err);

/* PROJECT, OWNER: ids, or NULL for any.  Newest first; FN borrows. */
int workspace_store_each (struct db *db, const char *project, const char *owner,
                          void (*fn) (void *arg, const struct workspace_model *w),
                          void *arg, struct err *err);
/* How many there are for each state and machine that occur. */
int workspace_store_count (struct db *db,
                           void (*fn) (void *arg, enum workspace_state state,
                                       const char *machine, int64_t n),
                           void *arg, struct err *err);
/* Those that are neither stopped nor failed: what a new hub adopts. */
int workspace_store_each_alive (struct db *db,
                                void (*fn) (void *arg, const struct workspace_model *w),
                                void *arg, struct err *err);

#endif
