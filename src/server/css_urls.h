/* css_urls.h - make the relative addresses of a stylesheet absolute (contract 4.5) */
#ifndef SERVER_CSS_URLS_H
#define SERVER_CSS_URLS_H

#include "base/buf.h"
#include <stddef.h>

/* Appends CSS (N bytes) to OUT; in each url('x') with single quotes whose x is relative (no
 * leading '/', no scheme, not only a fragment), PREFIX and a slash are put before x.  -1:
 * OUT is too small. */
int css_urls_rewrite (const char *css, size_t n, const char *prefix, struct buf *out);

#endif
