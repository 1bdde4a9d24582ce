/* crypto.h - the OpenSSL corner: HMAC, digests, base64, password hashes */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/blk.h"
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_HEX 129 /* room for the hex of any digest */

/* HMAC with a fixed key; DIGEST "sha256" and so on.  NULL if the digest is unknown.  Loop thread. */
struct hmac;
struct hmac *hmac_new (const char *digest, const void *key, size_t n, struct err *err);
void hmac_free (struct hmac *h);
DEFINE_AUTO (struct hmac *, hmac_free)
/* Lower-case hex over the concatenation of the parts. */
void hmac_hex (struct hmac *h, const struct slice *parts, size_t n, char ret[CRYPTO_HEX]);

/* Incremental digest. */
struct digest;
struct digest *digest_new (const char *name); /* NULL: unknown */
void digest_add (struct digest *d, const void *data, size_t n);
void digest_hex (struct digest *d, char ret[CRYPTO_HEX]); /* and frees D */
void digest_free (struct digest *d);                      /* to give up on one */
int crypto_digest_hex (const char *name, const void *data, size_t n, char ret[CRYPTO_HEX]);

/* Compare N bytes in a time that does not depend on them. */
bool crypto_equal (const void *a, const void *b, size_t n);

/* Standard alphabet with padding.  LINE > 0: a '\n' after every LINE characters and at the end
 * (MIME style: 76). */
int base64_encode (struct buf *b, const void *data, size_t n, size_t line);
/* Python's lenient b64decode: characters outside the alphabet are skipped, wrong padding is INVALID. */
int base64_decode (struct buf *b, const char *s, size_t n, struct err *err);

/* "argon2:$argon2id$..." and "<alg>:<salt>:<hex>" (contract 2.5).  argon2 takes tens of milliseconds:
 * call it in `labwright worker password`, never on the loop. */
bool crypto_password_verify (const char *stored, const char *password);
/* New "argon2:..." with the defaults of contract 2.5; malloc'ed. */
char *crypto_password_hash (const char *password, struct err *err);

#endif
