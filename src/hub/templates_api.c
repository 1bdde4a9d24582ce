/* templates_api.c - a repository that somebody wants to begin with: what its floyd.yml asks for
 *
 * What the answer names is looked up in the catalog, so that a page need not guess: `instance_type` and `env`
 * are the hub's own names, or null and a sentence in `notes`.
 */

#include "hub/templates.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/ident.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pool.h"
#include "hub/catalog.h"
#include "hub/hub_nouns.h"
#include "loop/proc.h"
#include "model/git_url.h"

#include <string.h>

#define TIMEOUT_US (90 * CLOCK_S) /* the worker's own are shorter */
#define OUTPUT_MAX (64u << 10)

struct git_templates {
    struct hub *h;
    char *dir; /* STATE/hub/tmp */
    struct list looking;
    size_t n;
};

struct look {
    struct list link;
    struct git_templates *t;
    struct http_req *req;
    struct command *command;
    char *dir;
};

/* ---- what is left is removed, in the pool ---------------------------------------------------- */

static void remove_work (void *arg)
{
    struct err err;
    if (fd_remove_tree (arg, &err) < 0)
        log_error ("templates", "%s", err.text);
}

/* Takes DIR. */
static void remove_later (struct hub *h, char *dir)
{
    if (pool_submit (loop_pool (h->loop), remove_work, free, dir, NULL) < 0)
        free (dir); /* the next hub does it */
}

struct git_templates *git_templates_new (struct hub *h)
{
    struct git_templates *t = xnew (struct git_templates);
    t->h = h;
    t->dir = path_join (h->state_dir, "hub/tmp");
    list_init (&t->looking);
    autofree char *aside = xasprintf ("%s.old", t->dir);
    if (!rename (t->dir, aside) || !access (aside, F_OK))
        remove_later (h, take_ptr (aside));
    return t;
}

static void look_end (struct look *l)
{
    list_remove (&l->link);
    l->t->n--;
    remove_later (l->t->h, take_ptr (l->dir));
    free (l);
}

void git_templates_free (struct git_templates *t)
{
    struct err err;
    if (!t)
        return;
    (void)err_set (&err, PROBLEM_CANCELLED, "The hub ends");
    list_foreach (l, &t->looking, struct look, link) {
        command_cancel (l->command);
        http_fail (l->req, &err);
        look_end (l);
    }
    free (t->dir);
    free (t);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void note (json_t *out, const char *what, const char *name, const struct err *why)
{
    autofree char *text =
        xasprintf ("floyd.yml asks for the %s '%s': %s", what, name, why->text);
    (void)json_array_append_new (json_object_get (out, "notes"), json_string (text));
}

static void add_machine (struct hub *h, json_t *out, const char *name)
{
    struct err err;
    const struct machine *m = *name ? catalog_machine_here (h, name, &err) : NULL;
    jsonx_set_str (out, "instance_type", m ? m->name : NULL);
    if (*name && !m)
        note (out, "machine", name, &err);
}

static void add_environment (struct hub *h, json_t *out, const char *name)
{
    struct err err;
    const struct environment *e = *name ? catalog_environment (h, name, &err) : NULL;
    jsonx_set_str (out, "env", e ? e->name : NULL);
    if (*name && !e)
        note (out, "environment", name, &err);
}

static json_t *answer (struct hub *h, const json_t *got)
{
    const json_t *presets = json_object_get (got, "presets");
    const char *problem = jsonx_str (got, "problem", NULL);
    json_t *input = json_object_get (presets, "input");
    json_t *out = json_pack ("{s:s, s:b, s:s, s:[]}", "name", jsonx_str (got, "name", ""),
                             "found", jsonx_bool (got, "found", false), "description",
                             jsonx_str (presets, "description", ""), "notes");
    (void)json_object_set_new (out, "input", input ? json_incref (input) : json_array ());
    add_machine (h, out, jsonx_str (presets, "machine", ""));
    add_environment (h, out, jsonx_str (presets, "env", ""));
    if (problem)
        (void)json_array_append_new (json_object_get (out, "notes"), json_string (problem));
    return out;
}

static enum problem problem_of (const char *slug)
{
    for (size_t p = 1; p < PROBLEM_COUNT; p++)
        if (!strcmp (problem_table[p].slug, slug))
            return (enum problem)p;
    return PROBLEM_INTERNAL;
}

static void on_done (void *arg, int status, const char *out, size_t out_len,
                     const char *errout, size_t err_len)
{
    struct look *l = arg;
    struct err err;
    autojson json_t *got = jsonx_parse (out, out_len, NULL);
    const char *error = jsonx_str (got, "error", NULL);
    if (got && !error && status == 0) {
        if (!jsonx_bool (got, "confined", false))
            log_info ("templates",
                      "this kernel has no Landlock: git ran with the hub's files "
                      "in reach");
        http_reply_json (l->req, 200, answer (l->t->h, got));
    } else {
        if (error)
            (void)err_set (&err, problem_of (jsonx_str (got, "problem", "")), "%s", error);
        else if (status == -1)
            (void)err_set (&err, PROBLEM_TIMEOUT, "The repository was not there in time");
        else
            (void)err_set (&err, PROBLEM_INTERNAL, "The repository could not be looked at");
        http_fail (l->req, &err);
    }
    look_end (l);
}

/* ---- the question ---------------------------------------------------------------------------- */

static int start (struct look *l, const char *url, const char *branch, struct err *err)
{
    autodone (strv_done) struct strv argv = { 0 };
    autojson json_t *in =
        json_pack ("{s:s, s:s, s:s, s:b}", "git_url", url, "git_branch", branch, "dir",
                   l->dir, "allow_private", l->t->h->git_private);
    autofree char *feed = jsonx_dump_string (in, 0, false);
    const struct proc_spec spec = { .argv = &argv,
                                    .fd_in = -1,
                                    .fd_out = -1,
                                    .fd_err = -1,
                                    .new_session = true };
    strv_add (&argv, "/proc/self/exe");
    strv_add (&argv, "worker");
    strv_add (&argv, "gitinspect");
    l->command = command_run (l->t->h->loop, &spec, feed, strlen (feed), OUTPUT_MAX,
                              TIMEOUT_US, on_done, l, err);
    return l->command ? 0 : -1;
}

static int inspect (struct git_templates *t, struct http_req *req, const char *url,
                    const char *branch, struct err *err)
{
    struct git_url u;
    if (git_url_parse (url, &u, err) < 0)
        return -1;
    if (!git_branch_ok (branch))
        return err_set (err, PROBLEM_INVALID, "git_branch: is no name of a branch");
    if (t->n >= TEMPLATES_AT_ONCE)
        return err_set (err, PROBLEM_BUSY,
                        "Too many repositories are looked at in this moment, try again");
    struct look *l = xnew (struct look);
    autofree char *name = ident_hex (8);
    l->t = t;
    l->req = req;
    l->dir = path_join (t->dir, name);
    list_append (&t->looking, &l->link);
    t->n++;
    if (!start (l, url, branch, err))
        return 0;
    look_end (l);
    return -1;
}

static void inspect_get (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const char *url = http_req_arg (req, "git_url");
    const char *branch = http_req_arg (req, "git_branch");
    struct err err;
    if (!http_req_args_valid (req)) {
        (void)err_set (&err, PROBLEM_INVALID, "an argument is not UTF-8");
        http_fail (req, &err);
    } else if (inspect (h->templates, req, url ? url : "", branch ? branch : "", &err) <
               0) {
        http_fail (req, &err);
    }
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/templates/inspect", NULL, 0, 0, inspect_get },
};
const struct route_table hub_templates_routes = { rows, ARRAY_SIZE (rows) };
