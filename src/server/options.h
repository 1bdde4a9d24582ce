/* options.h - configuration of the server (jupyter-contract 0.2, 0.3, 0.4)
 *
 * One static table of traits {class, name, type, default, help}; values come from the
 * defaults, the config files, the environment and the command line, later ones winning.  A
 * trait set on a parent class or under a legacy name is found under the canonical name of
 * the table; sections nested by owner are flattened.  Callers name any class that the trait
 * can be set on:
 *
 *     options_bool (s->options, "ContentsManager.allow_hidden")
 *
 * Asking for a trait that the table does not have is a bug (assert).  Read-only after
 * start; any thread.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/strv.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct options;
struct jpaths;

/* Every trait at its default. */
struct options *options_new (void);
void options_free (struct options *o);
DEFINE_AUTO (struct options *, options_free)

/* The config files of the search path, lowest priority first.  A file that cannot be read
 * or parsed is logged and skipped; so are values of the wrong type.  Blocking. */
void options_load_files (struct options *o, const struct jpaths *p);
/* One more file, above those (--config). */
int options_load_file (struct options *o, const char *path, struct err *err);
void options_load_environ (struct options *o);

/* What the command line asks for besides settings. */
enum options_action {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_SHOW_CONFIG,
    OPTIONS_SHOW_CONFIG_JSON,
    OPTIONS_GENERATE_CONFIG,
};
struct options_args {
    enum options_action action;
    const char *config;     /* --config, or NULL */
    const char *positional; /* borrowed from argv, or NULL */
};
/* ARGV[0] is the verb.  What it sets wins over files read later.
 * INVALID for an unknown flag or a value of the wrong type; an unknown class or trait is a
 * warning. */
int options_parse_args (struct options *o, int argc, char **argv, struct options_args *ret,
                        struct err *err);

/* Python-like text of --help; the settings that are not at their defaults; a config file
 * with every trait. */
void options_help (struct buf *b);
void options_show (const struct options *o, struct buf *b, bool json);
void options_generate (struct buf *b);

const char *options_str (const struct options *o,
                         const char *trait); /* borrowed; "" if unset */
int64_t options_int (const struct options *o, const char *trait);
double options_real (const struct options *o, const char *trait);
bool options_bool (const struct options *o, const char *trait);
const json_t *options_json (const struct options *o,
                            const char *trait); /* borrowed; never NULL */
bool options_is_set (const struct options *o,
                     const char *trait); /* by file, environment or user */
/* Change one while running (the password set on the login page). */
void options_set (struct options *o, const char *trait, json_t *value); /* takes VALUE */

#endif
