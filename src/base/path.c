/* path.c - API paths and operating-system paths
 *
 * Everything is lexical except the permission test of path_is_hidden: symbolic links inside the root
 * may lead out, as in the original, so resolving them would only make confinement look stronger.
 */
#include "base/path.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_join (const char *a, const char *b)
{
    size_t n = strlen (a);

    while (*b == '/')
        b++;
    if (n == 0)
        return xstrdup (b);
    while (n > 0 && a[n - 1] == '/')
        n--;
    return xasprintf ("%.*s/%s", (int)n, a, b);
}

/* Appends the N bytes of P to the normal absolute path in OUT of length LEN (0 is "/", not written);
 * returns the new length. */
static size_t add_components (char *out, size_t len, const char *p, size_t n)
{
    size_t i = 0;

    while (i < n) {
        const char *slash = memchr (p + i, '/', n - i);
        size_t part = slash ? (size_t)(slash - (p + i)) : n - i;

        if (part == 2 && p[i] == '.' && p[i + 1] == '.') {
            while (len > 0 && out[--len] != '/')
                ;
        } else if (part > 0 && !(part == 1 && p[i] == '.')) {
            out[len++] = '/';
            memcpy (out + len, p + i, part);
            len += part;
        }
        i += part + 1;
    }
    return len;
}

/* BASE (may be "") and then the N bytes of P, normal and absolute. */
static char *normal (const char *base, const char *p, size_t n)
{
    size_t room = strlen (base) + n + 3, len;
    char *out = xcalloc (room, 1);

    len = add_components (out, 0, base, strlen (base));
    len = add_components (out, len, p, n);
    if (len == 0)
        out[len++] = '/';
    out[len] = '\0';
    return out;
}

char *path_absolute (const char *p)
{
    autofree char *cwd = NULL;

    if (*p != '/')
        cwd = getcwd (NULL, 0);
    return normal (cwd ? cwd : "", p, strlen (p));
}

const char *path_basename (const char *p)
{
    const char *slash = strrchr (p, '/');

    return slash ? slash + 1 : p;
}

char *path_dirname (const char *p)
{
    const char *slash = strrchr (p, '/');

    if (!slash)
        return xstrdup ("");
    while (slash > p && slash[-1] == '/')
        slash--;
    return slash == p ? xstrdup ("/") : xstrndup (p, (size_t)(slash - p));
}

char *path_api_normal (const char *api)
{
    char *out = xcalloc (strlen (api) + 1, 1);
    size_t len = 0;

    while (*api) {
        size_t part = strcspn (api, "/");

        if (part > 0 && len > 0)
            out[len++] = '/';
        memcpy (out + len, api, part);
        len += part;
        api += part + (api[part] == '/');
    }
    out[len] = '\0';
    return out;
}

char *path_to_os (const char *root, const char *api, size_t n, struct err *err)
{
    while (n > 0 && api[0] == '/')
        api++, n--;
    while (n > 0 && api[n - 1] == '/')
        n--;
    if (memchr (api, 0, n)) {
        (void)err_set (err, PROBLEM_NOT_FOUND, "%s is not a valid path", api);
        return NULL;
    }
    if (!utf8_valid (api, n)) {
        (void)err_set (err, PROBLEM_INVALID, "Invalid unicode in path: %.*s", (int)n, api);
        return NULL;
    }
    char *os = normal (root, api, n);
    autofree char *inside = path_to_api (root, os);
    if (!inside) {
        (void)err_set (err, PROBLEM_NOT_FOUND, "%.*s is outside root contents directory",
                       n > 300 ? 300 : (int)n, api);
        free (os);
        return NULL;
    }
    return os;
}

/* What follows ROOT and the slashes in OS, borrowed; NULL if OS is not below. */
static const char *below (const char *root, const char *os)
{
    size_t n = strlen (root);

    while (n > 0 && root[n - 1] == '/')
        n--;
    if (strncmp (root, os, n) != 0 || (os[n] != '/' && os[n] != '\0'))
        return NULL;
    os += n;
    while (*os == '/')
        os++;
    return os;
}

char *path_to_api (const char *root, const char *os)
{
    const char *rest = below (root, os);

    return rest ? path_api_normal (rest) : NULL;
}

bool path_is_hidden (const char *root, const char *os)
{
    const char *rest = below (root, os);
    struct stat st;

    if (!rest || *rest == '\0')
        return false;
    for (const char *p = rest; p; p = strchr (p, '/')) {
        while (*p == '/')
            p++;
        if (*p == '.')
            return true;
    }
    return stat (os, &st) == 0 && S_ISDIR (st.st_mode) && access (os, R_OK | X_OK) != 0;
}

static char *home_of (const char *user, size_t n)
{
    autofree char *room = xcalloc (1, 16384);
    autofree char *name = xstrndup (user, n);
    const char *env = getenv ("HOME");
    struct passwd pw, *found = NULL;

    if (n == 0 && env && *env)
        return xstrdup (env);
    int rc = n == 0 ? getpwuid_r (getuid (), &pw, room, 16384, &found)
                    : getpwnam_r (name, &pw, room, 16384, &found);
    return rc == 0 && found && pw.pw_dir[0] ? xstrdup (pw.pw_dir) : NULL;
}

char *path_expand_user (const char *p)
{
    if (*p != '~')
        return xstrdup (p);
    size_t n = strcspn (p + 1, "/");
    autofree char *home = home_of (p + 1, n);
    if (!home)
        return xstrdup (p);
    return p[1 + n] ? path_join (home, p + 1 + n) : xstrdup (home);
}
