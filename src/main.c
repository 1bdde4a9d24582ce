/* main.c - one binary, a few roles: the verb decides */

#include "base/program.h"
#include "cli/login_verb.h"
#include "cli/project_verb.h"
#include "cli/workspace_verb.h"
#include "hub/admin.h"
#include "hub/hub.h"
#include "keeper/keep.h"
#include "ops/backup.h"
#include "ops/doctor.h"
#include "ops/env_verb.h"
#include "sandbox/supervise.h"
#include "server/server.h"
#include "worker/worker.h"

#include <stdio.h>
#include <string.h>

static int serve_main (int argc, char **argv)
{
    return supervise_wanted (argc, argv) ? supervise_main (argc, argv)
                                         : hub_main (argc, argv);
}

static const struct {
    const char *name;
    int (*main) (int argc, char **argv);
    const char *help;
} verbs[] = {
    { "lab", server_main, "serve JupyterLab from this directory" },
    { "serve", serve_main, "serve people, projects and workspaces" },
    { "admin", admin_main, "accounts and API keys of a hub, on its machine" },
    { "backup", backup_main, "a hub as one file, beside it while it runs" },
    { "restore", restore_main, "a hub from such a file" },
    { "doctor", doctor_main, "what is wrong with an installation, and what mends it" },
    { "env", env_verb_main, "what is installed in workspaces, on the machine of a hub" },
    { "login", login_verb_main, "log in at a hub" },
    { "logout", logout_verb_main, "forget the login" },
    { "project", project_verb_main, "projects of a hub" },
    { "workspace", workspace_verb_main, "workspaces of a hub: create, start, open..." },
    { "keep", keep_main, "own kernels and terminals for a server (started by it)" },
    { "worker", worker_main, "do one slow task: JSON in, JSON lines out" },
};

static void usage (FILE *to)
{
    fprintf (to, "usage: labwright VERB [ARGUMENTS]\n\n");
    for (size_t i = 0; i < ARRAY_SIZE (verbs); i++)
        fprintf (to, "  %-9s %s\n", verbs[i].name, verbs[i].help);
    fprintf (to, "\nlabwright VERB --help tells more.\n");
}

static int run_verb (int argc, char **argv)
{
    if (argc >= 2) {
        for (size_t i = 0; i < ARRAY_SIZE (verbs); i++)
            if (!strcmp (argv[1], verbs[i].name))
                return verbs[i].main (argc - 1, argv + 1);
        if (!strcmp (argv[1], "--version") || !strcmp (argv[1], "version")) {
            printf ("labwright " LABWRIGHT_VERSION "\n");
            return 0;
        }
        if (!strcmp (argv[1], "--help") || !strcmp (argv[1], "help")) {
            usage (stdout);
            return 0;
        }
        fprintf (stderr, "labwright: unknown verb '%s'\n", argv[1]);
    }
    usage (stderr);
    return 2;
}

int main (int argc, char **argv)
{
    program_main (run_verb, argc, argv);
    return run_verb (argc, argv);
}
