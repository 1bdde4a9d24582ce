/* nbconvert.c - finding, asking and running jupyter-nbconvert
 *
 * The formats are a question to the Python that runs the program: its path stands in the
 * first lines of the script (either "#!/path/python" or the form that installers use for
 * long paths).
 */
#include "server/nbconvert.h"
#include "server/server.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "jupyter/jpaths.h"
#include "loop/proc.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX (64 * 1024)
#define FORMATS_TIMEOUT (60 * CLOCK_S)
#define CONVERT_TIMEOUT (600 * CLOCK_S)
#define SCRIPT_HEAD 4096

static const char formats_code[] =
    "import json\n"
    "from nbconvert.exporters import base\n"
    "out = {}\n"
    "for name in base.get_export_names():\n"
    "    try:\n"
    "        out[name] = {'output_mimetype': base.get_exporter(name).output_mimetype}\n"
    "    except Exception:\n"
    "        pass\n"
    "print(json.dumps(out))\n";

struct nbconvert {
    struct server *s;
    char *program; /* for which FORMATS are known */
    struct timespec program_mtime;
    json_t *formats;
    struct command *asking;
    struct list waiters; /* struct waiter */
    struct list running; /* struct run */
    int running_n;
};

struct waiter {
    struct list link;
    void (*done) (void *arg, const json_t *formats);
    void *arg;
};

struct run {
    struct list link;
    struct nbconvert *n;
    struct command *command;
    void (*done) (void *arg, const struct err *why);
    void *arg;
};

struct nbconvert *nbconvert_new (struct server *s)
{
    struct nbconvert *n = xnew (struct nbconvert);
    n->s = s;
    list_init (&n->waiters);
    list_init (&n->running);
    return n;
}

static void answer_waiters (struct nbconvert *n)
{
    autojson json_t *formats = n->formats ? json_incref (n->formats) : json_object ();
    while (!list_empty (&n->waiters)) {
        struct waiter *w = list_entry (n->waiters.next, struct waiter, link);
        list_remove (&w->link);
        w->done (w->arg, formats);
        free (w);
    }
}

void nbconvert_free (struct nbconvert *n)
{
    if (!n)
        return;
    struct err err;
    (void)err_set (&err, PROBLEM_CANCELLED, "the server stops");
    if (n->asking)
        command_cancel (n->asking);
    json_decref (n->formats);
    n->formats = NULL;
    answer_waiters (n);
    list_foreach (r, &n->running, struct run, link) {
        command_cancel (r->command);
        r->done (r->arg, &err);
        free (r);
    }
    free (n->program);
    free (n);
}

/* ---- finding --------------------------------------------------------------------- */

static bool executable (const char *path, struct stat *st)
{
    return stat (path, st) == 0 && S_ISREG (st->st_mode) && access (path, X_OK) == 0;
}

/* A few stat calls in directories that the kernel has cached. */
static char *find_program (const struct nbconvert *n, struct stat *st)
{
    const char *prefix = n->s->jpaths->env_prefix, *path = getenv ("PATH");
    if (prefix && *prefix) {
        char *p = path_join (prefix, "bin/jupyter-nbconvert");
        if (executable (p, st))
            return p;
        free (p);
    }
    while (path && *path) {
        size_t len = strcspn (path, ":");
        char *p = xasprintf ("%.*s/jupyter-nbconvert", (int)len, path);
        if (*p == '/' && len && executable (p, st))
            return p;
        free (p);
        path += len + (path[len] == ':');
    }
    return NULL;
}

static char *word_at (const char *s)
{
    return xstrndup (s, strcspn (s, " \t\r\n\""));
}

/* The interpreter named in SCRIPT, malloc'ed, or NULL. */
static char *interpreter (const char *script)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, SCRIPT_HEAD * 16);
    if (fd_read_file (script, &b, NULL) < 0)
        return NULL;
    if (!strncmp (b.data, "#!/bin/sh", 9)) {
        const char *exec = strstr (b.data, "'''exec' ");
        if (!exec)
            return NULL;
        exec += 9;
        return word_at (exec + (*exec == '"'));
    }
    if (strncmp (b.data, "#!", 2) || strncmp (b.data, "#!/usr/bin/env", 14) == 0)
        return xstrdup ("python3");
    return word_at (b.data + 2 + strspn (b.data + 2, " "));
}

/* Our environment without what is secret. */
static void child_environ (struct strv *env)
{
    extern char **environ;
    static const char *const secret[] = { "JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN",
                                          "JPY_API_TOKEN" };
    strv_init (env);
    strv_from_environ (env, environ);
    for (size_t i = 0; i < ARRAY_SIZE (secret); i++)
        strv_env_unset (env, secret[i]);
}

static struct command *start (struct nbconvert *n, const struct strv *argv, const char *cwd,
                              int64_t timeout, command_done_fn done, void *arg,
                              struct err *err)
{
    struct strv env;
    child_environ (&env);
    struct proc_spec spec = { .argv = argv,
                              .environ = &env,
                              .cwd = cwd,
                              .fd_in = -1,
                              .fd_out = -1,
                              .fd_err = -1,
                              .new_session = true };
    struct command *c =
        command_run (n->s->loop, &spec, NULL, 0, SAID_MAX, timeout, done, arg, err);
    strv_done (&env);
    return c;
}

/* ---- formats --------------------------------------------------------------------- */

static void formats_done (void *arg, int status, const char *out, size_t out_len,
                          const char *errout, size_t err_len)
{
    struct nbconvert *n = arg;
    n->asking = NULL;
    json_t *formats = status == 0 ? jsonx_parse (out, out_len, NULL) : NULL;
    if (!json_is_object (formats)) {
        log_warning ("nbconvert", "cannot ask for the formats: %.300s",
                     errout ? errout : "");
        json_decref (formats);
        formats = NULL;
    }
    json_decref (n->formats);
    n->formats = formats;
    answer_waiters (n);
}

static bool is_known (const struct nbconvert *n, const char *program, const struct stat *st)
{
    return n->formats && n->program && !strcmp (n->program, program) &&
           n->program_mtime.tv_sec == st->st_mtim.tv_sec &&
           n->program_mtime.tv_nsec == st->st_mtim.tv_nsec;
}

static void ask (struct nbconvert *n, const char *program, const struct stat *st)
{
    struct strv argv;
    struct err err;
    autofree char *python = interpreter (program);
    json_decref (n->formats);
    n->formats = NULL;
    free (n->program);
    n->program = xstrdup (program);
    n->program_mtime = st->st_mtim;
    strv_init (&argv);
    strv_add (&argv, python ? python : "python3");
    strv_add (&argv, "-c");
    strv_add (&argv, formats_code);
    n->asking = start (n, &argv, NULL, FORMATS_TIMEOUT, formats_done, n, &err);
    strv_done (&argv);
    if (!n->asking)
        log_warning ("nbconvert", "cannot ask for the formats: %s", err.text);
}

void nbconvert_formats (struct nbconvert *n,
                        void (*done) (void *arg, const json_t *formats), void *arg)
{
    struct stat st;
    autofree char *program = find_program (n, &st);
    struct waiter *w = xnew (struct waiter);
    w->done = done;
    w->arg = arg;
    list_append (&n->waiters, &w->link);
    if (n->asking)
        return;
    if (!program) {
        json_decref (n->formats);
        n->formats = NULL;
    } else if (!is_known (n, program, &st)) {
        ask (n, program, &st);
    }
    if (!n->asking)
        answer_waiters (n);
}

/* ---- converting ------------------------------------------------------------------ */

/* The last line that says something: of a Python traceback, the exception. */
static void last_line (const char *text, size_t n, char *ret, size_t room)
{
    while (n > 0 && strchr ("\r\n ", text[n - 1]))
        n--;
    size_t from = n;
    while (from > 0 && text[from - 1] != '\n')
        from--;
    size_t len = n - from < room - 1 ? n - from : room - 1;
    memcpy (ret, text + from, len);
    ret[len] = 0;
}

static void run_done (void *arg, int status, const char *out, size_t out_len,
                      const char *errout, size_t err_len)
{
    struct run *r = arg;
    struct err err;
    char line[300];
    bool good = status == 0;
    list_remove (&r->link);
    r->n->running_n--;
    if (!good) {
        last_line (errout, err_len, line, sizeof line);
        (void)err_set (&err, PROBLEM_INTERNAL, "nbconvert failed: %s",
                       status == -1 ? "it took too long" : line);
    }
    r->done (r->arg, good ? NULL : &err);
    free (r);
}

int nbconvert_run (struct nbconvert *n, const struct nbconvert_job *job,
                   void (*done) (void *arg, const struct err *why), void *arg,
                   struct err *err)
{
    struct strv argv;
    if (n->running_n >= NBCONVERT_RUNNING)
        return err_set (err, PROBLEM_BUSY,
                        "too many notebooks are being converted; try again");
    struct run *r = xnew (struct run);
    r->n = n;
    r->done = done;
    r->arg = arg;
    strv_init (&argv);
    strv_add (&argv, n->program);
    strv_addf (&argv, "--to=%s", job->format);
    strv_addf (&argv, "--output-dir=%s", job->outdir);
    if (job->sanitize)
        strv_addf (&argv, "--HTMLExporter.sanitize_html=%s", job->sanitize);
    strv_add (&argv, job->notebook);
    autofree char *cwd = path_dirname (job->notebook);
    r->command = start (n, &argv, cwd, CONVERT_TIMEOUT, run_done, r, err);
    strv_done (&argv);
    if (!r->command) {
        free (r);
        return -1;
    }
    list_append (&n->running, &r->link);
    n->running_n++;
    return 0;
}
