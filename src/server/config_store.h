/* config_store.h - JSON sections merged over the config path (contract 3.3, 5.5, 5.6)
 *
 * A section is <dir>/<sub>/<section>.json and <dir>/<sub>/<section>.d/NAME.json for every
 * directory of the config path; system directories first, within one directory the .d files
 * in byte order and then the plain file.  SUB is "serverconfig" for /api/config,
 * "labconfig" for page_config and default_setting_overrides. Missing and empty files count
 * for nothing; a broken one is logged and skipped.
 *
 * Blocking file system calls: any thread, with JPATHS only read.
 */
#ifndef SERVER_CONFIG_STORE_H
#define SERVER_CONFIG_STORE_H

#include "base/err.h"
#include "jupyter/jpaths.h"
#include <jansson.h>

/* The view merged over all directories.  New reference to an object, never NULL. */
json_t *config_store_read (const struct jpaths *p, const char *sub, const char *section);
/* The same for one directory DIR (such as an app settings directory). */
json_t *config_store_read_dir (const char *dir, const char *section);
/* The user's own view: the .d files and the plain file of the user's config directory. */
json_t *config_store_read_user (const struct jpaths *p, const char *sub,
                                const char *section);
/* Replace the user's plain file by VALUE (an object, borrowed), without the keys that the
 * user's .d files already give the same value; indent 2. */
int config_store_write (const struct jpaths *p, const char *sub, const char *section,
                        const json_t *value, struct err *err);
/* Deep-merge CHANGES (borrowed) into the user's view and write it; *ret (new reference) is
 * the result. */
int config_store_update (const struct jpaths *p, const char *sub, const char *section,
                         const json_t *changes, json_t **ret, struct err *err);

#endif
