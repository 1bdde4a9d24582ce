/* program.c - where the program that runs lies, what was brought with it, and what it goes on as */

#include "base/program.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int (*on_main) (int argc, char **argv);

char *program_path (void)
{
    char path[4096];
    ssize_t n = readlink ("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return xstrdup (path);
}

char *program_dir (void)
{
    autofree char *path = program_path ();
    return path_dirname (path);
}

char *program_find (const char *name, const char *probe)
{
    static const char *const where[] = { "..", "." };
    autofree char *dir = program_dir ();
    for (size_t i = 0; *dir && i < ARRAY_SIZE (where); i++) {
        autofree char *joined = xasprintf ("%s/%s/%s", dir, where[i], name);
        autofree char *found = path_absolute (joined);
        autofree char *file = path_join (found, probe);
        if (!access (file, R_OK))
            return take_ptr (found);
    }
    return NULL;
}

/* ---- going on ---- */

void program_main (int (*run) (int argc, char **argv))
{
    on_main = run;
}

int program_then (char **argv, bool idle)
{
    sigset_t none;
    int argc = 0;
    (void)sigemptyset (&none);
    (void)sigprocmask (SIG_SETMASK, &none, NULL);
    while (argv[argc])
        argc++;
    if (idle && on_main && !strcmp (argv[0], PROGRAM_NAME)) {
        optind = 0; /* getopt(3): begin anew */
        return on_main (argc, argv);
    }
    (void)execvp (argv[0], argv);
    (void)fprintf (stderr, PROGRAM_NAME ": cannot execute %s: %s\n", argv[0],
                   strerror (errno));
    return 127;
}
