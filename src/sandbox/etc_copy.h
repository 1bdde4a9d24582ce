/* etc_copy.h - a copy of /etc that may be shown to people (private to base.c) */
#ifndef SANDBOX_ETC_COPY_H
#define SANDBOX_ETC_COPY_H

#include "base/err.h"

/* "etc-" and a sum of the names, sizes and times of what etc_copy copies.  ETC: directory, open for reading. */
int etc_sum (int etc, char ret[32], struct err *err);
/* It is complete when it has its name. */
int etc_copy (int etc, const char *path, struct err *err);

#endif
