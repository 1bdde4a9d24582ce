/* requirements.c - task `labwright worker requirements`: pip, its log, and then the workspace
 *
 * Process 1 of the sandbox while pip runs: what pip leaves behind is reaped by whoever is executed then.
 */

#include "worker/requirements.h"

#include "base/args.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/program.h"
#include "loop/proc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILE_DEFAULT "/floyd/home/floyd_requirements.txt"
#define LOG_DEFAULT "/floyd/home/.labwright/requirements.log"
#define LOG_KEPT (4 << 20) /* a longer one begins anew */
#define LISTEN_FD 3        /* sd_listen_fds(3), if there is one */
#define PIP_US (30 * 60 * CLOCK_S)

struct running {
    struct loop *loop;
    struct proc *proc;
    int status;
    bool timed_out, term;
};

static void on_end (void *arg, int status)
{
    struct running *r = arg;

    r->status = status;
    loop_stop (r->loop, 0);
}

static void on_timeout (void *arg)
{
    struct running *r = arg;

    r->timed_out = true;
    proc_signal (r->proc, SIGKILL, true);
}

/* Stop of the workspace: pip must not hold it up. */
static void on_term (void *arg, int signo)
{
    struct running *r = arg;

    r->term = true;
    if (r->proc)
        proc_signal (r->proc, SIGKILL, true);
}

/* The user's own directory may hold anything by this name: a link or a FIFO is not followed or waited for. */
static int open_log (const char *path)
{
    struct stat st;
    autofree char *dir = path_dirname (path);

    (void)fd_mkdirs (dir, 0755, NULL);
    autoclose int fd = open (
        path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0 || fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
        return -1;
    if (st.st_size > LOG_KEPT)
        (void)ftruncate (fd, 0);
    return take_fd (fd);
}

static void say (int log, const char *fmt, const char *what)
{
    char at[CLOCK_TEXT];
    (void)clock_iso_z (clock_wall_us (), at);
    autofree char *text = xasprintf (fmt, what);
    autofree char *line = xasprintf ("[%s] %s\n", at, text);

    (void)fd_write_all (log, line, strlen (line), NULL);
}

static int pip (const char *file, int log, struct running *r, struct err *err)
{
    struct strv argv = { 0 };
    struct proc_spec spec = { .argv = &argv,
                              .fd_in = -1,
                              .fd_out = log,
                              .fd_err = log,
                              .new_session = true };
    static const char *const words[] = { "python3",
                                         "-m",
                                         "pip",
                                         "install",
                                         "--disable-pip-version-check",
                                         "--no-input",
                                         "--root-user-action=ignore",
                                         "-r" };

    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        strv_add (&argv, words[i]);
    strv_add (&argv, file);
    /* the workspace's listening socket is not for what pip starts */
    (void)fd_set_cloexec (LISTEN_FD, true);
    r->proc = proc_start (r->loop, &spec, on_end, r, err);
    strv_done (&argv);
    if (!r->proc)
        return -1;
    struct loop_timer *t = loop_after (r->loop, PIP_US, on_timeout, r);
    (void)loop_run (r->loop);
    if (!r->timed_out)
        loop_cancel (t);
    proc_free (take_ptr (r->proc));
    return 0;
}

static int install (const char *file, int log)
{
    struct err err;
    autocleanup (loop_free) struct loop *loop = loop_new (&err);
    struct running r = { .loop = loop, .status = -1 };

    say (log, "installing %s", file);
    if (!loop || loop_on_signal (loop, SIGTERM, on_term, &r, &err) < 0 ||
        pip (file, log, &r, &err) < 0) {
        say (log, "failed: %s", err.text);
        return 1;
    }
    if (r.term) {
        say (log, "failed: %s", "the workspace was stopped");
        return problem_table[PROBLEM_CANCELLED].exit_code;
    }
    if (r.timed_out)
        say (log, "failed: not ready after %s", "30 minutes");
    else if (r.status != 0)
        say (log, "failed: %s: what pip says is above. Everything else goes on", file);
    else
        say (log, "installed %s", file);
    return r.status == 0 && !r.timed_out ? 0 : 1;
}

int worker_requirements (int argc, char **argv)
{
    const char *file = FILE_DEFAULT, *log_path = LOG_DEFAULT;
    const struct arg table[] = { { "file", 0, ARG_TEXT, &file },
                                 { "log", 0, ARG_TEXT, &log_path } };
    struct strv words = { 0 };
    struct err err;
    bool wanted;
    int rest = 1, code = 0;

    while (rest < argc && strcmp (argv[rest], "--then") != 0)
        rest++;
    if (args_parse (table, ARRAY_SIZE (table), rest, argv, 0, &words, &err) < 0 ||
        words.n || rest == argc - 1) {
        (void)fprintf (stderr, "usage: labwright worker requirements [--file FILE] "
                               "[--log FILE] [--then ARGV...]\n");
        strv_done (&words);
        return 2;
    }
    wanted = !access (file, F_OK);
    if (wanted) {
        autoclose int log = open_log (log_path);
        code = install (file, log >= 0 ? log : STDERR_FILENO);
        (void)fd_set_cloexec (LISTEN_FD, false);
    }
    /* who was told to end does not begin what comes next: that one would not know */
    if (code == problem_table[PROBLEM_CANCELLED].exit_code)
        return code;
    return rest < argc ? program_then (argv + rest + 1, !wanted) : code;
}
