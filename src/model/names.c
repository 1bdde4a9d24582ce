/* names.c - names of people, teams, projects and workspaces */

#include "model/names.h"
#include "base/cleanup.h"
#include "base/ident.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

#define TITLE_BYTES 128

/* Words of our URLs, and of FloydHub's. */
static const char *const reserved[] = {
    "api",    "cancel",     "cli_login", "datasets",    "explore",    "expose",
    "jobs",   "login",      "logout",    "notebooks",   "projects",   "restart",
    "run",    "run_module", "search",    "serve",       "settings",   "setup",
    "signup", "static",     "templates", "tensorboard", "workspaces", "admin",
};

int name_check (const char *what, const char *name, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t n = strlen (name);

    if (n == 0)
        return err_set (err, PROBLEM_INVALID, "a %s needs a name", what);
    if (n > NAME_MAX_CHARS)
        return err_set (err, PROBLEM_INVALID, "the name of a %s has at most %d characters",
                        what, NAME_MAX_CHARS);
    if (strspn (name, allowed) != n || name[n - 1] == '.')
        return err_set (
            err, PROBLEM_INVALID,
            "the name of a %s is made of letters, digits, '-', '_' and '.', and "
            "does not end in '.'",
            what);
    return 0;
}

int name_check_namespace (const char *name, struct err *err)
{
    if (name_check ("user or team", name, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE (reserved); i++)
        if (!strcasecmp (name, reserved[i]))
            return err_set (err, PROBLEM_INVALID,
                            "'%s' is a word of our addresses; choose another name", name);
    return 0;
}

int name_check_title (const char *what, const char *title, struct err *err)
{
    size_t n = strlen (title);

    if (n == 0 || strspn (title, " ") == n)
        return err_set (err, PROBLEM_INVALID, "a %s needs a name", what);
    if (n > TITLE_BYTES)
        return err_set (err, PROBLEM_INVALID, "the name of a %s has at most %d bytes", what,
                        TITLE_BYTES);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)title[i] < 0x20 || title[i] == 0x7f)
            return err_set (err, PROBLEM_INVALID, "the name of a %s is one line of text",
                            what);
    if (!utf8_valid (title, n))
        return err_set (err, PROBLEM_INVALID, "the name of a %s is not UTF-8", what);
    return 0;
}

void name_new_workspace_id (char ret[NAME_WORKSPACE_ID])
{
    memcpy (ret, "run_", 4);
    ident_short (ret + 4, 24);
}

bool name_is_workspace_id (const char *s)
{
    return !strncmp (s, "run_", 4) && ident_is_short (s + 4, 24);
}
