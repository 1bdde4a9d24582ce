/* lab_template.c - the scripts in the application's index.html
 *
 * A scan for "<script", not an HTML parser: the file is a build product.  Names are taken
 * only if they are plain (no quotes, no angle brackets, no braces), so that they can be
 * copied into an attribute.
 */
#include "server/lab_template.h"

#include <string.h>

static const char *find (const char *p, const char *end, const char *what)
{
    return p < end ? memmem (p, (size_t)(end - p), what, strlen (what)) : NULL;
}

static bool plain (const char *s, size_t n)
{
    static const char more[] = "._-/?=&%~+@";
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && !(c && strchr (more, c)))
            return false;
    }
    return n > 0;
}

/* P points behind "{{"; the end of the expression if it is the static URL. */
static const char *skip_static_url (const char *p, const char *end)
{
    const char *close = find (p, end, "}}");
    if (!close || close - p > 64 || !find (p, close, "page_config") ||
        !find (p, close, "fullStaticUrl"))
        return NULL;
    return close + 2;
}

/* The address of the script tag TAG (up to END), behind the static URL and its slash. */
static const char *script_name (const char *tag, const char *end, size_t *ret_n)
{
    const char *src = find (tag, end, "src=\"");
    if (!src)
        return NULL;
    src += 5;
    const char *quote = memchr (src, '"', (size_t)(end - src));
    if (!quote || quote - src < 2 || strncmp (src, "{{", 2))
        return NULL;
    const char *name = skip_static_url (src + 2, quote);
    if (!name || name >= quote || *name != '/')
        return NULL;
    name++;
    *ret_n = (size_t)(quote - name);
    return plain (name, *ret_n) ? name : NULL;
}

json_t *lab_template_scripts (const char *html, size_t n, struct err *err)
{
    json_t *list = json_array ();
    const char *end = html + n, *p = html;
    while ((p = find (p, end, "<script")) &&
           json_array_size (list) < LAB_TEMPLATE_SCRIPTS) {
        const char *close = memchr (p, '>', (size_t)(end - p));
        if (!close)
            break;
        size_t len;
        const char *name = script_name (p, close, &len);
        if (name)
            json_array_append_new (list, json_stringn (name, len));
        p = close;
    }
    if (json_array_size (list) > 0)
        return list;
    json_decref (list);
    (void)err_set (err, PROBLEM_INVALID, "no application script in the template");
    return NULL;
}
