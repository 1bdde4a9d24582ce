/* project_verb.c - verb `labwright project`: create, list, delete */

#include "cli/project_verb.h"

#include "base/args.h"
#include "base/jsonx.h"
#include "base/table.h"
#include "base/url.h"
#include "cli/ask.h"
#include "cli/verbs.h"
#include "cli/workspace_find.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct project_args {
    const char *url, *description, *namespace;
    struct strv tags, words;
    bool json, yes, public, help;
};

static int usage (FILE *to, int code)
{
    (void)fprintf (to, "usage: labwright project create NAME [--description TEXT] "
                       "[--public] [--tag TAG]...\n"
                       "       labwright project list [--namespace NAME]\n"
                       "       labwright project delete NAME [--yes]\n\n"
                       "NAME is NAME, OWNER/NAME or OWNER/projects/NAME. Each takes --json "
                       "and --url URL.\n");
    return code;
}

static int parse (struct project_args *a, int argc, char **argv, struct err *err)
{
    const struct arg table[] = {
        { "url", 0, ARG_TEXT, &a->url },
        { "description", 'd', ARG_TEXT, &a->description },
        { "namespace", 0, ARG_TEXT, &a->namespace },
        { "tag", 0, ARG_LIST, &a->tags },
        { "json", 0, ARG_FLAG, &a->json },
        { "yes", 'y', ARG_FLAG, &a->yes },
        { "public", 0, ARG_FLAG, &a->public },
        { "help", 'h', ARG_FLAG, &a->help },
    };

    return args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &a->words, err);
}

/* "ns/projects/p" of what was typed. */
static char *full_name (struct api *api, const char *word, struct err *err)
{
    const struct account *me = api_account (api);
    autojson json_t *user = NULL;

    if (!*me->name && !strchr (word, '/') &&
        api_call (api, "GET", "user/", NULL, &user, err) < 0)
        return NULL;
    return project_full_name (word, user ? jsonx_str (user, "username", "") : me->name,
                              err);
}

static int do_create (void *args, struct api *api, struct err *err)
{
    const struct project_args *a = args;
    autofree char *full = full_name (api, a->words.v[1], err);
    autojson json_t *answer = NULL;

    if (!full)
        return -1;
    autojson json_t *tags = json_array ();
    for (size_t i = 0; i < a->tags.n; i++)
        (void)json_array_append_new (tags, json_string (a->tags.v[i]));
    autofree char *namespace = xstrndup (full, strcspn (full, "/"));
    autojson json_t *body =
        json_pack ("{s:s, s:s, s:s, s:b, s:O}", "name", project_short_name (full),
                   "namespace", namespace, "description",
                   a->description ? a->description : "", "public", a->public, "tags", tags);
    if (!body)
        return err_set (err, PROBLEM_INVALID, "what is said must be UTF-8");
    if (api_call (api, "POST", "projects/", body, &answer, err) < 0)
        return -1;
    if (a->json)
        ask_print_json (answer);
    else
        (void)printf ("%s\n", jsonx_str (answer, "name", full));
    return 0;
}

static int do_list (void *args, struct api *api, struct err *err)
{
    const struct project_args *a = args;
    autojson json_t *answer = NULL;
    autofree char *encoded = url_encode_all (a->namespace ? a->namespace : "");
    autofree char *path =
        xasprintf ("projects%s%s", *encoded ? "?namespace=" : "", encoded);

    if (api_call (api, "GET", path, NULL, &answer, err) < 0)
        return -1;
    json_t *list = json_is_array (answer) ? answer : json_object_get (answer, "projects");
    if (a->json) {
        ask_print_json (list ? list : answer);
        return 0;
    }
    autocleanup (table_free) struct table *t =
        table_new (4, "PROJECT", "CREATED", "VISIBILITY", "DESCRIPTION");
    for (size_t i = 0; i < json_array_size (list); i++) {
        const json_t *p = json_array_get (list, i);
        char age[32];
        ask_age (jsonx_str (p, "created", NULL), time (NULL), age);
        table_add (t, jsonx_str (p, "name", ""), age,
                   jsonx_bool (p, "public", false) ? "public" : "private",
                   jsonx_str (p, "description", ""));
    }
    table_print (t, stdout);
    return 0;
}

static int do_delete (void *args, struct api *api, struct err *err)
{
    const struct project_args *a = args;
    autofree char *full = full_name (api, a->words.v[1], err);

    if (!full)
        return -1;
    autofree char *encoded = url_encode_path (full);
    autofree char *path = xasprintf ("projects/%s", encoded);
    autofree char *clean = table_clean (full);
    autofree char *question =
        xasprintf ("Delete the project %s with all that is in it?", clean);
    autojson json_t *project = NULL;
    if (api_call (api, "GET", path, NULL, &project, err) < 0 ||
        (!a->yes && ask_yes (question, err) < 0))
        return -1;
    if (api_call (api, "DELETE", path, NULL, NULL, err) < 0)
        return -1;
    if (a->json)
        ask_print_json (project);
    return 0;
}

static const struct verb verbs[] = {
    { "create", do_create, 2, 2 },
    { "list", do_list, 1, 1 },
    { "delete", do_delete, 2, 2 },
};

int project_verb_main (int argc, char **argv)
{
    struct project_args a = { .url = NULL };
    struct err err = { 0 };
    int code = EXIT_USAGE;

    if (parse (&a, argc, argv, &err) < 0)
        (void)fprintf (stderr, "labwright project: %s\n", err.text);
    else if (a.help)
        code = usage (stdout, EXIT_FINE);
    else
        code = verbs_run (verbs, ARRAY_SIZE (verbs), &a.words, a.url, &a);
    if (code < 0)
        code = usage (stderr, EXIT_USAGE);
    strv_done (&a.tags);
    strv_done (&a.words);
    return code;
}
