/* workspace_spec.c - a workspace as the spawner is asked for it */

#include "hub/workspace_spec.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define HOME "/floyd/home"
#define EXIT_WHEN_IDLE_S 60

static void add_all (struct strv *to, const char *const *words)
{
    for (; *words; words++)
        strv_add (to, *words);
}

static void set_text (char *ret, size_t room, const char *text)
{
    (void)snprintf (ret, room, "%s", text);
}

/* Its name, as far as a host can be called so: people see it in the prompt of their terminals. */
static void set_hostname (char *ret, size_t room, const char *name)
{
    size_t n = 0;
    for (; *name && n + 2 < room; name++) /* 63, RFC 1123 */
        if (isalnum ((unsigned char)*name))
            ret[n++] = *name;
        else if (n > 0 && ret[n - 1] != '-')
            ret[n++] = '-';
    while (n > 0 && ret[n - 1] == '-')
        n--;
    ret[n] = '\0';
}

static void fill_argv (struct strv *argv, const struct workspace_model *w, bool git_private)
{
    static const char *const packages[] = { "labwright", "worker", "requirements", "--then",
                                            NULL };
    static const char *const clone[] = { "labwright", "worker", "gitclone", "--into",
                                         HOME,        "--url",  NULL };
    static const char *const keeper[] = { "labwright",
                                          "keep",
                                          "--dir",
                                          "/run/labwright/keep",
                                          "--listen-fd",
                                          "3",
                                          "--",
                                          "labwright",
                                          "lab",
                                          "--ServerApp.root_dir=/floyd",
                                          "--ServerApp.preferred_dir=" HOME,
                                          NULL };
    if (w->git_url) {
        add_all (argv, clone);
        strv_add (argv, w->git_url);
        if (*w->git_branch) {
            strv_add (argv, "--branch");
            strv_add (argv, w->git_branch);
        }
        if (git_private)
            strv_add (argv, "--allow-private");
        strv_add (argv, "--then");
    }
    add_all (argv, packages); /* floyd_requirements.txt, at each start */
    add_all (argv, keeper);
    strv_addf (argv, "--ServerApp.base_url=/notebooks/%s/", w->id);
    strv_addf (argv, "--LabwrightApp.exit_when_idle=%d", EXIT_WHEN_IDLE_S);
}

static void fill_environ (struct strv *environ, const struct workspace_model *w,
                          const struct user_model *owner, const char *hub_url)
{
    static const char *const fixed[] = { "FLOYDHUB=1",   "LABWRIGHT=1",
                                         "HOME=" HOME,   "SHELL=/bin/bash",
                                         "LANG=C.UTF-8", "USER=root",
                                         "LOGNAME=root", NULL };
    add_all (environ, fixed);
    /* /usr is the workspace's own overlay: pip may write there (PEP 668 is about the host's) */
    strv_env_set (environ, "PIP_BREAK_SYSTEM_PACKAGES", "1");
    strv_env_set (environ, "PIP_ROOT_USER_ACTION", "ignore");
    strv_env_set (environ, "LABWRIGHT_USER", owner->name);
    strv_env_set (environ, "LABWRIGHT_WORKSPACE", w->id);
    strv_env_set (environ, "LABWRIGHT_HUB_URL", hub_url);
}

void workspace_spec_fill (struct sandbox_spec *ret, const struct workspace_model *w,
                          const struct user_model *owner, const char *hub_url,
                          bool git_private)
{
    sandbox_spec_init (ret);
    ret->kind = SANDBOX_WORKSPACE;
    ret->generation = w->generation;
    ret->owner = (uint32_t)owner->number;
    ret->listen = true;
    set_text (ret->id, sizeof (ret->id), w->id);
    set_text (ret->home, sizeof (ret->home), w->id);
    set_text (ret->person, sizeof (ret->person), owner->name);
    set_hostname (ret->hostname, sizeof (ret->hostname), w->name);
    set_text (ret->machine, sizeof (ret->machine), w->machine);
    set_text (ret->environment, sizeof (ret->environment), w->environment);
    free (ret->cwd);
    ret->cwd = xstrdup (HOME);
    fill_argv (&ret->argv, w, git_private);
    fill_environ (&ret->environ, w, owner, hub_url);
}
