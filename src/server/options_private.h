/* options_private.h - inside of struct options, for the files options*.c only */
#ifndef SERVER_OPTIONS_PRIVATE_H
#define SERVER_OPTIONS_PRIVATE_H

#include "base/map.h"
#include "server/option_traits.h"
#include "server/options.h"

/* Weakest first.  The environment gives defaults, as in the original. */
enum options_source {
    OPTIONS_ENVIRON,
    OPTIONS_FILES,
    OPTIONS_FILE, /* --config */
    OPTIONS_ARGS,
    OPTIONS_LAYERS
};

struct options {
    struct {
        json_t *top, *nested; /* {class: {trait: value}} */
    } layer[OPTIONS_LAYERS];
    json_t **value; /* of option_traits[i]; NULL: none */
    bool *set;
    bool *told;        /* option_inert[i] was named in the log */
    struct map *index; /* "Class.trait" -> row of option_traits, borrowed */
    json_t *empty_list, *empty_dict;
};

/* CLASS as written; VALUE (borrowed) has been checked. */
void options_layer_set (struct options *o, enum options_source source, bool nested,
                        const char *class, const char *trait, json_t *value);
void options_resolve (struct options *o);

/* The trait that CLASS.NAME means, directly or as a legacy name; otherwise a warning that
 * says why it has no effect, or which is nearest, and NULL.  WHERE: file name or "command
 * line". */
const struct option_trait *options_known (struct options *o, const char *class,
                                          const char *name, const char *where);

#endif
