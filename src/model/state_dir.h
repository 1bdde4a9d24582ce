/* state_dir.h - the state directory of a hub: what is where, and whose
 *
 *     STATE/                 0711 root (or the person who types `labwright serve` without being root)
 *         hub/               0700 of the uid that the hub runs as: hub.db, secret, lock,
 *             hub.sock       for `labwright admin` and the like
 *         machines.yml, environments/   the administrator's; seeded from conf/
 *         ws/ID/             home, upper, work ... of a workspace: the spawner's
 *         env/ git/ backup/
 *         run/               0711, sockets only, emptied by the spawner's start as far as nothing runs
 *             spawner.sock   0660 root:hub
 *             ws/ID/lab.sock 0660 root:hub
 *
 * Sockets lie in STATE too, so that several hubs can be on one machine.
 *
 * Strings returned are malloc'ed. Blocking; any process.
 */
#ifndef MODEL_STATE_DIR_H
#define MODEL_STATE_DIR_H

#include "base/err.h"
#include <stdbool.h>
#include <sys/types.h>

#define STATE_DIR_DEFAULT "/var/lib/labwright"
#define STATE_DIR_USER "labwright" /* as whom a hub of root's runs, */
#define STATE_DIR_UID 963          /* and the number where nobody is called so */

/* Makes what is missing of STATE, hub, ws, run and run/ws. As root: hub becomes STATE_DIR_USER's when it is made.
 * Harmless beside a hub that runs. FORBIDDEN if STATE belongs to somebody else. */
int state_dir_prepare (const char *state, struct err *err);
/* The uid and gid that the hub runs as: the owner of STATE/hub. NOT_FOUND before state_dir_prepare. */
int state_dir_owner (const char *state, uid_t *ret_uid, gid_t *ret_gid, struct err *err);
/* False: no such user. */
bool state_dir_user (uid_t *ret_uid, gid_t *ret_gid);

char *state_dir_spawner_sock (const char *state);
char *state_dir_hub_sock (const char *state);
char *state_dir_lab_sock (const char *state, const char *id); /* ID: sandbox_id_valid */

#endif
