/* hub_files.h - the hub's own files in the state directory (model/state_dir.h)
 *
 *     STATE/hub/        0700, of the uid that the hub runs as
 *         hub.db        everything that is known (SQLite makes hub.db-wal and hub.db-shm beside it)
 *         secret        32 random bytes, 0600
 *         lock          held by the hub that runs
 *
 * Whoever is root and opens these files becomes their owner first, so that `labwright admin` typed by
 * root leaves nothing that the hub cannot write.  Blocking; at start and in `labwright admin`.
 */
#ifndef HUB_HUB_FILES_H
#define HUB_HUB_FILES_H

#include "base/crypto.h"
#include "store/db.h"

/* Makes STATE and STATE/hub if the latter is missing.  As root: then takes on its owner, for good. */
int hub_files_enter (const char *state, struct err *err);
struct db *hub_files_open_db (const char *state, struct err *err);
/* HMAC-SHA256 with the installation's secret, which is made if it is missing. */
struct hmac *hub_files_secret (const char *state, struct err *err);
/* A descriptor to keep while the hub runs; -1 and CONFLICT if another one does. */
int hub_files_lock (const char *state, struct err *err);

#endif
