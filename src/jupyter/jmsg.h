/* jmsg.h - the few header fields of a kernel message that routing needs
 *
 * A header is a small JSON object of which we want three strings; content, metadata and
 * buffers stay bytes.  A scan over the top level costs a fraction of a microsecond where a
 * parser takes five (platform.md F.5), and accepts what a parser refuses elsewhere in the
 * object (NaN, huge integers).
 *
 *     struct jhead h;
 *     jhead_scan (wsv1_part (&m, WSV1_HEADER), &h);
 *     if (slice_is (h.msg_type, "status")) ...
 *
 * The texts are borrowed and raw: what stands between the quotes.  Escapes stay as written,
 * which is enough to compare ids that were echoed and names that have none.  Bytes that are
 * no object give empty slices.
 */
#ifndef JUPYTER_JMSG_H
#define JUPYTER_JMSG_H

#include "base/blk.h"
#include <stdbool.h>

#define JMSG_MAX_SCAN                                                                      \
    (1u << 20) /* bytes of one JSON text looked at; what is longer has no fields */

struct jhead {
    struct slice msg_id, msg_type, session;
};

void jhead_scan (struct slice json, struct jhead *ret);
/* The string member KEY at the top level of an object.  False: absent, or no string. */
bool jmsg_string (struct slice json, const char *key, struct slice *ret);

bool slice_is (struct slice s, const char *text);
bool slice_equal (struct slice a, struct slice b);
char *
slice_dup (struct slice s); /* malloc'ed and NUL-terminated; for s of bounded length */

#endif
