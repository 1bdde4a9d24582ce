/* workspace_verb.c - verb `labwright workspace`: the table of what can be done with one */

#include "cli/workspace_verb.h"

#include "base/args.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/table.h"
#include "base/url.h"
#include "cli/ask.h"
#include "cli/verbs.h"
#include "cli/workspace_exec.h"
#include "cli/workspace_find.h"
#include "cli/workspace_wait.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct workspace_args {
    const char *url, *name, *env, *machine, *git, *branch, *project;
    struct strv words;
    bool json, yes, help, no_wait, no_start, open, dry_run, all;
    bool machines[4]; /* --cpu, --gpu, --cpu2, --gpu2 */
    int status;       /* of exec */
};

static const char *const machine_flags[] = { "cpu", "gpu", "cpu2", "gpu2" };

static int usage (FILE *to, int code)
{
    (void)fprintf (
        to,
        "usage: labwright workspace create PROJECT [--name NAME] [--env ENV] [MACHINE]\n"
        "                  [--git URL [--branch BRANCH]] [--no-start] [--no-wait] "
        "[--open]\n"
        "       labwright workspace list [--project PROJECT] [--all]\n"
        "       labwright workspace start WORKSPACE [--env ENV] [MACHINE] [--no-wait] "
        "[--open]\n"
        "       labwright workspace stop WORKSPACE [--no-wait]\n"
        "       labwright workspace restart WORKSPACE [--env ENV] [MACHINE] [--dry-run] "
        "[--yes]\n"
        "       labwright workspace open WORKSPACE\n"
        "       labwright workspace url WORKSPACE\n"
        "       labwright workspace delete WORKSPACE [--yes]\n"
        "       labwright workspace exec WORKSPACE COMMAND...\n\n"
        "WORKSPACE is its id (run_...), its name, or PROJECT/NAME. MACHINE is --machine "
        "NAME,\n"
        "--cpu, --gpu, --cpu2 or --gpu2. Each takes --json and --url URL.\n");
    return code;
}

static int parse (struct workspace_args *a, int argc, char **argv, struct err *err)
{
    const struct arg table[] = {
        { "url", 0, ARG_TEXT, &a->url },
        { "name", 'n', ARG_TEXT, &a->name },
        { "env", 'e', ARG_TEXT, &a->env },
        { "machine", 'm', ARG_TEXT, &a->machine },
        { "git", 0, ARG_TEXT, &a->git },
        { "branch", 'b', ARG_TEXT, &a->branch },
        { "project", 'p', ARG_TEXT, &a->project },
        { "cpu", 0, ARG_FLAG, &a->machines[0] },
        { "gpu", 0, ARG_FLAG, &a->machines[1] },
        { "cpu2", 0, ARG_FLAG, &a->machines[2] },
        { "gpu2", 0, ARG_FLAG, &a->machines[3] },
        { "json", 0, ARG_FLAG, &a->json },
        { "yes", 'y', ARG_FLAG, &a->yes },
        { "no-wait", 0, ARG_FLAG, &a->no_wait },
        { "no-start", 0, ARG_FLAG, &a->no_start },
        { "open", 'o', ARG_FLAG, &a->open },
        { "dry-run", 0, ARG_FLAG, &a->dry_run },
        { "all", 'a', ARG_FLAG, &a->all },
        { "help", 'h', ARG_FLAG, &a->help },
    };
    bool exec = argc > 1 && !strcmp (argv[1], "exec");

    if (args_parse (table, ARRAY_SIZE (table), argc, argv, exec ? 2 : 0, &a->words, err) <
        0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE (machine_flags); i++) {
        if (!a->machines[i])
            continue;
        if (a->machine)
            return err_set (err, PROBLEM_INVALID, "one machine, not two");
        a->machine = machine_flags[i];
    }
    return 0;
}

/* ---- what is printed ---- */

static int show (const struct workspace_args *a, const json_t *item)
{
    if (a->json) {
        ask_print_json (item);
        return 0;
    }
    autofree char *name = table_clean (jsonx_str (item, "name", ""));
    (void)printf ("%s  %s  %s\n", jsonx_str (item, "id", ""), name,
                  jsonx_str (item, "state", ""));
    return 0;
}

static void put (json_t *body, const char *key, const char *value)
{
    if (value)
        jsonx_set_str (body, key, value);
}

/* Machine and environment, where they are said. */
static json_t *where_to (const struct workspace_args *a)
{
    json_t *body = json_object ();

    put (body, "env", a->env);
    put (body, "instance_type", a->machine);
    return body;
}

static int act (struct api *api, const json_t *item, const char *what, const json_t *body,
                json_t **ret, struct err *err)
{
    autofree char *path = xasprintf ("workspaces/%s/%s", jsonx_str (item, "id", ""), what);

    return api_call (api, "POST", path, body, ret, err);
}

static json_t *meant (const struct workspace_args *a, struct api *api, struct err *err)
{
    return workspace_find (api, a->words.v[1], err);
}

/* ---- the way in ---- */

static int way_in (struct api *api, const json_t *item, char **ret, struct err *err)
{
    autofree char *path = xasprintf ("workspaces/%s/url", jsonx_str (item, "id", ""));
    autojson json_t *answer = NULL;

    if (api_call (api, "GET", path, NULL, &answer, err) < 0)
        return -1;
    *ret = xstrdup (jsonx_str (answer, "url", ""));
    return 0;
}

/* The address is good for whoever has it first, so it goes to the browser in a file of ours and not on a
 * command line, which everybody on this machine can read. */
static bool open_by_file (const char *url)
{
    const char *runtime = getenv ("XDG_RUNTIME_DIR");
    autofree char *home = path_expand_user ("~/.cache");
    autofree char *path =
        path_join (runtime && *runtime == '/' ? runtime : home, "labwright/open.html");
    autodone (buf_done) struct buf b;

    buf_init (&b, 16 << 10);
    (void)buf_adds (&b, "<!DOCTYPE html><meta charset=\"utf-8\"><title>Labwright</title>"
                        "<meta name=\"referrer\" content=\"no-referrer\">"
                        "<meta http-equiv=\"refresh\" content=\"0;url=");
    (void)buf_add_html (&b, url, strlen (url));
    (void)buf_adds (&b, "\">\n");
    if (b.overflow || fd_write_file_whole (path, b.data, b.len, 0600, NULL) < 0)
        return false;
    autofree char *encoded = url_encode_path (path);
    autofree char *file = xasprintf ("file://%s", encoded);
    return ask_open_browser (file);
}

static int open_it (struct api *api, const json_t *item, struct err *err)
{
    autofree char *url = NULL;

    if (way_in (api, item, &url, err) < 0)
        return -1;
    if (!open_by_file (url))
        (void)printf ("Open this address within 30 seconds:\n%s\n", url);
    return 0;
}

/* ---- the verbs ---- */

/* Started: waits, unless that is not wanted, and opens it if it is. */
static int follow (const struct workspace_args *a, struct api *api, const json_t *item,
                   const char *wanted, struct err *err)
{
    if (a->no_wait)
        return show (a, item);
    autojson json_t *now = workspace_wait (api, item, wanted, a->json, err);
    if (!now || show (a, now) < 0)
        return -1;
    return a->open ? open_it (api, now, err) : 0;
}

static int do_create (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    const char *me = api_account (api)->name;
    autojson json_t *user = NULL, *item = NULL, *body = where_to (a);

    if (!*me && api_call (api, "GET", "user/", NULL, &user, err) == 0)
        me = jsonx_str (user, "username", "");
    autofree char *full = project_full_name (a->words.v[1], me, err);
    if (!full)
        return -1;
    put (body, "family_id", full);
    put (body, "name", a->name);
    put (body, "git_url", a->git);
    put (body, "git_branch", a->branch);
    (void)json_object_set_new (body, "start", json_boolean (!a->no_start));
    if (api_call (api, "POST", "workspaces/", body, &item, err) < 0)
        return -1;
    return a->no_start ? show (a, item) : follow (a, api, item, "running", err);
}

static void list_row (struct table *t, const json_t *w)
{
    char age[32];
    autofree char *state = workspace_says (w);

    ask_age (jsonx_str (w, "created", NULL), time (NULL), age);
    table_add (t, jsonx_str (w, "id", ""), jsonx_str (w, "name", ""),
               jsonx_str (w, "project", ""), state, jsonx_str (w, "instance_type", ""),
               jsonx_str (w, "env", ""), age);
}

/* What the hub's list holds of PROJECT ("p", "ns/p", ...). */
static json_t *of_project (const json_t *list, const char *project, const char *me)
{
    autofree char *full = project_full_name (project, me, NULL);
    json_t *some = json_array ();

    for (size_t i = 0; i < json_array_size (list); i++) {
        json_t *w = json_array_get (list, i);
        const char *name = jsonx_str (w, "project", "");
        if ((full && !strcmp (name, full)) || !strcmp (project_short_name (name), project))
            (void)json_array_append (some, w);
    }
    return some;
}

static int do_list (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *answer = NULL, *some = NULL;

    if (api_call (api, "GET", a->all ? "workspaces?all=1" : "workspaces", NULL, &answer,
                  err) < 0)
        return -1;
    const json_t *list = json_object_get (answer, "workspaces");
    if (a->project)
        list = some = of_project (list, a->project, api_account (api)->name);
    if (a->json) {
        ask_print_json (list);
        return 0;
    }
    autocleanup (table_free) struct table *t =
        table_new (7, "ID", "NAME", "PROJECT", "STATE", "MACHINE", "ENV", "CREATED");
    for (size_t i = 0; i < json_array_size (list); i++)
        list_row (t, json_array_get (list, i));
    table_print (t, stdout);
    return 0;
}

static int do_start (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err), *body = where_to (a), *now = NULL;

    if (!item || act (api, item, "start", body, &now, err) < 0)
        return -1;
    return follow (a, api, now, "running", err);
}

static int do_stop (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err), *now = NULL;

    if (!item || act (api, item, "stop", NULL, &now, err) < 0)
        return -1;
    return follow (a, api, now, "stopped", err);
}

static void tell_each (const char *what, const json_t *list)
{
    for (size_t i = 0; i < json_array_size (list); i++) {
        const char *s = json_string_value (json_array_get (list, i));
        autofree char *clean = table_clean (s ? s : "");
        (void)fprintf (stderr, "  %s: %s\n", what, clean);
    }
}

/* What would be lost, for a person: true if nothing is. */
static bool tell_plan (const json_t *plan)
{
    const char *layer = jsonx_str (plan, "layer", "restart");
    const json_t *lost = json_object_get (plan, "lost");

    if (!strcmp (layer, "none"))
        (void)fprintf (stderr, "It is there already: nothing changes.\n");
    else if (!strcmp (layer, "gate"))
        (void)fprintf (stderr, "The machine changes while everything goes on.\n");
    else
        (void)fprintf (stderr, "It starts anew: files are kept, what runs ends.\n");
    tell_each ("because", json_object_get (plan, "because"));
    tell_each ("lost", lost);
    return strcmp (layer, "restart") != 0 && json_array_size (lost) == 0;
}

static int do_restart (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err), *body = where_to (a);
    autojson json_t *plan = NULL, *done = NULL;

    if (!item || act (api, item, "restart?dry_run=1", body, &plan, err) < 0)
        return -1;
    if (a->dry_run && a->json) {
        ask_print_json (plan);
        return 0;
    }
    bool harmless = a->yes && a->json ? true : tell_plan (plan);
    if (a->dry_run)
        return 0;
    if (!harmless && !a->yes && ask_yes ("Restart it?", err) < 0)
        return -1;
    if (act (api, item, "restart", body, &done, err) < 0)
        return -1;
    const json_t *now = json_object_get (done, "item");
    return follow (a, api, now ? now : item, "running", err);
}

static int do_open (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err);

    return item ? open_it (api, item, err) : -1;
}

static int do_url (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err);
    autofree char *url = NULL;

    if (!item || way_in (api, item, &url, err) < 0)
        return -1;
    if (a->json) {
        autojson json_t *j = json_pack ("{s:s}", "url", url);
        ask_print_json (j);
    } else {
        (void)printf ("%s\n", url);
    }
    return 0;
}

static int do_delete (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err);

    if (!item)
        return -1;
    autofree char *name = table_clean (jsonx_str (item, "name", ""));
    autofree char *question = xasprintf ("Delete the workspace %s (%s) with all its files?",
                                         name, jsonx_str (item, "id", ""));
    autofree char *path = xasprintf ("workspaces/%s", jsonx_str (item, "id", ""));
    if (!a->yes && ask_yes (question, err) < 0)
        return -1;
    if (api_call (api, "DELETE", path, NULL, NULL, err) < 0)
        return -1;
    if (a->json)
        ask_print_json (item);
    return 0;
}

static int do_exec (void *args, struct api *api, struct err *err)
{
    struct workspace_args *a = args;
    autojson json_t *item = meant (a, api, err);
    struct strv command = { 0 };

    if (!item)
        return -1;
    for (size_t i = 2; i < a->words.n; i++)
        strv_add (&command, a->words.v[i]);
    int rc = workspace_exec (api, item, &command, &a->status, err);
    strv_done (&command);
    return rc;
}

static const struct verb verbs[] = {
    { "create", do_create, 2, 2 },   { "list", do_list, 1, 1 },
    { "start", do_start, 2, 2 },     { "stop", do_stop, 2, 2 },
    { "restart", do_restart, 2, 2 }, { "open", do_open, 2, 2 },
    { "url", do_url, 2, 2 },         { "delete", do_delete, 2, 2 },
    { "exec", do_exec, 3, 4096 },
};

int workspace_verb_main (int argc, char **argv)
{
    struct workspace_args a = { .url = NULL };
    struct err err = { 0 };
    int code = EXIT_USAGE;

    if (parse (&a, argc, argv, &err) < 0)
        (void)fprintf (stderr, "labwright workspace: %s\n", err.text);
    else if (a.help)
        code = usage (stdout, EXIT_FINE);
    else
        code = verbs_run (verbs, ARRAY_SIZE (verbs), &a.words, a.url, &a);
    if (code == EXIT_FINE && !a.help)
        code = a.status;
    if (code < 0)
        code = usage (stderr, EXIT_USAGE);
    strv_done (&a.words);
    return code;
}
