/* program.c - where the program that runs lies, what was brought with it, and what it goes on as */

#include "base/program.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int (*on_main) (int argc, char **argv);
static char *given; /* arguments, one after the other */
static size_t given_len;

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

void program_main (int (*run) (int argc, char **argv), int argc, char **argv)
{
    on_main = run;
    given = argv[0];
    given_len = 0;
    for (int i = 0; i < argc && argv[i] == given + given_len; i++)
        given_len += strlen (argv[i]) + 1;
}

/* Over the arguments that the process was given, where the kernel reads them (proc(5), cmdline). */
static void show (char **argv)
{
    size_t at = 0;
    for (size_t n; *argv && at + (n = strlen (*argv) + 1) <= given_len; argv++, at += n)
        memcpy (given + at, *argv, n);
    memset (given + at, 0, given_len - at);
}

int program_then (char **argv, bool idle)
{
    sigset_t none;
    struct strv own = {
        0
    }; /* for the rest of the process: ARGV may be a part of what was given */
    (void)sigemptyset (&none);
    (void)sigprocmask (SIG_SETMASK, &none, NULL);
    if (idle && on_main && !strcmp (argv[0], PROGRAM_NAME)) {
        for (; *argv; argv++)
            strv_add (&own, *argv);
        show (own.v);
        optind = 0; /* getopt(3): begin anew */
        return on_main ((int)own.n, own.v);
    }
    (void)execvp (argv[0], argv);
    (void)fprintf (stderr, PROGRAM_NAME ": cannot execute %s: %s\n", argv[0],
                   strerror (errno));
    return 127;
}
