/* schema.h - the steps of the database's schema, src/store/schema/NNN_name.sql, in order
 *
 * Built into the program.  A step that was ever released is never changed: write the next one.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stddef.h>

size_t schema_count (void);
const char *schema_step (size_t i); /* from 0 */

#endif
