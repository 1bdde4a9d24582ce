/* nblines.h - where lines end in the texts of notebooks: Python's str.splitlines.  Pure. */
#ifndef JUPYTER_NBLINES_H
#define JUPYTER_NBLINES_H

#include <stddef.h>

/* The length of the first line of N bytes with its terminator; *RET_TEXT (may be NULL) is the length without
 * it. */
size_t nblines_next (const char *s, size_t n, size_t *ret_text);

#endif
