/* jsonx.h - jansson with our errors, limits and idioms (house-style 2.10, jupyter-contract 11)
 *
 * For JSON of our own and of the APIs.  Notebooks go through jupyter/nbjson.h instead: jansson alters
 * numbers and escapes.
 */
#ifndef BASE_JSONX_H
#define BASE_JSONX_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include <jansson.h>
#include <stdbool.h>

static inline void auto_json_decref (json_t **p)
{
    json_decref (*p);
}
#define autojson __attribute__ ((cleanup (auto_json_decref)))

/* NUL in strings is allowed, duplicate keys keep the last, any value may be at the top.
 * New reference, or NULL and PROBLEM_INVALID. */
json_t *jsonx_parse (const char *s, size_t n, struct err *err);
/* The file's JSON; NULL with NOT_FOUND, INVALID...  Files above 64 MiB are TOO_LARGE. */
json_t *jsonx_read_file (const char *path, struct err *err);
/* Appends compact JSON (INDENT 0) or indented by INDENT; SORT by key. */
int jsonx_dump (const json_t *j, struct buf *b, int indent, bool sort);
char *jsonx_dump_string (const json_t *j, int indent, bool sort); /* malloc'ed */

/* Borrowed value of a key of the wanted type, else the default. */
const char *jsonx_str (const json_t *obj, const char *key, const char *dflt);
int64_t jsonx_int (const json_t *obj, const char *key, int64_t dflt);
bool jsonx_bool (const json_t *obj, const char *key, bool dflt);
/* Set OBJ[KEY] to a string (or null if S is NULL). */
void jsonx_set_str (json_t *obj, const char *key, const char *s);
/* Deep merge of contract 3.3: objects recurse, null deletes, emptied sub-objects are pruned. */
void jsonx_merge (json_t *into, const json_t *from);

#endif
