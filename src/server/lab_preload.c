/* lab_preload.c - links for scripts that every page loads
 *
 * The start script names its pieces by `""+(17===e?"jlab_core":e)+"."+({…,17:"<hash>",…})[e]+".js?v="+(…`.
 * It is a build product: what does not look like that gives no link, which costs some time and nothing else.
 */
#include "server/lab_preload.h"

#include "base/cleanup.h"
#include "base/jsonx.h"

#include <ctype.h>
#include <string.h>

#define HASH_MAX 64
#define LINKS 64 /* at most */

static const char core_mark[] = "===e?\"jlab_core\":e)";

/* Behind ID:" in the table that begins at FROM and ends with "})[e]+".js?v="+(". */
static const char *find_hash (const char *from, const char *end, const char *id,
                              size_t *ret_n)
{
    static const char close[] = "})[e]+\".js?v=\"+(";
    const char *stop = memmem (from, (size_t)(end - from), close, sizeof (close) - 1);
    autofree char *key = xasprintf ("%s:\"", id);
    const char *p = from;
    while (stop && (p = memmem (p, (size_t)(stop - p), key, strlen (key)))) {
        bool whole = p[-1] == '{' || p[-1] == ',';
        p += strlen (key);
        size_t n = 0;
        while (p + n < stop && n < HASH_MAX && isxdigit ((unsigned char)p[n]))
            n++;
        *ret_n = n;
        if (whole && n > 0 && p + n < stop && p[n] == '"')
            return p;
    }
    return NULL;
}

json_t *lab_preload_core (const char *script, size_t n, struct err *err)
{
    const char *end = script + n;
    const char *mark = memmem (script, n, core_mark, sizeof (core_mark) - 1);
    size_t digits = 0, len;
    while (mark && mark - digits > script && digits < 9 &&
           isdigit ((unsigned char)mark[-1 - (ssize_t)digits]))
        digits++;
    if (digits) {
        autofree char *id = xstrndup (mark - digits, digits);
        const char *hash = find_hash (mark + sizeof (core_mark) - 1, end, id, &len);
        if (hash)
            return json_sprintf ("jlab_core.%.*s.js?v=%.*s", (int)len, hash, (int)len,
                                 hash);
    }
    (void)err_set (err, PROBLEM_NOT_FOUND, "the start script names no core");
    return NULL;
}

static void add_link (struct buf *b, const char *base, const char *name, const char *rest)
{
    (void)buf_adds (b, "<link rel=\"preload\" as=\"script\" href=\"");
    (void)buf_add_html (b, base, strlen (base));
    (void)buf_addc (b, '/');
    (void)buf_add_html (b, name, strlen (name));
    if (*name)
        (void)buf_addc (b, '/');
    (void)buf_add_html (b, rest, strlen (rest));
    (void)buf_adds (b, "\">");
}

void lab_preload_links (struct buf *b, const json_t *config, const json_t *core)
{
    const char *extensions = jsonx_str (config, "fullLabextensionsUrl", "");
    const json_t *all = json_object_get (config, "federated_extensions");
    size_t i;
    json_t *one;
    json_array_foreach (all, i, one)
    {
        const char *name = jsonx_str (one, "name", ""), *load = jsonx_str (one, "load", "");
        if (i < LINKS && *name && *load)
            add_link (b, extensions, name, load);
    }
    if (core)
        add_link (b, jsonx_str (config, "fullStaticUrl", ""), "", json_string_value (core));
}
