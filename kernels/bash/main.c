/* main.c - a Jupyter kernel for Bash
 *
 *     labwright-bash-kernel CONNECTION_FILE
 *
 * Under the names `display` and `clear`, which cells have in their PATH, it is the client of display.h.
 */

#include "bash/display.h"
#include "bash/kernel.h"
#include "base/log.h"
#include "base/path.h"
#include "base/signals.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

static void on_sigint (void *arg, int signo)
{
    kernel_interrupt (arg);
}

static void on_sigterm (void *arg, int signo)
{
    kernel_end (arg);
}

static int watch_signals (struct loop *l, struct kernel *k, struct err *err)
{
    signals_ignore (SIGPIPE);
    if (loop_on_signal (l, SIGINT, on_sigint, k, err) < 0 ||
        loop_on_signal (l, SIGHUP, on_sigterm, k, err) < 0)
        return -1;
    return loop_on_signal (l, SIGTERM, on_sigterm, k, err);
}

static int run (const struct connfile *conn, void *zmq)
{
    struct err err;
    autocleanup (loop_free) struct loop *l = loop_new (&err);
    struct kernel *k = l ? kernel_new (l, zmq, conn, &err) : NULL;
    int code = 1;

    if (k && watch_signals (l, k, &err) == 0)
        code = loop_run (l);
    else
        log_error ("kernel", "%s", err.text);
    kernel_free (k);
    return code;
}

static int usage (FILE *to)
{
    (void)fprintf (to, "usage: labwright-bash-kernel CONNECTION_FILE\n");
    return to == stdout ? 0 : 2;
}

static int kernel_main (int argc, char **argv)
{
    struct connfile conn;
    struct err err;

    log_set_program ("bash-kernel");
    if (argc > 2 && !strcmp (argv[1], "-f")) {
        argv++;
        argc--;
    }
    if (argc != 2 || !strcmp (argv[1], "--help"))
        return usage (argc == 2 ? stdout : stderr);
    if (!strcmp (argv[1], "--version")) {
        (void)printf ("labwright-bash-kernel " LABWRIGHT_VERSION "\n");
        return 0;
    }
    if (connfile_read (argv[1], &conn, &err) < 0) {
        (void)fprintf (stderr, "labwright-bash-kernel: %s\n", err.text);
        return 2;
    }
    void *zmq = zmq_ctx_new ();
    int code = run (&conn, zmq);
    (void)zmq_ctx_term (zmq);
    connfile_done (&conn);
    return code;
}

int main (int argc, char **argv)
{
    const char *name = argc ? path_basename (argv[0]) : "";

    if (!strcmp (name, "display") || !strcmp (name, "clear"))
        return display_main (argc, argv);
    return kernel_main (argc, argv);
}
