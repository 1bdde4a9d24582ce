/* lab_schemas.h - where the settings schemas of plugins are (contract 4.3)
 *
 * A plugin id is "<package>:<plugin>"; its schema is <schemas dir>/<package>/<plugin>.json,
 * of the application or of an extension.  An extension's schema wins over the
 * application's, the first extension over later ones.  Blocking file system calls; any
 * thread.
 */
#ifndef SERVER_LAB_SCHEMAS_H
#define SERVER_LAB_SCHEMAS_H

#include "base/strv.h"
#include "base/map.h"
#include "server/lab.h"

#define LAB_SCHEMAS_MAX 8192 /* files in one search */

/* Id -> path (char *) of every schema; the caller frees. */
struct map *lab_schemas_find_all (struct lab *l);
/* The ids, descending by code point. */
void lab_schemas_ids (const struct map *schemas, struct strv *ret);
/* The path of one, malloc'ed.  NOT_FOUND "Schema not found: ..." */
char *lab_schemas_find (struct lab *l, const char *id, struct err *err);

/* "<package>:<plugin>" with plain components: safe to make a path of. */
bool lab_schemas_id_valid (const char *id);
/* ROOT/<package>/<plugin>SUFFIX of a valid ID; malloc'ed. */
char *lab_schemas_path (const char *root, const char *id, const char *suffix);
/* The version that package.json.orig beside the schema gives, else "N/A"; malloc'ed. */
char *lab_schemas_version (struct lab *l, const char *schema_path);

#endif
