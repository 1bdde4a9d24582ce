/* password_file.h - where a password that was set by its owner is kept (contract 0.5)
 *
 * <config>/jupyter_server_config.json, key IdentityProvider.hashed_password; what else is
 * in the file stays. Blocking; any thread.
 */
#ifndef SERVER_PASSWORD_FILE_H
#define SERVER_PASSWORD_FILE_H

#include "base/err.h"
#include "jupyter/jpaths.h"

/* INVALID, and the file is left alone, if it exists but is no JSON object. */
int password_file_write (const struct jpaths *p, const char *hash, struct err *err);
char *password_file_path (const struct jpaths *p); /* malloc'ed */

#endif
