/* lab_overrides.h - defaults that an administrator gives to settings (contract 5.6)
 *
 * An object of {plugin id: {key: value}}, from files of the application's settings
 * directory and of labconfig, over a few of our own.  Applying one changes the defaults
 * inside a schema.
 */
#ifndef SERVER_LAB_OVERRIDES_H
#define SERVER_LAB_OVERRIDES_H

#include "server/lab.h"
#include <jansson.h>

/* New reference to an object, never NULL; a broken file is logged and skipped.  Blocking;
 * any thread. */
json_t *lab_overrides_read (struct lab *l);

/* Put VALUES (an object) into SCHEMA's properties.<key>.default; SCHEMA is changed in
 * place. */
void lab_overrides_apply (json_t *schema, const json_t *values);

#endif
