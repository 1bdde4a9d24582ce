/* strv.c - string vectors */

#include "base/strv.h"
#include "base/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void strv_init (struct strv *s)
{
    *s = (struct strv){ 0 };
}

void strv_done (struct strv *s)
{
    for (size_t i = 0; i < s->n; i++)
        free (s->v[i]);
    free (s->v);
    strv_init (s);
}

/* Takes STR. */
static void push (struct strv *s, char *str)
{
    if ((s->n & (s->n - 1)) == 0 || s->n < 2)
        s->v = xrealloc (s->v, s->n < 2 ? 4 : s->n * 2 + 2, sizeof (char *));
    s->v[s->n++] = str;
    s->v[s->n] = NULL;
}

void strv_add (struct strv *s, const char *str)
{
    push (s, xstrdup (str));
}

void strv_addn (struct strv *s, const char *str, size_t n)
{
    push (s, xstrndup (str, n));
}

void strv_addf (struct strv *s, const char *fmt, ...)
{
    va_list ap;
    char *str = NULL;

    va_start (ap, fmt);
    if (vasprintf (&str, fmt, ap) < 0)
        abort ();
    va_end (ap);
    push (s, str);
}

void strv_copy (struct strv *dst, const struct strv *src)
{
    for (size_t i = 0; i < src->n; i++)
        strv_add (dst, src->v[i]);
}

bool strv_has (const struct strv *s, const char *str)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp (s->v[i], str))
            return true;
    return false;
}

static int compare (const void *a, const void *b)
{
    return strcmp (*(char *const *)a, *(char *const *)b);
}

void strv_sort (struct strv *s)
{
    if (s->n)
        qsort (s->v, s->n, sizeof (char *), compare);
}

void strv_remove (struct strv *s, size_t i)
{
    free (s->v[i]);
    memmove (s->v + i, s->v + i + 1, (s->n - i) * sizeof (char *));
    s->n--;
}

void strv_from_environ (struct strv *s, char *const *environ)
{
    for (; environ && *environ; environ++)
        strv_add (s, *environ);
}

static ssize_t env_index (const struct strv *s, const char *key)
{
    size_t n = strlen (key);

    for (size_t i = 0; i < s->n; i++)
        if (!strncmp (s->v[i], key, n) && s->v[i][n] == '=')
            return (ssize_t)i;
    return -1;
}

const char *strv_env_get (const struct strv *s, const char *key)
{
    ssize_t i = env_index (s, key);

    return i < 0 ? NULL : s->v[i] + strlen (key) + 1;
}

void strv_env_set (struct strv *s, const char *key, const char *value)
{
    ssize_t i = env_index (s, key);
    char *pair = xasprintf ("%s=%s", key, value);

    if (i < 0) {
        push (s, pair);
        return;
    }
    free (s->v[i]);
    s->v[i] = pair;
}

void strv_env_unset (struct strv *s, const char *key)
{
    ssize_t i;

    while ((i = env_index (s, key)) >= 0)
        strv_remove (s, (size_t)i);
}
