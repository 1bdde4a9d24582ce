/* json5.h - JSON5 text to a jansson value (jupyter-contract 4.3, 5.5, 5.6)
 *
 * Comments, trailing commas, single quotes, unquoted keys, hexadecimal numbers, leading and trailing decimal
 * points, a leading '+', escaped newlines.  Infinity and NaN are refused: no JSON answer can carry them.
 * Nesting above JSON5_DEPTH and texts above JSON5_MAX bytes are refused.  Pure; any thread.
 */
#ifndef JUPYTER_JSON5_H
#define JUPYTER_JSON5_H

#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

#define JSON5_DEPTH 200
#define JSON5_MAX (16u << 20)

/* New reference, or NULL and PROBLEM_INVALID "line 3 column 7: ...". */
json_t *json5_parse (const char *s, size_t n, struct err *err);

#endif
