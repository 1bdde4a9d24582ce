/* memcg.c - the memory cgroup of a process: how often it ran out, and what its limit is
 *
 * A container that has no cgroup namespace is told paths from the top of the host's tree, and
 * has its own part of that mounted: then the part comes off the path (`root` of the mount).
 */

#include "keeper/memcg.h"
#include "base/buf.h"
#include "base/fd.h"

#include <string.h>

#define SMALL_FILE (64u << 10)
#define NO_LIMIT                                                                           \
    (1ll << 60) /* version 1 says so by a number of about the size of memory addresses */

/* ---- where it is mounted ---- */

static bool has_word (const char *list, const char *word)
{
    size_t n = strlen (word);

    for (const char *p = list; *p; p += strcspn (p, ","), p += *p == ',')
        if (strcspn (p, ",") == n && !strncmp (p, word, n))
            return true;
    return false;
}

/* `\040` is a blank in the tables of mounts. */
static char *unescape (const char *text)
{
    char *ret = xstrdup (text), *to = ret;

    for (const char *p = text; *p; to++) {
        if (*p == '\\' && strspn (p + 1, "01234567") >= 3) {
            *to = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            p += 4;
        } else {
            *to = *p++;
        }
    }
    *to = '\0';
    return ret;
}

/* LINE is "id parent device root point options [tags] - type source options", and is cut up. */
static bool read_mount (char *line, const char *controller, struct memcg_mount *ret)
{
    char *words[5], *save = NULL, *more = strstr (line, " - ");
    const char *type, *options;

    if (!more)
        return false;
    *more = '\0';
    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        if (!(words[i] = strtok_r (i ? NULL : line, " ", &save)))
            return false;
    type = strtok_r (more + 3, " ", &save);
    (void)strtok_r (NULL, " ", &save);
    options = strtok_r (NULL, " ", &save);
    if (!type || !options || strncmp (type, "cgroup", 6))
        return false;
    bool v2 = !strcmp (type, "cgroup2");
    if (!v2 && !has_word (options, controller))
        return false;
    *ret = (struct memcg_mount){ unescape (words[4]), unescape (words[3]), controller, v2 };
    return true;
}

bool memcg_find_controller (const char *mountinfo, const char *controller,
                            struct memcg_mount *ret)
{
    *ret = (struct memcg_mount){ 0 };
    for (const char *p = mountinfo; *p; p += strcspn (p, "\n"), p += *p == '\n') {
        autofree char *line = xstrndup (p, strcspn (p, "\n"));
        struct memcg_mount m;

        if (!read_mount (line, controller, &m))
            continue;
        if (ret->point && m.v2) {
            memcg_mount_done (&m);
            continue;
        }
        memcg_mount_done (ret);
        *ret = m;
        if (!m.v2)
            break;
    }
    return ret->point;
}

bool memcg_find (const char *mountinfo, struct memcg_mount *ret)
{
    return memcg_find_controller (mountinfo, "memory", ret);
}

void memcg_mount_done (struct memcg_mount *m)
{
    free (m->point);
    free (m->root);
    *m = (struct memcg_mount){ 0 };
}

/* ---- which group ---- */

/* The path in a line "id:controllers:path" of the hierarchy of M, else NULL. */
static const char *path_in (const struct memcg_mount *m, char *line)
{
    char *controllers = strchr (line, ':'), *path;

    if (!controllers || !(path = strchr (controllers + 1, ':')))
        return NULL;
    *controllers++ = *path++ = '\0';
    if (m->v2 ? strcmp (line, "0") || *controllers : !has_word (controllers, m->controller))
        return NULL;
    return *path == '/' && !strstr (path, "/..") ? path : NULL;
}

char *memcg_dir (const struct memcg_mount *m, const char *cgroup)
{
    size_t n;

    for (const char *p = cgroup; m->point && *p; p += strcspn (p, "\n"), p += *p == '\n') {
        autofree char *line = xstrndup (p, strcspn (p, "\n"));
        const char *path = path_in (m, line);

        if (!path)
            continue;
        n = strcmp (m->root, "/") ? strlen (m->root) : 0;
        if (strncmp (path, m->root, n) || (n && path[n] && path[n] != '/'))
            return NULL;
        return xasprintf ("%s%s", m->point, path[n] && path[n + 1] ? path + n : "");
    }
    return NULL;
}

/* ---- what it says ---- */

int64_t memcg_counter (const char *path, const char *key)
{
    autodone (buf_done) struct buf b;
    size_t n = strlen (key);

    buf_init (&b, SMALL_FILE);
    if (fd_read_file (path, &b, NULL) < 0 || !b.len)
        return MEMCG_UNKNOWN;
    for (const char *p = b.data; *p; p += strcspn (p, "\n"), p += *p == '\n')
        if (!strncmp (p, key, n) && p[n] == ' ')
            return strtoll (p + n + 1, NULL, 10);
    return MEMCG_UNKNOWN;
}

int64_t memcg_kills (const struct memcg_mount *m, const char *dir)
{
    autofree char *path =
        xasprintf ("%s/%s", dir, m->v2 ? "memory.events" : "memory.oom_control");

    return memcg_counter (path, "oom_kill");
}

static int64_t own_limit (const struct memcg_mount *m, const char *dir)
{
    autofree char *path =
        xasprintf ("%s/%s", dir, m->v2 ? "memory.max" : "memory.limit_in_bytes");
    autodone (buf_done) struct buf b;

    buf_init (&b, SMALL_FILE);
    if (fd_read_file (path, &b, NULL) < 0 || !b.len || *b.data < '0' || *b.data > '9')
        return NO_LIMIT; /* "max" */
    return strtoll (b.data, NULL, 10);
}

int64_t memcg_limit (const struct memcg_mount *m, const char *dir)
{
    autofree char *up = xstrdup (dir);
    size_t top = strlen (m->point);
    int64_t least = NO_LIMIT;

    while (strlen (up) >= top) {
        int64_t limit = own_limit (m, up);
        char *slash = strrchr (up, '/');

        least = limit < least ? limit : least;
        if (!slash)
            break;
        *slash = '\0';
    }
    return least < NO_LIMIT ? least : MEMCG_UNKNOWN;
}
