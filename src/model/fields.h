/* fields.h - the keys of a mapping that a person wrote: read by a table, errors with the line
 *
 *     static const struct field fields[] = { { "title", read_title }, { "cpus", read_cpus } };
 *     struct fields f = { &y, mapping, "gpu", target, &err };
 *     if (fields_read (&f, fields, ARRAY_SIZE (fields)) < 0) ...        an unknown key is an error
 *
 * A reader gets its value, which is never null (null is as absent), and returns -1 through fields_fail:
 * "machines.yml:12: gpu: cpus: must be a number of cores".  Private to model/.  Pure.
 */
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include "base/strv.h"
#include "model/yamlx.h"
#include <stdbool.h>

struct fields {
    const struct yamlx *y;
    const json_t *in; /* the mapping */
    const char *what; /* of what: the name of the machine */
    void *to;         /* what readers fill */
    struct err *err;
    const char *key; /* that is being read: set by fields_read */
};

struct field {
    const char *name;
    int (*read) (struct fields *f, const json_t *v);
};

int fields_read (struct fields *f, const struct field *table, size_t n);
int fields_fail (const struct fields *f, const json_t *v, const char *must);
/* A text of at most MAX bytes on one line; replaces *RET, which is malloc'ed. */
int fields_text (const struct fields *f, const json_t *v, size_t max, char **ret);
/* A list of at most MAX texts that CHECK takes (or one text, without a list), appended. */
int fields_list (const struct fields *f, const json_t *v, size_t max,
                 bool (*check) (const char *s), const char *must, struct strv *ret);
int fields_integer (const struct fields *f, const json_t *v, int64_t min, int64_t max,
                    int64_t *ret);

/* Letters, digits, '-', '_', '.', not beginning with '-' or '.'; at most 64. */
bool field_is_name (const char *s);
bool field_is_alias (const char *s); /* the same and '+', ':' */
/* Absolute, normal, without control characters, at most 1024 bytes. */
bool field_is_path (const char *s);

#endif
