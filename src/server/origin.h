/* origin.h - pure checks of Host, Origin and the target of a redirect
 * (contract 2.6, 2.8, 2.9)
 *
 * No request and no server in here, so that they can be tested and fuzzed by themselves.
 * Any thread, but for the shared pattern: loop thread.
 */
#ifndef SERVER_ORIGIN_H
#define SERVER_ORIGIN_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>

/* What is configured about foreign origins. */
struct origin_rules;
/* ALLOW "" or "*" or an origin; PATTERN "" or a regular expression that must match the
 * whole origin. */
struct origin_rules *origin_rules_new (const char *allow, const char *pattern,
                                       struct err *err);
void origin_rules_free (struct origin_rules *r);
DEFINE_AUTO (struct origin_rules *, origin_rules_free)

const char *origin_rules_allow (const struct origin_rules *r);
bool origin_rules_any (const struct origin_rules *r); /* either of the two is set */
/* ORIGIN equals ALLOW, or matches PATTERN from end to end ("*": always). */
bool origin_rules_match (const struct origin_rules *r, const char *origin);
bool origin_rules_pattern_match (const struct origin_rules *r, const char *origin);

/* The authority of ORIGIN, lower-cased, equals HOST byte by byte. */
bool origin_is_host (const char *origin, const char *host);

/* HOST (with port, brackets) is a loopback address, one of LOCAL, or the encoded path of a
 * unix socket. */
bool origin_host_allowed (const char *host, const struct strv *local);

/* Where a login may lead: NEXT if it is a path below BASE_URL or an allowed origin, else
 * BASE_URL. malloc'ed. */
char *origin_safe_next (const char *next, const char *base_url,
                        const struct origin_rules *r);

#endif
