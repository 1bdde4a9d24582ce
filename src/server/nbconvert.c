/* nbconvert.c - finding and running jupyter-nbconvert */

#include "server/nbconvert_private.h"
#include "base/path.h"
#include "jupyter/jpaths.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX (64 * 1024)
#define CONVERT_TIMEOUT (600 * CLOCK_S)

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

void nbconvert_free (struct nbconvert *n)
{
    if (!n)
        return;
    struct err err;
    (void)err_set (&err, PROBLEM_CANCELLED, "the server stops");
    nbconvert_formats_free (n);
    list_foreach (r, &n->running, struct run, link) {
        command_cancel (r->command);
        r->done (r->arg, &err);
        free (r);
    }
    free (n);
}

/* ---- finding --------------------------------------------------------------------- */

static bool executable (const char *path, struct stat *st)
{
    return stat (path, st) == 0 && S_ISREG (st->st_mode) && access (path, X_OK) == 0;
}

/* A few stat calls in directories that the kernel has cached. */
char *nbconvert_find (const struct nbconvert *n, struct stat *st)
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

struct command *nbconvert_start (struct nbconvert *n, const struct strv *argv,
                                 const char *cwd, int64_t timeout, command_done_fn done,
                                 void *arg, struct err *err)
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
    r->command = nbconvert_start (n, &argv, cwd, CONVERT_TIMEOUT, run_done, r, err);
    strv_done (&argv);
    if (!r->command) {
        free (r);
        return -1;
    }
    list_append (&n->running, &r->link);
    n->running_n++;
    return 0;
}
