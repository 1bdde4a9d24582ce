/* option_value.h - values of traits: Python-like literals, and what each type accepts
 * (contract 0.2)
 *
 * Pure; any thread.
 */
#ifndef SERVER_OPTION_VALUE_H
#define SERVER_OPTION_VALUE_H

#include "base/err.h"
#include "server/option_traits.h"
#include <jansson.h>

#define OPTION_DEPTH 32

/* Python's literal_eval for None, booleans, numbers, strings, lists, tuples and dicts with
 * string keys; JSON's true, false and null are taken too.  New reference, or NULL and
 * INVALID. */
json_t *option_literal (const char *s, struct err *err);
/* TEXT from the command line for trait T, as traitlets read it: PREVIOUS (borrowed, may be
 * NULL) is what an earlier argument of the same trait gave; items of lists and KEY=VALUE of
 * dicts are added to it. */
json_t *option_value_parse (const struct option_trait *t, const char *text,
                            const json_t *previous, struct err *err);
/* VALUE of a config file (borrowed) as the type wants it; null is accepted and means none.
 */
json_t *option_value_check (const struct option_trait *t, json_t *value, struct err *err);
/* The default, or NULL if there is none. */
json_t *option_value_default (const struct option_trait *t);

#endif
