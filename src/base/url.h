/* url.h - percent-encoding as Python's quote/unquote do it.  Any thread. */
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/buf.h"
#include "base/utf8.h"
#include <stdbool.h>

/* Unreserved: letters digits _ . - ~ and every character of SAFE. */
int url_encode (struct buf *b, const char *s, size_t n, const char *safe);
char *url_encode_path (const char *path); /* malloc'ed; keeps '/' */
char *url_encode_all (const char *s);     /* malloc'ed; encodes '/' too */
/* Decodes %XX once; a malformed escape stays as it is; PLUS: '+' becomes a space.  The result may hold
 * NUL, so it returns its length too. */
char *url_decode (const char *s, size_t n, bool plus, size_t *ret_len);
/* B (begins and ends with '/') joined with PATH, one slash between; malloc'ed. */
char *url_join (const char *base, const char *path);

#endif
