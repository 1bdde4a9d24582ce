/* env_files.h - environments as files of a state directory: their directories and their NAME.yml
 *
 *     STATE/environments/NAME.yml      names the directories; written last, whole: what has none is not there
 *     STATE/env/NAME/N/                one making of it (N counts up), with cpu/ and perhaps gpu/ below
 *     STATE/env/.lock                  held while one is made or removed
 *
 * A virtual environment cannot be moved, so it is made where it stays; one that was not finished has no
 * file that names it, and goes with the next `create` or `remove` of that name.  Blocking; `labwright env`.
 */
#ifndef OPS_ENV_FILES_H
#define OPS_ENV_FILES_H

#include "model/environments.h"

/* Makes STATE/env, STATE/environments.  A descriptor to keep; -1 and BUSY when another makes one. */
int env_files_lock (const char *state, struct err *err);
/* "env/NAME/N", the next free one, made (0755): relative to STATE; malloc'ed. */
char *env_files_new_dir (const char *state, const char *name, struct err *err);
/* Removes each STATE/env/NAME/N but KEEP (relative, or NULL: all, with env/NAME). */
int env_files_sweep (const char *state, const char *name, const char *keep,
                     struct err *err);
/* Writes NAME.yml. */
int env_files_write (const char *state, const struct environment *e, struct err *err);
/* Takes NAME.yml away; NOT_FOUND if it is not in STATE. */
int env_files_forget (const char *state, const char *name, struct err *err);

#endif
