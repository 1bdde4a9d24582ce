/* range.h - conditional and partial requests for a file (contract 1.4).  Pure; any thread.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum range_outcome { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };

/* A Range header against a file of SIZE bytes: one range; anything else means the whole
 * file, and so does a range that covers all of it. */
enum range_outcome range_parse (const char *header, uint64_t size, uint64_t *ret_from,
                                uint64_t *ret_len);
/* Has a client that sends these not got the newest?  ETAG may be NULL. */
bool range_not_modified (const char *if_none_match, const char *if_modified_since,
                         const char *etag, int64_t mtime_s);
/* Weak comparison of a quoted ETAG with a list of tags or '*'. */
bool range_etag_matches (const char *list, const char *etag);

#endif
