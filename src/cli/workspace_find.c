/* workspace_find.c - which workspace or project a person means */

#include "cli/workspace_find.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/table.h"
#include "base/url.h"

#include <string.h>

#define NAMED 4 /* in an error */

const char *project_short_name (const char *full)
{
    const char *slash = strrchr (full, '/');

    return slash ? slash + 1 : full;
}

/* PROJECT/NAME, where PROJECT is "p", "ns/p" or "ns/projects/p". */
static bool is_in_project (const char *full, const char *word, size_t n)
{
    const char *short_name = project_short_name (full);
    size_t owner = strcspn (full, "/");

    if (strlen (full) == n && !strncmp (full, word, n))
        return true;
    if (strlen (short_name) == n && !strncmp (short_name, word, n))
        return true;
    return n == owner + 1 + strlen (short_name) && !strncmp (full, word, owner + 1) &&
           !strncmp (short_name, word + owner + 1, n - owner - 1);
}

static bool is_meant (const json_t *item, const char *word)
{
    const char *name = jsonx_str (item, "name", ""), *slash;

    if (!strcmp (jsonx_str (item, "id", ""), word) ||
        !strcmp (jsonx_str (item, "task_instance_id", ""), word) || !strcmp (name, word))
        return true;
    /* names may hold slashes: each of them may be the one */
    for (slash = strchr (word, '/'); slash; slash = strchr (slash + 1, '/'))
        if (!strcmp (slash + 1, name) &&
            is_in_project (jsonx_str (item, "project", ""), word, (size_t)(slash - word)))
            return true;
    return false;
}

static void add_named (struct buf *b, const json_t *item, size_t i)
{
    autofree char *name = table_clean (jsonx_str (item, "name", ""));

    if (i < NAMED)
        (void)buf_addf (b, "%s%s (%.48s in %.80s)", i ? ", " : "",
                        jsonx_str (item, "id", ""), name, jsonx_str (item, "project", ""));
    else if (i == NAMED)
        (void)buf_adds (b, ", ...");
}

json_t *workspace_pick (const json_t *items, const char *word, struct err *err)
{
    autodone (buf_done) struct buf meant, all;
    json_t *found = NULL;
    size_t n = 0;

    buf_init (&meant, 1024);
    buf_init (&all, 1024);
    for (size_t i = 0; i < json_array_size (items); i++) {
        json_t *item = json_array_get (items, i);
        add_named (&all, item, i);
        if (!is_meant (item, word))
            continue;
        if (!strcmp (jsonx_str (item, "id", ""), word))
            return item;
        found = item;
        add_named (&meant, item, n++);
    }
    if (n == 1)
        return found;
    autofree char *clean = table_clean (word);
    if (n > 1)
        (void)err_set (err, PROBLEM_CONFLICT,
                       "'%.64s' is not clear: say the id of one of these: %s", clean,
                       meant.data);
    else
        (void)err_set (err, PROBLEM_NOT_FOUND, "there is no workspace '%.64s'%s%s", clean,
                       all.len ? ": you have " : ", and you have none yet", all.data);
    return NULL;
}

json_t *workspace_find (struct api *api, const char *word, struct err *err)
{
    autojson json_t *answer = NULL;
    json_t *one = NULL;

    if (!strncmp (word, "run_", 4)) { /* also somebody else's, for an admin */
        autofree char *encoded = url_encode_all (word);
        autofree char *path = xasprintf ("workspaces/%s", encoded);
        struct err why;
        if (api_call (api, "GET", path, NULL, &one, &why) == 0)
            return one;
        if (why.problem != PROBLEM_NOT_FOUND && why.problem != PROBLEM_INVALID) {
            if (err)
                *err = why;
            return NULL;
        }
    }
    if (api_call (api, "GET", "workspaces", NULL, &answer, err) < 0)
        return NULL;
    return json_incref (workspace_pick (json_object_get (answer, "workspaces"), word, err));
}

char *project_full_name (const char *word, const char *me, struct err *err)
{
    const char *first = strchr (word, '/'),
               *second = first ? strchr (first + 1, '/') : NULL;
    bool good = *word && word[strlen (word) - 1] != '/' && *word != '/';

    if (good && !first && *me)
        return xasprintf ("%s/projects/%s", me, word);
    if (good && first && !second)
        return xasprintf ("%.*s/projects/%s", (int)(first - word), word, first + 1);
    if (good && second && second - first == 9 && !strncmp (first, "/projects/", 10) &&
        !strchr (second + 1, '/'))
        return xstrdup (word);
    (void)err_set (err, PROBLEM_INVALID,
                   "'%.100s' is no name of a project: NAME, OWNER/NAME or "
                   "OWNER/projects/NAME",
                   word);
    return NULL;
}
