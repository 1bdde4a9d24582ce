/* usage_span.h - the days that a question about usage means
 *
 * Days are UTC, "2026-11-23"; the last one is included.  Pure.
 */
#ifndef HUB_USAGE_SPAN_H
#define HUB_USAGE_SPAN_H

#include "base/err.h"
#include <stdint.h>

/* FROM, TO: days; NULL or "": from the first of NOW's month, to the end of NOW's day.  Seconds since 1970, *RET_TO is
 * the first second that is not meant.  INVALID. */
int usage_span (const char *from, const char *to, int64_t now, int64_t *ret_from,
                int64_t *ret_to, struct err *err);

#endif
