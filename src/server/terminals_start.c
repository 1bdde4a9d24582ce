/* terminals_start.c - from a request to a running shell (contract 3.8, 7.10) */

#include "server/terminals_private.h"

#include "base/clock.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/path.h"
#include "server/child_environ.h"
#include "server/shell_words.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ROWS 24
#define COLS 80

/* In a workspace, above the first prompt: what stops a workspace that is idle surprises most who left a terminal
 * open (F-122). */
static const char notice[] =
    "An open terminal alone does not keep this workspace running: what counts is\n"
    "cells that run, a busy CPU or GPU, and programs that do something. See the\n"
    "idle timeout in the panel Workspace on the right.\n";
/* A shell says it and becomes the one that was asked for. */
static const char say_and_go[] = "printf '%s\\n' \"$0\"; exec \"$@\"";

struct start_waiter {
    struct list link;
    terminals_done_fn done;
    void *arg;
};

struct start {
    struct list link; /* in terminals->starting */
    struct terminals *ts;
    struct list waiters;
    char *name, *wanted; /* WANTED: the directory asked for, or NULL */
    char *cwd;           /* filled in by the pool */
    uint64_t request;
};

static void start_free (struct start *st)
{
    list_remove (&st->link);
    list_foreach (w, &st->waiters, struct start_waiter, link)
        free (w);
    free (st->name);
    free (st->wanted);
    free (st->cwd);
    free (st);
}

void terminals_start_free_all (struct terminals *ts)
{
    list_foreach (st, &ts->starting, struct start, link) {
        keep_client_cancel (ts->server->keeper, st->request);
        start_free (st);
    }
}

static void finish (struct start *st, struct terminal *t, const struct err *err)
{
    list_remove (&st->link);
    while (!list_empty (&st->waiters)) {
        struct start_waiter *w = list_entry (st->waiters.next, struct start_waiter, link);
        list_remove (&w->link);
        w->done (w->arg, t, err);
        free (w);
    }
    start_free (st);
}

/* ---- where
 * --------------------------------------------------------------------------------------- */

static bool is_dir (const char *path)
{
    struct stat st;
    return !stat (path, &st) && S_ISDIR (st.st_mode);
}

/* In a pool thread: as it is, then under the root, then where the server is. */
static void find_directory (void *arg)
{
    struct start *st = arg;
    autofree char *expanded = st->wanted ? path_expand_user (st->wanted) : NULL;
    autofree char *below =
        st->wanted ? path_join (st->ts->server->root_dir, st->wanted) : NULL;
    if (st->wanted && *st->wanted && is_dir (st->wanted))
        st->cwd = path_absolute (st->wanted);
    else if (below && is_dir (below))
        st->cwd = path_absolute (below);
    else if (expanded && *expanded == '/' && is_dir (expanded))
        st->cwd = path_absolute (expanded);
    else
        st->cwd = path_absolute (".");
}

/* ---- what
 * ---------------------------------------------------------------------------------------- */

static void add_notice (struct strv *argv)
{
    strv_add (argv, "/bin/sh");
    strv_add (argv, "-c");
    strv_add (argv, say_and_go);
    strv_add (argv, notice);
}

/* Appends to ARGV. */
static int add_shell (const struct server *s, struct strv *argv, struct err *err)
{
    size_t before = argv->n;
    const json_t *settings = options_json (s->options, "ServerApp.terminado_settings");
    const json_t *command = json_object_get (settings, "shell_command");
    size_t i;
    json_t *word;
    if (json_is_string (command)) {
        if (shell_words (json_string_value (command), argv, err))
            return err_wrap (err, "terminado_settings.shell_command");
    }
    json_array_foreach ((json_t *)command, i, word)
    {
        if (json_is_string (word))
            strv_add (argv, json_string_value (word));
    }
    if (argv->n > before)
        return 0;
    const char *shell = getenv ("SHELL");
    strv_add (argv, shell && *shell ? shell : "sh");
    if (!isatty (STDOUT_FILENO))
        strv_add (argv, "-l"); /* nobody has set up the user's environment yet */
    return 0;
}

static void make_environ (const struct server *s, struct strv *env)
{
    child_environ (env);
    strv_env_set (env, "TERM", "xterm-256color");
    strv_env_set (env, "COLUMNS", "80");
    strv_env_set (env, "LINES", "25");
    strv_env_set (env, "PYXTERM_DIMENSIONS", "80x25");
    strv_env_set (env, "JUPYTER_SERVER_ROOT", s->root_dir);
    if (s->url)
        strv_env_set (env, "JUPYTER_SERVER_URL", s->url);
}

/* ---- asking the keeper
 * --------------------------------------------------------------------------- */

static void on_started (void *arg, struct keep_reader *r, const struct err *err)
{
    struct start *st = arg;
    struct terminal *t = NULL;
    st->request = 0;
    if (!err) {
        struct keep_object o = { .object = keep_get_u32 (r),
                                 .type = KEEP_TERMINAL,
                                 .name = st->name,
                                 .last_activity_us = clock_wall_us (),
                                 .rows = ROWS,
                                 .cols = COLS };
        o.pid = keep_get_u32 (r);
        t = terminals_add (st->ts, &o);
        log_info ("terminals", "started terminal=%s pid=%u", st->name, keep_get_u32 (r));
    } else {
        log_error ("terminals", "start terminal=%s: %s", st->name, err->text);
    }
    finish (st, t, err);
}

static void ask_keeper (void *arg)
{
    struct start *st = arg;
    struct server *s = st->ts->server;
    autodone (strv_done) struct strv argv = { 0 };
    autodone (strv_done) struct strv env = { 0 };
    struct err err;
    if (!st->cwd)
        (void)err_set (&err, PROBLEM_CANCELLED, "the server ends");
    if (st->cwd && s->handed.user)
        add_notice (&argv);
    if (!st->cwd || add_shell (s, &argv, &err)) {
        finish (st, NULL, &err);
        return;
    }
    make_environ (s, &env);
    struct buf *b = keep_client_begin (s->keeper, KEEP_START_TERMINAL, 0);
    keep_put_str (b, st->name);
    keep_put_strv (b, &argv);
    keep_put_strv (b, &env);
    keep_put_str (b, st->cwd);
    keep_put_u32 (b, ROWS);
    keep_put_u32 (b, COLS);
    st->request = keep_client_request (s->keeper, on_started, st, KEEP_CLIENT_REQUEST_US);
}

/* ---- the beginning
 * ------------------------------------------------------------------------------- */

static struct start *starting (const struct terminals *ts, const char *name)
{
    list_foreach (st, &ts->starting, struct start, link)
        if (!strcmp (st->name, name))
            return st;
    return NULL;
}

static char *free_name (const struct terminals *ts)
{
    for (unsigned i = 1;; i++) {
        char name[16];
        (void)snprintf (name, sizeof (name), "%u", i);
        if (!terminals_find (ts, name) && !starting (ts, name))
            return xstrdup (name);
    }
}

static void wait_for (struct start *st, terminals_done_fn done, void *arg)
{
    struct start_waiter *w = xnew (struct start_waiter);
    w->done = done;
    w->arg = arg;
    list_append (&st->waiters, &w->link);
}

static struct start *start_new (struct terminals *ts, const char *name, const char *cwd)
{
    struct start *st = xnew (struct start);
    st->ts = ts;
    st->name = name ? xstrdup (name) : free_name (ts);
    st->wanted = cwd ? xstrdup (cwd) : NULL;
    list_init (&st->waiters);
    list_append (&ts->starting, &st->link);
    return st;
}

void terminals_start (struct terminals *ts, const char *name, const char *cwd,
                      terminals_done_fn done, void *arg)
{
    struct err err;
    if (name && (!ident_is_word (name) || strlen (name) > TERMINALS_NAME_MAX)) {
        (void)err_set (&err, PROBLEM_INVALID,
                       "a terminal's name has only letters, digits and underscores");
        done (arg, NULL, &err);
        return;
    }
    struct terminal *t = name ? terminals_find (ts, name) : NULL;
    if (t) {
        done (arg, t, NULL);
        return;
    }
    struct start *st = name ? starting (ts, name) : NULL;
    if (st) {
        wait_for (st, done, arg);
        return;
    }
    st = start_new (ts, name, cwd);
    wait_for (st, done, arg);
    if (pool_submit (loop_pool (ts->server->loop), find_directory, ask_keeper, st, &err))
        finish (st, NULL, &err);
}
