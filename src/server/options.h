/* options.h - configuration of the server (jupyter-contract 0.2, 0.3, 0.4)
 *
 * One static table of traits {class, name, type, default, help}; values come from the defaults, the
 * config files, the environment and the command line, later ones winning.  A trait set on a parent class
 * or under a legacy name is found under the canonical name of the table; sections nested by owner are
 * flattened.  Callers name the canonical one:
 *
 *     options_bool (s->options, "ContentsManager.allow_hidden")
 *
 * Asking for a trait that the table does not have is a bug (assert).  Read-only after start; any thread.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "base/err.h"
#include "base/strv.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct options;
struct jpaths;

const char *options_str (const struct options *o, const char *trait); /* borrowed; "" if unset */
int64_t options_int (const struct options *o, const char *trait);
double options_real (const struct options *o, const char *trait);
bool options_bool (const struct options *o, const char *trait);
const json_t *options_json (const struct options *o, const char *trait); /* borrowed; never NULL */
bool options_is_set (const struct options *o, const char *trait); /* by file, environment or user */
/* Change one while running (the password set on the login page). */
void options_set (struct options *o, const char *trait, json_t *value); /* takes VALUE */

#endif
