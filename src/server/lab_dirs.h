/* lab_dirs.h - the search for the directories of struct lab_dirs.  Blocking (stat); at
 * start. */
#ifndef SERVER_LAB_DIRS_H
#define SERVER_LAB_DIRS_H

#include "server/lab.h"

struct jpaths;
struct options;

/* Fills RET (zeroed before). */
void lab_dirs_find (struct lab_dirs *ret, const struct options *o, const struct jpaths *p);
void lab_dirs_done (struct lab_dirs *d);
/* One that a caller already has, for unit tests: everything below APP and CONFIG. */
void lab_dirs_set (struct lab_dirs *ret, const char *app, const char *config);

#endif
