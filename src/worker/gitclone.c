/* gitclone.c - step `labwright worker gitclone`: a repository becomes the home of a new workspace */

#include "worker/gitclone.h"

#include "base/args.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/program.h"
#include "worker/git_fetch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_US (10 * 60 * CLOCK_S)
#define BYTES_MAX (5ull * 1000 * 1000 * 1000)
#define OWN_DIR ".labwright"
#define FAILED "GIT-CLONE-FAILED.txt"

/* A home is no part of the repository that begins it: what we and JupyterLab keep there. */
static const char excluded[] =
    "/.labwright/\n/.local/\n/.config/\n/.cache/\n/.ipython/\n/.jupyter/\n/.bash_history\n";

static void print (json_t *line)
{
    autofree char *text = jsonx_dump_string (line, 0, true);
    json_decref (line);
    (void)puts (text);
    (void)fflush (stdout);
}

static void on_progress (void *arg, const char *phase, unsigned percent)
{
    print (json_pack ("{s:s, s:i}", "progress", phase, "percent", (int)percent));
}

/* ---- the home -------------------------------------------------------------------------------- */

/* What programs leave in a home by themselves is hidden; a repository there is somebody's. */
static bool is_ours (const char *name)
{
    return (*name == '.' && strcmp (name, ".git") != 0) || !strcmp (name, FAILED) ||
           !strcmp (name, "lost+found");
}

/* 1: nothing of its owner's is in it; 0: something; -1. */
static int is_new (const char *dir, struct err *err)
{
    DIR *d = opendir (dir);
    int rc = 1;
    if (!d)
        return err_sys (err, errno, "%s", dir);
    for (const struct dirent *e; rc == 1 && (e = readdir (d));)
        rc = is_ours (e->d_name);
    (void)closedir (d);
    return rc;
}

/* What a start that failed has made there already stays. */
static int move_one (const char *from, const char *into, const char *name, struct err *err)
{
    autofree char *old = path_join (from, name), *new = path_join (into, name);
    if (access (new, F_OK) < 0 && rename (old, new) < 0)
        return err_sys (err, errno, "%s", new);
    return 0;
}

/* The directory .git last: while that is missing, what is there is not a repository yet. */
static int move_in (const char *from, const char *into, struct err *err)
{
    DIR *d = opendir (from);
    int rc = 0;
    if (!d)
        return err_sys (err, errno, "%s", from);
    for (const struct dirent *e; !rc && (e = readdir (d));)
        if (strcmp (e->d_name, ".") != 0 && strcmp (e->d_name, "..") != 0 &&
            strcmp (e->d_name, ".git") != 0)
            rc = move_one (from, into, e->d_name, err);
    (void)closedir (d);
    return rc ? rc : move_one (from, into, ".git", err);
}

static int clone (const char *into, const char *url, const char *branch, bool private_ok,
                  struct err *err)
{
    autofree char *own = path_join (into, OWN_DIR), *beside = path_join (own, "clone");
    const struct git_fetch f = { .url = url,
                                 .branch = branch,
                                 .into = beside,
                                 .private_ok = private_ok,
                                 .timeout_us = TIMEOUT_US,
                                 .max_bytes = BYTES_MAX,
                                 .progress = on_progress };
    int new = is_new (into, err);
    if (new <= 0)
        return new;
    (void)fd_remove_tree (beside, NULL); /* of a start that was interrupted */
    if (fd_mkdirs (own, 0755, err) < 0 || git_fetch (&f, err) < 0)
        return -1;
    int rc = move_in (beside, into, err);
    (void)fd_remove_tree (beside, NULL);
    if (rc)
        return rc;
    autofree char *exclude = path_join (into, ".git/info/exclude");
    (void)fd_write_file_whole (exclude, excluded, strlen (excluded), 0644, NULL);
    return 1;
}

static void leave_note (const char *into, const char *url, const struct err *why)
{
    autofree char *path = path_join (into, FAILED);
    if (!why) {
        (void)unlink (path);
        return;
    }
    autofree char *text =
        xasprintf ("This workspace was to begin with %s, but that could not be cloned:\n\n"
                   "    %s\n\nWhile nothing else is here, each start tries again.\n",
                   url, why->text);
    (void)fd_write_file_whole (path, text, strlen (text), 0644, NULL);
}

static int run (const char *into, const char *url, const char *branch, bool private_ok,
                bool *ret_idle)
{
    struct err err;
    int rc = clone (into, url, branch, private_ok, &err);
    *ret_idle = rc == 0;
    if (rc >= 0) {
        if (rc)
            leave_note (into, url, NULL);
        print (json_pack ("{s:b}", "cloned", rc));
        return 0;
    }
    if (err.problem != PROBLEM_CANCELLED)
        leave_note (into, url, &err);
    print (json_pack ("{s:s, s:s}", "error", err.text, "problem",
                      problem_table[err.problem].slug));
    return problem_table[err.problem].exit_code;
}

int worker_gitclone (int argc, char **argv)
{
    const char *into = NULL, *url = NULL, *branch = "",
               *env = getenv ("LABWRIGHT_GIT_PRIVATE");
    bool private_ok = env && !strcmp (env, "1");
    const struct arg table[] = { { "into", 0, ARG_TEXT, &into },
                                 { "url", 0, ARG_TEXT, &url },
                                 { "branch", 0, ARG_TEXT, &branch },
                                 { "allow-private", 0, ARG_FLAG, &private_ok } };
    autodone (strv_done) struct strv words = { 0 };
    int rest = 1;

    while (rest < argc && strcmp (argv[rest], "--then") != 0)
        rest++;
    if (args_parse (table, ARRAY_SIZE (table), rest, argv, 0, &words, NULL) < 0 ||
        words.n || !into || *into != '/' || !url || rest == argc - 1) {
        (void)fprintf (stderr,
                       "usage: labwright worker gitclone --into DIR --url URL [--branch B] "
                       "[--allow-private] [--then ARGV...]\n");
        return 2;
    }
    bool idle;
    int code = run (into, url, branch, private_ok, &idle);
    /* who was told to end does not begin what comes next: that one would not know */
    if (code == problem_table[PROBLEM_CANCELLED].exit_code)
        return code;
    return rest < argc ? program_then (argv + rest + 1, idle) : code;
}
