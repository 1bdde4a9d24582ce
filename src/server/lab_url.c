/* lab_url.c - which page an address below /lab or /doc asks for
 *
 *     (/lab|/doc) [/workspaces/<[A-Za-z0-9_-]+>] [/tree/<anything>]
 *
 * is matched on the undecoded path; anything else below /lab is the page with notFoundUrl.
 */
#include "server/lab_url.h"

#include "base/cleanup.h"
#include "base/url.h"

#include <string.h>

static const char word[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

static bool eat (const char **p, const char *what)
{
    size_t n = strlen (what);
    if (strncmp (*p, what, n))
        return false;
    *p += n;
    return true;
}

static int decode_tree (const char *raw, struct lab_url *u, struct err *err)
{
    size_t n;
    autofree char *path = url_decode (raw, strlen (raw), false, &n);
    if (!utf8_valid (path, n))
        return err_set (err, PROBLEM_INVALID, "invalid unicode in path");
    free (u->tree_path);
    u->tree_path = take_ptr (path);
    u->tree_path_len = n;
    return 0;
}

static int parse (const char *p, struct lab_url *u, struct err *err)
{
    size_t n;
    const char *workspaces = p;
    if (eat (&workspaces, "/workspaces/") && (n = strspn (workspaces, word)) > 0) {
        free (u->workspace);
        u->workspace = xstrndup (workspaces, n);
        p = workspaces + n;
    }
    if (!*p)
        return 0;
    if (eat (&p, "/tree/"))
        return decode_tree (p, u, err);
    u->kind = LAB_URL_NOT_FOUND;
    free (u->workspace);
    u->workspace = xstrdup ("default");
    return 0;
}

int lab_url_parse (const char *raw, struct lab_url *ret, struct err *err)
{
    *ret = (struct lab_url){ .kind = LAB_URL_PAGE };
    ret->single_document = !strncmp (raw, "/doc", 4);
    size_t n = strlen (raw);
    if (n > 4 && raw[n - 1] == '/') {
        ret->kind = LAB_URL_SLASH;
        return 0;
    }
    ret->workspace = xstrdup ("default");
    ret->tree_path = xstrdup ("");
    if (n < 4 || parse (raw + 4, ret, err) == 0)
        return 0;
    lab_url_done (ret);
    return -1;
}

void lab_url_done (struct lab_url *u)
{
    free (u->workspace);
    free (u->tree_path);
    *u = (struct lab_url){ 0 };
}
