/* strv.h - string vectors: argv, environ, lists of paths.  Owns its strings. */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct strv {
    char **v; /* NULL-terminated once something was added; NULL when empty */
    size_t n;
};

void strv_init (struct strv *s);
void strv_done (struct strv *s);
void strv_add (struct strv *s, const char *str);
void strv_addn (struct strv *s, const char *str, size_t n);
void strv_addf (struct strv *s, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3)));
void strv_copy (struct strv *dst, const struct strv *src); /* appends */
bool strv_has (const struct strv *s, const char *str);
void strv_sort (struct strv *s); /* by bytes */
void strv_remove (struct strv *s, size_t i);

/* The vector as an environment of KEY=VALUE. */
void strv_from_environ (struct strv *s, char *const *environ);
const char *strv_env_get (const struct strv *s, const char *key); /* borrowed or NULL */
void strv_env_set (struct strv *s, const char *key, const char *value);
void strv_env_unset (struct strv *s, const char *key);

#endif
