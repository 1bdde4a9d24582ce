/* path.c - API paths and operating-system paths */

#include "base/path.h"
#include "base/cleanup.h"
#include "base/url.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

char *path_join (const char *a, const char *b)
{
    size_t n = strlen (a);

    while (*b == '/')
        b++;
    while (n > 0 && a[n - 1] == '/')
        n--;
    if (!*a)
        return xstrdup (b);
    return xasprintf ("%.*s/%s", (int) n, a, b);
}

char *path_absolute (const char *p)
{
    autofree char *joined = NULL;

    if (p[0] != '/') {
        autofree char *cwd = getcwd (NULL, 0);
        joined = path_join (cwd ? cwd : "/", p);
        p = joined;
    }
    char *out = xcalloc (strlen (p) + 2, 1);
    size_t n = 0;
    while (*p) {
        while (*p == '/')
            p++;
        size_t len = strcspn (p, "/");
        if (len == 2 && p[0] == '.' && p[1] == '.') {
            while (n > 0 && out[--n] != '/')
                ;
        } else if (len > 0 && !(len == 1 && p[0] == '.')) {
            out[n++] = '/';
            memcpy (out + n, p, len);
            n += len;
        }
        p += len;
    }
    if (n == 0)
        out[n++] = '/';
    out[n] = '\0';
    return out;
}

const char *path_basename (const char *p)
{
    const char *slash = strrchr (p, '/');

    return slash ? slash + 1 : p;
}

char *path_dirname (const char *p)
{
    const char *slash = strrchr (p, '/');

    return slash ? xstrndup (p, (size_t) (slash - p)) : xstrdup ("");
}

char *path_api_normal (const char *api)
{
    char *out = xcalloc (strlen (api) + 1, 1);
    size_t n = 0;

    while (*api) {
        size_t len = strcspn (api, "/");
        if (len) {
            if (n)
                out[n++] = '/';
            memcpy (out + n, api, len);
            n += len;
        }
        api += len;
        while (*api == '/')
            api++;
    }
    return out;
}

static bool below (const char *root, const char *os)
{
    size_t n = strlen (root);

    if (!strcmp (root, "/"))
        return true;
    return !strncmp (os, root, n) && (os[n] == '/' || os[n] == '\0');
}

char *path_to_os (const char *root, const char *api, size_t n, struct err *err)
{
    if (memchr (api, '\0', n)) {
        err_set (err, PROBLEM_NOT_FOUND, "%s is not a valid path", api);
        return NULL;
    }
    if (!utf8_valid (api, n)) {
        err_set (err, PROBLEM_INVALID, "Invalid unicode in path");
        return NULL;
    }
    autofree char *joined = path_join (root, api);
    char *os = path_absolute (joined);
    if (below (root, os))
        return os;
    free (os);
    err_set (err, PROBLEM_NOT_FOUND, "%s is outside root contents directory", api);
    return NULL;
}

char *path_to_api (const char *root, const char *os)
{
    if (!below (root, os))
        return NULL;
    const char *rest = os + (strcmp (root, "/") ? strlen (root) : 0);
    return path_api_normal (rest);
}

bool path_is_hidden (const char *root, const char *os)
{
    struct stat st;
    size_t n = strcmp (root, "/") ? strlen (root) : 0;

    if (!below (root, os) || !os[n] || !strcmp (os, root))
        return false;
    for (const char *p = os + n; *p; p++)
        if (*p == '/' && p[1] == '.')
            return true;
    return stat (os, &st) == 0 && S_ISDIR (st.st_mode) && access (os, R_OK | X_OK) < 0;
}

char *path_expand_user (const char *p)
{
    if (p[0] != '~')
        return xstrdup (p);
    size_t n = strcspn (p + 1, "/");
    const char *home = n == 0 ? getenv ("HOME") : NULL;
    char buf[4096];
    struct passwd pw, *found = NULL;

    if (!home || !*home) {
        autofree char *user = xstrndup (p + 1, n);
        if (n == 0)
            (void) getpwuid_r (getuid (), &pw, buf, sizeof (buf), &found);
        else
            (void) getpwnam_r (user, &pw, buf, sizeof (buf), &found);
        home = found ? found->pw_dir : NULL;
    }
    return home ? xasprintf ("%s%s", home, p + 1 + n) : xstrdup (p);
}
