/* cleanup.c - small allocations that abort when there is no memory */

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void *must (void *p)
{
    if (!p) {
        fputs ("labwright: out of memory\n", stderr);
        abort ();
    }
    return p;
}

void *xcalloc (size_t n, size_t size)
{
    return must (calloc (n ? n : 1, size ? size : 1));
}

void *xrealloc (void *p, size_t n, size_t size)
{
    return must (reallocarray (p, n ? n : 1, size ? size : 1));
}

char *xstrdup (const char *s)
{
    return must (strdup (s));
}

char *xstrndup (const char *s, size_t n)
{
    return must (strndup (s, n));
}

char *xasprintf (const char *fmt, ...)
{
    va_list ap;
    char *s = NULL;

    va_start (ap, fmt);
    if (vasprintf (&s, fmt, ap) < 0)
        s = NULL;
    va_end (ap);
    return must (s);
}
