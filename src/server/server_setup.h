/* server_setup.h - from the command line to a server that listens; used by server.c only
 *
 * Blocking: before the loop runs.  Every failure says what to do about it.
 */
#ifndef SERVER_SERVER_SETUP_H
#define SERVER_SERVER_SETUP_H

#include "base/err.h"
#include "server/options.h"
#include "server/server.h"

/* base_url, root_dir, default_url, data_dir, log level, open files; POSITIONAL may be NULL.
 */
int setup_settings (struct server *s, const char *positional, struct err *err);
/* Say which server extensions of the original are enabled and not there (contract 5.7). */
void setup_warn_extensions (const struct options *o);
/* Runtime files, the lines with the URLs, the browser.  PORT 0: unix socket. */
void setup_announce (struct server *s, int port);
void setup_free (struct server *s);

#endif
