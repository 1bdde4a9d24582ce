/* path.h - API paths and operating-system paths (jupyter-contract 1.7, 1.8)
 *
 * An API path uses '/', has no leading or trailing slash, and "" is the root.  Confinement is lexical:
 * symbolic links inside the root may lead out, as in the original.  Any thread.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>

char *path_join (const char *a, const char *b); /* malloc'ed; exactly one '/' between */
/* Absolute and lexically normal: no "//", ".", ".."; relative to the working directory. */
char *path_absolute (const char *p);
const char *path_basename (const char *p); /* borrowed; "" for "" */
char *path_dirname (const char *p);        /* malloc'ed; "" if there is no slash */
/* Strips slashes at both ends, drops empty components.  malloc'ed. */
char *path_api_normal (const char *api);
/* ROOT joined with the API path, normalised; NOT_FOUND "<p> is outside root contents directory" if
 * it leaves ROOT (no check when ROOT is "/").  N is the length of API, which may hold NUL: then
 * NOT_FOUND "<p> is not a valid path"; INVALID if it is not UTF-8.  malloc'ed. */
char *path_to_os (const char *root, const char *api, size_t n, struct err *err);
/* The API path of OS below ROOT, malloc'ed; NULL if it is outside. */
char *path_to_api (const char *root, const char *os);
/* Rule of contract 1.8: any component below ROOT starts with '.', or OS is a directory that we may not
 * read and enter. */
bool path_is_hidden (const char *root, const char *os);
/* Expand a leading "~" or "~user".  malloc'ed; a copy if there is none or the user is unknown. */
char *path_expand_user (const char *p);

#endif
