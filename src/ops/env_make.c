/* env_make.c - a virtual environment: made, filled by pip, counted */

#include "ops/env_make.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/path.h"
#include "base/strv.h"
#include "ops/child.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define MAKE_US (60 * 60 * CLOCK_S) /* pip may build from source */
#define ASK_US (60 * CLOCK_S)

static int failed (int status, const char *what, const char *said, struct err *err)
{
    if (status == 0)
        return 0;
    if (status < 0)
        return err_wrap (err, "%s", what);
    const char *line = said ? said + strspn (said, "\n") : "";
    int n = (int)strcspn (line, "\n");
    if (WIFSIGNALED (status))
        return err_set (err, PROBLEM_CANCELLED, "%s was ended by signal %d", what,
                        WTERMSIG (status));
    return err_set (err, PROBLEM_INVALID, "%s failed (exit %d)%s%.*s", what,
                    WEXITSTATUS (status), n ? ": " : "", n > 300 ? 300 : n, line);
}

static void pip_environ (struct strv *env, const struct env_recipe *r)
{
    extern char **environ;

    strv_from_environ (env, environ);
    strv_env_unset (env, "PYTHONPATH");
    strv_env_unset (env, "PYTHONHOME");
    strv_env_unset (env, "VIRTUAL_ENV");
    strv_env_set (env, "PIP_DISABLE_PIP_VERSION_CHECK", "1");
    strv_env_set (env, "PIP_NO_INPUT", "1");
    strv_env_set (env, "PIP_ROOT_USER_ACTION", "ignore");
    if (r && r->index_url)
        strv_env_set (env, "PIP_INDEX_URL", r->index_url);
    if (r && r->find_links)
        strv_env_set (env, "PIP_FIND_LINKS", r->find_links);
    if (r && r->no_index)
        strv_env_set (env, "PIP_NO_INDEX", "1");
}

static char *python_of (const char *prefix)
{
    return path_join (prefix, "bin/python");
}

static int make_venv (const char *prefix, const struct env_recipe *r, struct strv *env,
                      struct err *err)
{
    struct strv argv = { 0 };

    strv_add (&argv, r->python);
    strv_add (&argv, "-m");
    strv_add (&argv, "venv");
    strv_add (&argv, prefix);
    autofree char *out = NULL, *said = NULL;
    int status = child_run (&argv, env, MAKE_US, &out, &said, err);
    strv_done (&argv);
    /* ensurepip missing is told on standard output */
    return failed (status, "python3 -m venv (Debian: apt-get install python3-venv)",
                   said && *said ? said : out, err);
}

static int fill (const char *prefix, const struct env_recipe *r, struct strv *env,
                 struct err *err)
{
    struct strv argv = { 0 };
    autofree char *python = python_of (prefix);

    if (!r->requirements && !r->kernel)
        return 0;
    strv_add (&argv, python);
    strv_add (&argv, "-m");
    strv_add (&argv, "pip");
    strv_add (&argv, "install");
    if (r->quiet)
        strv_add (&argv, "--quiet");
    if (r->kernel)
        strv_add (&argv, "ipykernel");
    if (r->requirements) {
        strv_add (&argv, "-r");
        strv_add (&argv, r->requirements);
    }
    int status = child_run (&argv, env, MAKE_US, NULL, NULL, err);
    strv_done (&argv);
    return failed (status, "pip install", NULL, err);
}

int env_make (const char *prefix, const struct env_recipe *r, char **ret_digest,
              struct err *err)
{
    struct strv env = { 0 };

    pip_environ (&env, r);
    int rc = make_venv (prefix, r, &env, err);
    if (rc == 0)
        rc = fill (prefix, r, &env, err);
    strv_done (&env);
    if (rc < 0)
        return -1;
    *ret_digest = env_digest (prefix, err);
    return *ret_digest ? 0 : -1;
}

/* Runs PREFIX/bin/python with the words; what it printed, or NULL. */
static char *ask (const char *prefix, const char *const *words, const char *what,
                  struct err *err)
{
    struct strv argv = { 0 }, env = { 0 };
    autofree char *python = python_of (prefix), *out = NULL, *said = NULL;

    strv_add (&argv, python);
    for (; *words; words++)
        strv_add (&argv, *words);
    pip_environ (&env, NULL);
    int status = child_run (&argv, &env, ASK_US, &out, &said, err);
    strv_done (&argv);
    strv_done (&env);
    if (failed (status, what, said && *said ? said : out, err) < 0)
        return NULL;
    return take_ptr (out);
}

char *env_digest (const char *prefix, struct err *err)
{
    static const char *const version[] = { "-VV", NULL };
    static const char *const freeze[] = { "-m", "pip", "freeze", "--all", NULL };
    char hex[CRYPTO_HEX];
    autofree char *python = ask (prefix, version, "its python", err);
    autofree char *packages = python ? ask (prefix, freeze, "pip freeze", err) : NULL;

    if (!packages)
        return NULL;
    autofree char *all = xasprintf ("%s\n%s", python, packages);
    if (crypto_digest_hex ("sha256", all, strlen (all), hex) < 0) {
        (void)err_set (err, PROBLEM_INTERNAL, "SHA-256 is not there");
        return NULL;
    }
    return xasprintf ("sha256:%s", hex);
}

int env_check (const char *prefix, struct err *err)
{
    static const char *const check[] = { "-m", "pip", "check", NULL };
    autofree char *said = ask (prefix, check, "pip check", err);

    return said ? 0 : -1;
}
