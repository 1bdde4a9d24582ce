/* runtime_file.h - jpserver-<pid>.json and its HTML page: how others find a running server
 * (contract 0.5)
 *
 * Blocking, small files; before the loop runs, and in the sub-commands.
 */
#ifndef SERVER_RUNTIME_FILE_H
#define SERVER_RUNTIME_FILE_H

#include "base/err.h"
#include "jupyter/jpaths.h"
#include <jansson.h>

/* Both files of this process, mode 0600.  INFO is the content of the first; the page leads
 * to URL. */
int runtime_file_write (const struct jpaths *p, const json_t *info, const char *url,
                        struct err *err);
void runtime_file_remove (const struct jpaths *p);
char *runtime_file_page (const struct jpaths *p); /* path of the HTML page, malloc'ed */

/* An array of the contents of all such files whose process lives, in order of the port;
 * files of dead ones are deleted.  New reference. */
json_t *runtime_file_list (const struct jpaths *p);

#endif
