/* spawner.c - labwright-spawner: the command line, signals, and the turn that waits for everything
 *
 *     labwright-spawner --state DIR [--rootless] [--stop-all]
 *
 * SIGTERM, SIGINT: it ends, and what runs goes on; with --stop-all it ends that first.  docs/man/labwright-spawner.8
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/signals.h"
#include "model/state_dir.h"
#include "sandbox/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TRIES 100 /* 10 ms apart */

struct spawner {
    char *state;
    bool rootless, stop_all, help;
    int lock, signals;
    struct turn *turn;
    struct turn_watch *watch;
    struct limits *limits;
    struct requests *requests;
    bool stopping;
};

/* ---- the command line ----------------------------------------------------------------------------- */

static void usage (FILE *to)
{
    (void)fprintf (
        to,
        "usage: labwright-spawner --state DIR [--rootless] [--stop-all]\n\n"
        "  --state DIR  the state directory of the hub\n"
        "  --rootless   no control groups, one user: what a person without root can have\n"
        "  --stop-all   end the sandboxes too when it is told to end\n"
        "  --help       this text\n");
}

static int parse (struct spawner *s, int argc, char **argv, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp (argv[i], "--state") && i + 1 < argc) {
            free (s->state);
            s->state = path_absolute (argv[++i]);
        } else if (!strncmp (argv[i], "--state=", 8)) {
            free (s->state);
            s->state = path_absolute (argv[i] + 8);
        } else if (!strcmp (argv[i], "--rootless"))
            s->rootless = true;
        else if (!strcmp (argv[i], "--stop-all"))
            s->stop_all = true;
        else if (!strcmp (argv[i], "--help"))
            s->help = true;
        else
            return err_set (err, PROBLEM_INVALID, "what is '%.100s'? --help tells more",
                            argv[i]);
    }
    if (!s->help && !s->state)
        return err_set (err, PROBLEM_INVALID, "--state DIR says where everything is kept");
    if (!s->help && !s->rootless && geteuid () != 0)
        return err_set (err, PROBLEM_FORBIDDEN, "this is for root; others say --rootless");
    return 0;
}

/* ---- ending ----------------------------------------------------------------------------------------- */

static void on_all_gone (void *arg)
{
    turn_stop (((struct spawner *)arg)->turn, 0);
}

static void on_signal (void *arg, unsigned events)
{
    struct spawner *s = arg;
    struct signalfd_siginfo info;
    (void)events;
    if (read (s->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (!s->stop_all || s->stopping) {
        turn_stop (s->turn, 0);
        return;
    }
    s->stopping = true;
    requests_stop_all (s->requests, on_all_gone, s);
}

static int watch_signals (struct spawner *s, struct err *err)
{
    sigset_t set;
    (void)sigemptyset (&set);
    (void)sigaddset (&set, SIGTERM);
    (void)sigaddset (&set, SIGINT);
    (void)sigaddset (&set, SIGHUP);
    (void)sigprocmask (SIG_BLOCK, &set, NULL);
    s->signals = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return err_sys (err, errno, "watch signals");
    s->watch = turn_watch (s->turn, s->signals, POLLIN, on_signal, s);
    return 0;
}

/* ---- running ---------------------------------------------------------------------------------------- */

/* A child of one that was just killed holds its lock until it is dead too. */
static bool lock_soon (int fd)
{
    const struct timespec pause = { .tv_nsec = 10000000 };
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock (fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        (void)nanosleep (&pause, NULL);
    }
    return false;
}

/* Two spawners on one state would each believe that it alone knows. */
static int lock_state (struct spawner *s, struct err *err)
{
    autofree char *path = path_join (s->state, "run/spawner.lock");
    s->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock < 0)
        return err_sys (err, errno, "open %s", path);
    if (!lock_soon (s->lock))
        return err_set (err, PROBLEM_CONFLICT, "another labwright-spawner runs on %s",
                        s->state);
    return 0;
}

static int bring_up (struct spawner *s, struct err *err)
{
    const struct limits_options options = { s->rootless ? LIMITS_NONE : LIMITS_AUTO, NULL };
    if (state_dir_prepare (s->state, err) < 0 || lock_state (s, err) < 0)
        return -1;
    s->turn = turn_new (err);
    s->limits = s->turn ? limits_new (&options, err) : NULL;
    if (!s->limits || watch_signals (s, err) < 0)
        return -1;
    s->requests = requests_new (s->state, s->turn, s->limits, !s->rootless, err);
    return s->requests ? 0 : -1;
}

static int run (struct spawner *s)
{
    struct err err;
    int code = 1;
    if (bring_up (s, &err) < 0)
        log_error ("spawner", "%s", err.text);
    else {
        log_info ("spawner", "ready state=%s limits=%s", s->state,
                  limits_kind_names[limits_kind (s->limits)]);
        code = turn_run (s->turn);
    }
    requests_free (s->requests);
    limits_free (s->limits);
    turn_unwatch (s->watch);
    auto_closep (&s->signals);
    turn_free (s->turn);
    auto_closep (&s->lock);
    return code;
}

int main (int argc, char **argv)
{
    struct spawner s = { .lock = -1, .signals = -1 };
    struct err err;
    int code = 0;
    if (argc > 1 && (code = helper_main (argc, argv)) >= 0)
        return code;
    log_set_program ("spawner");
    signals_ignore (SIGPIPE);
    code = 0;
    if (parse (&s, argc, argv, &err) < 0) {
        (void)fprintf (stderr, "labwright-spawner: %s\n", err.text);
        code = 2;
    } else if (s.help) {
        usage (stdout);
    } else {
        signals_end_with_supervisor ();
        code = run (&s);
    }
    free (s.state);
    return code;
}
