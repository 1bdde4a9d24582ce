/* yamlx.h - one YAML document as JSON, with ceilings and line numbers
 *
 * What is written by hand: machines.yml, environments, floyd.yml of strangers.  A mapping becomes an object
 * in the order of the file, plain words what YAML 1.2's core schema says (null, true, 12, 1.5, else text;
 * "on" and "yes" stay text), and nothing has a meaning beside that: anchors, aliases, tags, a second
 * document, keys that are no text and keys that come twice are errors, which say the line.
 *
 *     struct yamlx y;
 *     if (yamlx_parse (text, n, "machines.yml", &y, &err) < 0) ...
 *     if (!json_is_object (y.root))
 *         return yamlx_fail (&y, y.root, NULL, &err, "must be a mapping");  "machines.yml:1: must..."
 *     yamlx_done (&y);
 *
 * Errors are INVALID, or TOO_LARGE for a ceiling.  Pure; any process.
 */
#ifndef MODEL_YAMLX_H
#define MODEL_YAMLX_H

#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

#define YAMLX_BYTES (256u << 10) /* of the text */
#define YAMLX_DEPTH 16
#define YAMLX_NODES 8192
#define YAMLX_KEY 256

struct yamlx {
    json_t *root; /* null for an empty document */
    char name[128];
    struct yamlx_mark *marks; /* where each value began */
    size_t n_marks;
};

/* RET is initialised by this and, on failure, done. */
int yamlx_parse (const char *text, size_t n, const char *name, struct yamlx *ret,
                 struct err *err);
/* The same of a file, whose name is the last part of PATH. */
int yamlx_read_file (const char *path, struct yamlx *ret, struct err *err);
void yamlx_done (struct yamlx *y);

/* Line that VALUE begins on, from 1; 0 for null, true and false, which have no place of their own. */
unsigned yamlx_line (const struct yamlx *y, const json_t *value);
/* INVALID, "NAME:LINE: FMT".  Returns -1.  When VALUE has no line, that of INSIDE, which holds it. */
int yamlx_fail (const struct yamlx *y, const json_t *value, const json_t *inside,
                struct err *err, const char *fmt, ...)
    __attribute__ ((format (printf, 5, 6)));

#endif
