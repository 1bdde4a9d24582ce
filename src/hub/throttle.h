/* throttle.h - how often somebody may guess a password
 *
 * Three counts, each with tries that cost nothing and then a waiting time that doubles: of a name from one
 * address, of an address, and of a name from anywhere (so that many addresses do not help; its waiting time
 * is short, so that a stranger cannot lock anybody out).  A try counts before the password is compared, so
 * that tries at the same time do not slip through.  Counts are in the database: a restart gives no new tries.
 * Forgotten an hour after the last try.
 *
 * Loop thread only.
 */
#ifndef HUB_THROTTLE_H
#define HUB_THROTTLE_H

#include "base/err.h"
#include <stdint.h>

struct hub;

enum throttle_kind { THROTTLE_PAIR, THROTTLE_ADDRESS, THROTTLE_NAME, THROTTLE_KINDS };

/* Seconds to wait at NOW after FAILURES, the last at LAST; 0: go ahead.  Pure. */
int64_t throttle_wait_s (enum throttle_kind kind, int64_t failures, int64_t last,
                         int64_t now);

/* Counts a try.  LIMIT, with the seconds to wait in the text and in *RET_WAIT_S: do not even compare. */
int throttle_begin (struct hub *h, const char *name, const char *address,
                    int64_t *ret_wait_s, struct err *err);
/* The password was right: the name is free again from that address, and the try does not count. */
void throttle_passed (struct hub *h, const char *name, const char *address);

#endif
