/* conf_dir.h - where the shipped configuration lies, and whether a file of STATE can be trusted
 *
 * conf/ of the source tree beside the build tree, or what `make install` put below pkgdatadir.
 * LABWRIGHT_CONF names another, for tests.  Any process.
 */
#ifndef MODEL_CONF_DIR_H
#define MODEL_CONF_DIR_H

#include "base/err.h"

/* Path of NAME in it, there or not; malloc'ed. */
char *conf_dir_file (const char *name);
/* FORBIDDEN unless PATH belongs to root or to this process's user and only its owner may write it. */
int conf_dir_check_owner (const char *path, struct err *err);

#endif
