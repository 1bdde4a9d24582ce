/* env_verb.c - verb `labwright env`: list, create, check, remove
 *
 * Works beside a running hub, which reads the files again when they change.
 */

#include "ops/env_verb.h"

#include "base/args.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/table.h"
#include "model/state_dir.h"
#include "ops/env_files.h"
#include "ops/env_make.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct env_args {
    const char *state, *title, *description, *gpu_requirements;
    struct env_recipe recipe;
    struct strv aliases, words;
    bool json, replace, no_kernel, help;
};

static int usage (FILE *to, int code)
{
    (void)fprintf (
        to,
        "usage: labwright env list [--json] [--state DIR]\n"
        "       labwright env create NAME [-r FILE] [--gpu-requirements FILE] [--title "
        "TEXT]\n"
        "                            [--description TEXT] [--alias NAME]... [--replace]\n"
        "                            [--python PROGRAM] [--index-url URL] [--find-links "
        "DIR]\n"
        "                            [--no-index] [--no-kernel] [--quiet] [--json] "
        "[--state DIR]\n"
        "       labwright env check [NAME] [--json] [--state DIR]\n"
        "       labwright env remove NAME [--state DIR]\n\n"
        "What is installed in workspaces. The default of --state is " STATE_DIR_DEFAULT
        ".\n");
    return code;
}

static int parse (struct env_args *a, int argc, char **argv, struct err *err)
{
    const struct arg table[] = {
        { "state", 's', ARG_TEXT, &a->state },
        { "json", 0, ARG_FLAG, &a->json },
        { "requirements", 'r', ARG_TEXT, &a->recipe.requirements },
        { "gpu-requirements", 0, ARG_TEXT, &a->gpu_requirements },
        { "title", 0, ARG_TEXT, &a->title },
        { "description", 0, ARG_TEXT, &a->description },
        { "alias", 0, ARG_LIST, &a->aliases },
        { "python", 0, ARG_TEXT, &a->recipe.python },
        { "index-url", 'i', ARG_TEXT, &a->recipe.index_url },
        { "find-links", 'f', ARG_TEXT, &a->recipe.find_links },
        { "no-index", 0, ARG_FLAG, &a->recipe.no_index },
        { "no-kernel", 0, ARG_FLAG, &a->no_kernel },
        { "quiet", 'q', ARG_FLAG, &a->recipe.quiet },
        { "replace", 0, ARG_FLAG, &a->replace },
        { "help", 'h', ARG_FLAG, &a->help },
    };

    a->recipe.python = "python3";
    a->state = STATE_DIR_DEFAULT;
    if (args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &a->words, err) < 0)
        return -1;
    a->recipe.kernel = !a->no_kernel;
    return 0;
}

static int print_json (json_t *j)
{
    autofree char *text = jsonx_dump_string (j, 2, false);

    json_decref (j);
    (void)printf ("%s\n", text);
    return 0;
}

/* ---- list ---- */

static void list_row (struct table *t, const struct environments *es,
                      const struct environment *e)
{
    autodone (buf_done) struct buf aliases;

    buf_init (&aliases, 48);
    for (size_t i = 0; i < e->aliases.n && !aliases.overflow; i++)
        (void)buf_addf (&aliases, "%s%s", i ? ", " : "", e->aliases.v[i]);
    autofree char *also = xasprintf ("%s%s", aliases.data, aliases.overflow ? ", ..." : "");
    table_add (t, e->name, e->title, env_kind_names[e->variants[0].kind],
               env_kind_names[e->variants[1].kind],
               e == environments_find (es, "") ? "yes" : "", also);
}

static int do_list (const struct env_args *a, const struct environments *es)
{
    if (a->json) {
        json_t *list = json_array (), *problems = json_array ();
        for (size_t i = 0; i < es->n; i++)
            (void)json_array_append_new (list, environment_json (es, &es->v[i]));
        for (size_t i = 0; i < es->problems.n; i++)
            (void)json_array_append_new (problems, json_string (es->problems.v[i]));
        return print_json (
            json_pack ("{s:o, s:o}", "environments", list, "problems", problems));
    }
    autocleanup (table_free) struct table *t =
        table_new (6, "NAME", "TITLE", "CPU", "GPU", "DEFAULT", "ALSO");
    for (size_t i = 0; i < es->n; i++)
        list_row (t, es, &es->v[i]);
    table_print (t, stdout);
    for (size_t i = 0; i < es->problems.n; i++)
        (void)fprintf (stderr, "labwright env: %s\n", es->problems.v[i]);
    return 0;
}

/* ---- create ---- */

static int make_variant (const struct env_args *a, struct environment *e, bool gpu,
                         const char *dir, const char *requirements, struct err *err)
{
    struct env_variant *v = &e->variants[gpu];
    struct env_recipe r = a->recipe;
    char *digest = NULL;

    r.requirements = requirements;
    autofree char *relative = path_join (dir, gpu ? "gpu" : "cpu");
    autofree char *joined = path_join (a->state, relative);
    autofree char *prefix = path_absolute (joined);
    (void)fprintf (stderr, "labwright env: making %s (%s)\n", e->name, gpu ? "gpu" : "cpu");
    if (env_make (prefix, &r, &digest, err) < 0)
        return -1;
    free (v->path);
    free (v->digest);
    v->kind = ENV_PREFIX;
    v->path = take_ptr (relative);
    v->digest = digest;
    if (r.kernel)
        strv_add (&v->kernels, "python3");
    return 0;
}

/* Checks everything that can be checked before minutes go by: as if NAME.yml were there. */
static int draft (const struct env_args *a, const char *name, struct environment *e,
                  struct err *err)
{
    if (environment_parse ("cpu: host", 9, name, a->state, e, err) < 0)
        return -1;
    free (e->title);
    free (e->description);
    e->title = xstrdup (a->title ? a->title : name);
    e->description = xstrdup (a->description ? a->description : "");
    strv_copy (&e->aliases, &a->aliases);
    const char *files[] = { a->recipe.requirements, a->gpu_requirements };
    for (size_t i = 0; i < ARRAY_SIZE (files); i++)
        if (files[i] && access (files[i], R_OK) < 0) {
            environment_done (e);
            return err_set (err, PROBLEM_NOT_FOUND, "%s cannot be read", files[i]);
        }
    return 0;
}

/* The written file must be read as what was meant: an alias with a space in it is found here. */
static int write_checked (const struct env_args *a, const struct environment *e,
                          struct err *err)
{
    struct environments es;
    const struct environment *got;

    if (env_files_write (a->state, e, err) < 0 ||
        environments_open (a->state, &es, err) < 0)
        return -1;
    got = environments_find (&es, e->name);
    int rc = 0;
    if (!got || got->shipped) {
        const char *why = "it cannot be read again";
        for (size_t i = 0; i < es.problems.n; i++)
            if (!strncmp (es.problems.v[i], e->name, strlen (e->name)))
                why = es.problems.v[i];
        rc = err_set (err, PROBLEM_INVALID, "%s", why);
        (void)env_files_forget (a->state, e->name, NULL);
    }
    environments_done (&es);
    return rc;
}

static int create (const struct env_args *a, struct environment *e, struct err *err)
{
    autofree char *dir = env_files_new_dir (a->state, e->name, err);

    if (!dir)
        return -1;
    int rc = make_variant (a, e, false, dir, a->recipe.requirements, err);
    if (rc == 0 && a->gpu_requirements)
        rc = make_variant (a, e, true, dir, a->gpu_requirements, err);
    else if (rc == 0) {
        free (e->variants[1].path);
        e->variants[1].path = xstrdup (e->variants[0].path);
        free (e->variants[1].digest);
        e->variants[1].digest = xstrdup (e->variants[0].digest);
        strv_copy (&e->variants[1].kernels, &e->variants[0].kernels);
        e->variants[1].kind = ENV_PREFIX;
    }
    if (rc == 0)
        rc = write_checked (a, e, err);
    if (rc < 0) { /* half-made: it goes again, what was there before stays */
        autofree char *path = path_join (a->state, dir);
        (void)fd_remove_tree (path, NULL);
        return -1;
    }
    return env_files_sweep (a->state, e->name, dir, err);
}

static int do_create (const struct env_args *a, const struct environments *es,
                      struct err *err)
{
    const char *name = a->words.v[1];
    const struct environment *before = environments_find (es, name);
    struct environment e;

    if (environment_check_name (name, err) < 0)
        return -1;
    if (before && !strcmp (before->name, name) && !before->shipped && !a->replace)
        return err_set (err, PROBLEM_CONFLICT,
                        "there is an environment '%s': --replace makes it anew", name);
    autoclose int lock = env_files_lock (a->state, err);
    if (lock < 0 || draft (a, name, &e, err) < 0)
        return -1;
    (void)umask (022);
    int rc = create (a, &e, err);
    if (rc == 0 && a->json)
        (void)print_json (json_pack ("{s:s, s:s, s:s}", "name", e.name, "digest",
                                     e.variants[0].digest, "prefix", e.variants[0].path));
    else if (rc == 0)
        (void)printf ("%s  %s\n", e.name, e.variants[0].digest);
    environment_done (&e);
    return rc;
}

/* ---- check, remove ---- */

static int check_variant (const struct env_variant *v, struct err *err)
{
    if (v->kind == ENV_HOST)
        return 0;
    if (access (v->path, F_OK) < 0)
        return err_set (err, PROBLEM_NOT_FOUND, "%s is not there", v->path);
    if (v->kind == ENV_ROOT)
        return 0;
    autofree char *digest = env_digest (v->path, err);
    if (!digest)
        return -1;
    if (*v->digest && strcmp (digest, v->digest) != 0)
        return err_set (err, PROBLEM_CONFLICT, "what is installed has changed since");
    return env_check (v->path, err);
}

static int do_check (const struct env_args *a, const struct environments *es,
                     struct err *err)
{
    const char *only = a->words.n > 1 ? a->words.v[1] : NULL;
    json_t *list = json_array ();
    int bad = 0, seen = 0;

    for (size_t i = 0; i < es->n; i++) {
        const struct environment *e = &es->v[i];
        for (int gpu = 0; gpu < 2; gpu++) {
            struct err why = { 0 };
            if ((only && strcmp (only, e->name) != 0) ||
                (gpu && !strcmp (e->variants[1].path, e->variants[0].path)))
                continue;
            seen++;
            bool fine = check_variant (&e->variants[gpu], &why) == 0;
            bad += !fine;
            (void)json_array_append_new (
                list, json_pack ("{s:s, s:s, s:b, s:s?}", "name", e->name, "variant",
                                 gpu ? "gpu" : "cpu", "ok", fine, "problem",
                                 fine ? NULL : why.text));
            if (!a->json)
                (void)printf ("%s (%s): %s\n", e->name, gpu ? "gpu" : "cpu",
                              fine ? "fine" : why.text);
        }
    }
    if (a->json)
        (void)print_json (json_incref (list));
    json_decref (list);
    if (only && !seen)
        return err_set (err, PROBLEM_NOT_FOUND, "there is no environment '%s'", only);
    for (size_t i = 0; i < es->problems.n; i++)
        (void)fprintf (stderr, "labwright env: %s\n", es->problems.v[i]);
    if (bad || es->problems.n)
        return err_set (err, PROBLEM_INTERNAL, "%d of %d variants are broken", bad, seen);
    return 0;
}

static int do_remove (const struct env_args *a, struct err *err)
{
    const char *name = a->words.v[1];

    if (environment_check_name (name, err) < 0)
        return -1;
    autoclose int lock = env_files_lock (a->state, err);
    if (lock < 0 || env_files_forget (a->state, name, err) < 0)
        return -1;
    return env_files_sweep (a->state, name, NULL, err);
}

/* ---- the verb ---- */

static int run (const struct env_args *a, struct err *err)
{
    const char *what = a->words.n ? a->words.v[0] : "";
    struct environments es;
    int rc;

    if (access (a->state, F_OK) < 0)
        return err_set (err, PROBLEM_NOT_FOUND,
                        "there is no state directory %s: --state says which", a->state);
    if (environments_open (a->state, &es, err) < 0)
        return -1;
    if (!strcmp (what, "list") && a->words.n == 1)
        rc = do_list (a, &es);
    else if (!strcmp (what, "create") && a->words.n == 2)
        rc = do_create (a, &es, err);
    else if (!strcmp (what, "check") && a->words.n <= 2)
        rc = do_check (a, &es, err);
    else if (!strcmp (what, "remove") && a->words.n == 2)
        rc = do_remove (a, err);
    else
        rc = err_set (err, PROBLEM_INVALID,
                      "what to do is list, create NAME, check "
                      "[NAME] or remove NAME");
    environments_done (&es);
    return rc;
}

int env_verb_main (int argc, char **argv)
{
    struct env_args a = { .state = NULL };
    struct err err = { 0 };
    int code = 0;

    if (parse (&a, argc, argv, &err) < 0)
        code = 2;
    else if (a.help)
        return usage (stdout, 0);
    else if (run (&a, &err) < 0)
        code = err.problem == PROBLEM_INVALID && a.words.n == 0 ? 2 : 1;
    if (code)
        (void)fprintf (stderr, "labwright env: %s\n", err.text);
    strv_done (&a.words);
    strv_done (&a.aliases);
    return code;
}
