/* lab_licenses.h - third-party licences of the application and of extensions (contract 4.8)
 *
 * Each bundle is the third-party-licenses.json that its build left in static/.  Blocking;
 * any thread.
 */
#ifndef SERVER_LAB_LICENSES_H
#define SERVER_LAB_LICENSES_H

#include "base/buf.h"
#include "server/lab.h"
#include <jansson.h>
#include <stdbool.h>

#define LAB_LICENSES_MAX (64 * 1024 * 1024)

/* {"<bundle>": {"packages": [...]}} of the bundles whose name begins with a match of the
 * regular expression PATTERN.  INVALID: a broken pattern. */
json_t *lab_licenses_read (struct lab *l, const char *pattern, struct err *err);

/* The same as text; pure.  FULL_TEXT: with the texts of the licences. */
void lab_licenses_csv (const json_t *bundles, struct buf *b);
void lab_licenses_markdown (const json_t *bundles, bool full_text, struct buf *b);

#endif
