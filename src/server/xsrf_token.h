/* xsrf_token.h - the text of the _xsrf cookie (contract 2.7)
 *
 * Version 2 is 2|mask|masked token|seconds; version 1 is hex; any other text stands for
 * itself, as far as it is not longer than XSRF_TOKEN.  Pure; any thread.
 */
#ifndef SERVER_XSRF_TOKEN_H
#define SERVER_XSRF_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XSRF_TOKEN 256 /* longest token that is compared; longer texts never match */

/* The token inside TEXT.  False: unusable. */
bool xsrf_decode (const char *text, uint8_t ret[XSRF_TOKEN], size_t *ret_len);
/* A version 2 text of TOKEN with a new mask; malloc'ed. */
char *xsrf_encode (const uint8_t *token, size_t n);
/* True if COOKIE and SENT carry the same token; in constant time. */
bool xsrf_equal (const char *cookie, const char *sent);

#endif
