/* nblines.h - where lines end in the texts of notebooks: Python's str.splitlines.  Pure. */
#ifndef JUPYTER_NBLINES_H
#define JUPYTER_NBLINES_H

#include "base/scan.h"

/* The length of the first line of N bytes with its terminator; *RET_TEXT (may be NULL) is the length without
 * it. */
size_t nblines_next (const char *s, size_t n, size_t *ret_text);

/* What stops a run of bytes that no line end begins with (scan.h), and the length of the line end among the N > 0
 * bytes at S, 0 if there is none. */
#define NBLINES_STOPS (SCAN_CONTROL | SCAN_BREAK)
size_t nblines_end (const char *s, size_t n);

#endif
