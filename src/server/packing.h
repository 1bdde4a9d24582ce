/* packing.h - what a conversion left in a directory, as one download
 *
 * One file is itself; a file with resource files beside it is a zip of all.  Blocking; any
 * thread.
 */
#ifndef SERVER_PACKING_H
#define SERVER_PACKING_H

#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>

struct packed {
    struct buf data;
    char *name; /* for a download */
    bool zip;
};

/* The content of DIR, made from a document called STEM.  INTERNAL if there is nothing. */
int packed_read (struct packed *p, const char *dir, const char *stem, size_t max,
                 struct err *err);
void packed_done (struct packed *p); /* also fine on a zeroed one */

#endif
