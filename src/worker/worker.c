/* worker.c - role `labwright worker NAME`: the table of slow tasks
 *
 * Reads one JSON value from stdin to its end, runs the task, prints one line.  A task that
 * fails prints
 * {"error": text, "problem": slug} and the exit code says it too.  `home` is no task: it serves a socket.
 */

#include "worker/worker.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "worker/gitclone.h"
#include "worker/home.h"
#include "worker/password.h"
#include "worker/requirements.h"

#include <stdio.h>
#include <string.h>

#define INPUT_MAX (16 << 20)

static const struct {
    const char *name;
    json_t *(*run) (const json_t *in, struct err *err);
    const char *help;
} tasks[] = {
    { "gitinspect", worker_gitinspect, "what floyd.yml of a repository says" },
    { "password", worker_password, "hash a password, or compare one with its hash" },
};

/* Steps of a workspace's start, with a command line of their own. */
static const struct {
    const char *name;
    int (*main) (int argc, char **argv);
    const char *help;
} steps[] = {
    { "gitclone", worker_gitclone,
      "clone a repository into a new home, then execute a program" },
    { "requirements", worker_requirements,
      "install floyd_requirements.txt, then execute a program" },
};

static void usage (FILE *to)
{
    fprintf (to, "usage: labwright worker NAME < JSON\n"
                 "       labwright worker STEP [ARGUMENTS]\n\n");
    for (size_t i = 0; i < ARRAY_SIZE (tasks); i++)
        fprintf (to, "  %-12s %s\n", tasks[i].name, tasks[i].help);
    for (size_t i = 0; i < ARRAY_SIZE (steps); i++)
        fprintf (to, "  %-12s %s\n", steps[i].name, steps[i].help);
    fprintf (to, "\nusage: labwright worker home DIR 3<SOCKET\n");
}

static int print (const json_t *out)
{
    autofree char *text = jsonx_dump_string (out, 0, true);
    if (!text || puts (text) < 0 || fflush (stdout))
        return 1;
    return 0;
}

static int run (size_t task)
{
    struct err err;
    autodone (buf_done) struct buf b;
    autojson json_t *in = NULL, *out = NULL;
    buf_init (&b, INPUT_MAX);
    if (!fd_read_all (STDIN_FILENO, &b, &err))
        in = jsonx_parse (b.data, b.len, &err);
    if (in)
        out = tasks[task].run (in, &err);
    if (out)
        return print (out);
    out = json_object ();
    jsonx_set_str (out, "error", err.text);
    jsonx_set_str (out, "problem", problem_table[err.problem].slug);
    (void)print (out);
    return problem_table[err.problem].exit_code;
}

int worker_main (int argc, char **argv)
{
    if (argc == 2 && (!strcmp (argv[1], "--help") || !strcmp (argv[1], "-h"))) {
        usage (stdout);
        return 0;
    }
    if (argc == 3 && !strcmp (argv[1], "home"))
        return worker_home (argv[2]);
    for (size_t i = 0; argc == 2 && i < ARRAY_SIZE (tasks); i++)
        if (!strcmp (argv[1], tasks[i].name))
            return run (i);
    for (size_t i = 0; argc >= 2 && i < ARRAY_SIZE (steps); i++)
        if (!strcmp (argv[1], steps[i].name))
            return steps[i].main (argc - 1, argv + 1);
    usage (stderr);
    return 2;
}
