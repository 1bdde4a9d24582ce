/* media.h - the media type of a file, by its name and its first bytes.  Pure; any thread. */
#ifndef BASH_MEDIA_H
#define BASH_MEDIA_H

#include <stddef.h>

/* NAME may be NULL.  "text/plain" or "application/octet-stream" if nothing better is known. */
const char *media_guess (const char *name, const char *data, size_t n);
/* "html" -> "text/html"; NULL if SHORT is no such name. */
const char *media_by_short_name (const char *short_name);

#endif
