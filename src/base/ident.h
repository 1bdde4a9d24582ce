/* ident.h - ids and tokens.  Random from RAND_bytes; aborts if there is no randomness. */
#ifndef BASE_IDENT_H
#define BASE_IDENT_H

#include <stdbool.h>
#include <stddef.h>

#define IDENT_UUID 37
void ident_uuid4 (char ret[IDENT_UUID]); /* lower case with dashes */
void ident_random (void *ret, size_t n);
char *ident_hex (size_t nbytes); /* malloc'ed: 2 * NBYTES lower-case hex digits */
void ident_to_hex (const void *data, size_t n, char *ret); /* RET: 2 * N + 1 bytes */
/* N characters of the 57 that cannot be mistaken for one another (floyd-contract 1.2); RET: N + 1 bytes. */
#define IDENT_SHORT 22 /* of most objects */
void ident_short (char *ret, size_t n);
bool ident_is_short (const char *s, size_t n);   /* N of them and nothing else */
bool ident_equal (const char *a, const char *b); /* constant time in the content */
/* Five groups of word characters joined by '-' (contract 1.1). */
bool ident_is_kernel_id (const char *s);
bool ident_is_word (const char *s); /* \w+ : letters, digits, '_', any non-ASCII letter */

#endif
