/* utf8.h - strict UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.  Any thread. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_valid (const char *s, size_t n);
/* Length of the valid sequence at the start of the N > 0 bytes, 0 if there is none. */
size_t utf8_next (const char *s, size_t n, uint32_t *ret_cp);
/* How many bytes at the start are ASCII; with PLAIN only those that stand for themselves in a JSON
 * string (no control characters, no '"', no '\\').  Fast: texts are long and mostly that. */
size_t utf8_ascii_run (const char *s, size_t n, bool plain);
/* Writes CP (a valid code point) and returns its length, 1 to 4. */
size_t utf8_put (uint32_t cp, char ret[4]);
/* Number of code points of a valid string. */
size_t utf8_count (const char *s, size_t n);

#endif
