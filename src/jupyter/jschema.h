/* jschema.h - JSON Schema draft 7 over jansson, as settings need it (jupyter-contract 4.3)
 *
 * All assertion keywords of draft 7 but `format`; `$ref` to "#" and "#/..." pointers within the same
 * document.  Unknown keywords are ignored.  Patterns are PCRE2, unanchored, with bounds on backtracking; a
 * pattern that does not compile matches, and so does a reference that leads nowhere.  Recursion is bounded by
 * JSCHEMA_DEPTH, the whole by JSCHEMA_STEPS (checks of one value by one schema); beyond them a value is
 * refused.  Pure; any thread.
 */
#ifndef JUPYTER_JSCHEMA_H
#define JUPYTER_JSCHEMA_H

#include "base/err.h"
#include <jansson.h>

#define JSCHEMA_DEPTH 128
#define JSCHEMA_STEPS 1000000

/* 0, or -1 with PROBLEM_INVALID "/theme: 5 is not of type 'string'". */
int jschema_validate (const json_t *schema, const json_t *instance, struct err *err);

#endif
