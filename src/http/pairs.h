/* pairs.h - key=value lists from outside: query strings, urlencoded forms, cookies
 *
 * Pure; any thread.  At most PAIRS_MAX pairs are kept, the rest is ignored.
 */
#ifndef HTTP_PAIRS_H
#define HTTP_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#define PAIRS_MAX 1024

struct pair {
    char *key, *value;
};
struct pairs {
    struct pair *v;
    size_t n, cap;
    bool invalid; /* some text was not UTF-8 */
};

void pairs_done (struct pairs *p); /* a zeroed struct is an empty list */
/* Appends the arguments of contract 1.6: decoded, '+' is a space, control characters are
 * spaces, stripped; a bare key has the value "". */
void pairs_add_query (struct pairs *p, const char *s, size_t n);
/* Appends the cookies of a Cookie header; quoted values are unquoted. */
void pairs_add_cookies (struct pairs *p, const char *s);
const char *pairs_last (const struct pairs *p, const char *key); /* borrowed or NULL */

#endif
