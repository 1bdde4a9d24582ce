/* cookie.h - tornado's "signed value v2", the text of the login cookie (contract 2.3)
 *
 *     2|1:0|<len>:<seconds>|<len>:<name>|<len>:<base64 of the payload>|<hex hmac-sha256 of
 * all before>
 *
 * Not encrypted.  Pure but for the hmac object: loop thread.
 */
#ifndef SERVER_COOKIE_H
#define SERVER_COOKIE_H

#include "base/buf.h"
#include "base/crypto.h"
#include <stdint.h>

#define COOKIE_MAX 8192

/* Appends the value to B. */
int cookie_sign (struct buf *b, struct hmac *key, const char *name, int64_t unix_s,
                 const void *payload, size_t n);
/* Appends the payload of TEXT to B if the signature is right, the name is NAME and it was
 * made at most MAX_AGE_S before NOW_S.  Otherwise -1 and PROBLEM_INVALID. */
int cookie_verify (struct buf *b, struct hmac *key, const char *name, const char *text,
                   int64_t now_s, int64_t max_age_s, struct err *err);
/* "username-" and HOST with everything but letters and digits as '-'; malloc'ed. */
char *cookie_login_name (const char *host);

#endif
