/* set_cookie.c - a cookie of a relayed server must not reach beyond the server's own path
 *
 * Attributes are read as browsers do (RFC 6265, 5.2): what stands between semicolons, without the blanks
 * around it; of two Paths the last counts, so all are taken out and one is added.
 */
#include "http/set_cookie.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <string.h>
#include <strings.h>

#define VALUE_MAX (64 * 1024)

struct attribute {
    const char *name, *value; /* VALUE: behind the '=', or the end */
    size_t name_len, value_len, len;
};

static size_t trimmed (const char **s, size_t n)
{
    while (n > 0 && (**s == ' ' || **s == '\t')) {
        (*s)++;
        n--;
    }
    while (n > 0 && ((*s)[n - 1] == ' ' || (*s)[n - 1] == '\t'))
        n--;
    return n;
}

static struct attribute read_attribute (const char *s, size_t n)
{
    struct attribute a = { .name = s };
    const char *eq;

    a.len = n = trimmed (&a.name, n);
    eq = memchr (a.name, '=', n);
    a.name_len = trimmed (&a.name, eq ? (size_t)(eq - a.name) : n);
    a.value = eq ? eq + 1 : a.name + n;
    a.value_len = trimmed (&a.value, eq ? n - (size_t)(a.value - a.name) : 0);
    return a;
}

static bool is_called (const struct attribute *a, const char *name)
{
    return a->name_len == strlen (name) && !strncasecmp (a->name, name, a->name_len);
}

/* "/a/b/../" is no path below "/a/b/" for whoever resolves it. */
static bool is_below (const struct attribute *a, const char *path)
{
    size_t n = strlen (path);

    return a->value_len >= n && !strncmp (a->value, path, n) &&
           !memmem (a->value, a->value_len, "..", 2) &&
           !memchr (a->value, '%', a->value_len);
}

char *set_cookie_confine (const char *value, const char *path)
{
    autodone (buf_done) struct buf b;
    struct attribute kept = { .value = path, .value_len = strlen (path) };
    size_t n = strcspn (value, ";");

    buf_init (&b, VALUE_MAX);
    (void)buf_add (&b, value, n);
    for (value += n; *value == ';'; value += n) {
        n = strcspn (++value, ";");
        struct attribute a = read_attribute (value, n);
        if (is_called (&a, "path"))
            kept = is_below (&a, path) ? a : kept;
        if (a.len == 0 || is_called (&a, "path") || is_called (&a, "domain"))
            continue;
        (void)buf_adds (&b, "; ");
        (void)buf_add (&b, a.name, a.len);
    }
    (void)buf_adds (&b, "; Path=");
    (void)buf_add (&b, kept.value, kept.value_len);
    return b.overflow ? xstrdup ("") : buf_take (&b, NULL);
}
