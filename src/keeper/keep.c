/* keep.c - role `labwright keep`: arguments, the private directory, the socket, the loop
 *
 * Order matters: the directory is verified and locked before anything in it is touched, so
 * that two keepers started at once for one directory cannot disturb each other: the second
 * one ends with status 3.
 */

#include "keeper/keep.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/signals.h"
#include "keeper/activate.h"
#include "keeper/attach.h"
#include "keeper/keeper.h"
#include "keeper/last_rites.h"
#include "keeper/refusals.h"
#include "keeper/template.h"
#include "loop/proc.h"
#include "loop/zsock.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LINGER_S 10
#define EXIT_LOCKED 3
#define DOOR_REST_US (200 * CLOCK_MS) /* when there are no descriptors left */

struct arguments {
    char *dir;
    int ready_fd, listen_fd; /* -1: none */
    long linger_s;
    bool hand_over;
    struct strv command; /* of the server that we start */
};

static int usage (FILE *to, int status)
{
    (void)fputs (
        "usage: labwright keep --dir DIR [--fd N] [--linger SECONDS]\n"
        "       labwright keep --dir DIR [--fd N] --listen-fd N -- COMMAND [ARGUMENTS]\n"
        "Owns kernels and terminals for a server, which starts it.  With --listen-fd it\n"
        "starts the server, whenever somebody connects to the socket N.\n",
        to);
    return status;
}

static int read_number (const char *text, long most, long *ret)
{
    char *end;
    long v = strtol (text, &end, 10);

    if (end == text || *end || v < 0 || v > most)
        return -1;
    *ret = v;
    return 0;
}

static int read_fd (const char *text, int *ret)
{
    long fd;

    if (read_number (text, 1 << 20, &fd) < 0)
        return -1;
    *ret = (int)fd;
    return 0;
}

static int read_option (int c, struct arguments *a)
{
    switch (c) {
    case 'd':
        free (a->dir);
        a->dir = path_absolute (optarg);
        return 0;
    case 'f': return read_fd (optarg, &a->ready_fd);
    case 'L': return read_fd (optarg, &a->listen_fd);
    case 'l': return read_number (optarg, 86400, &a->linger_s);
    case 'h': a->hand_over = true; return 0;
    default: return -1;
    }
}

/* A command is there if and only if there is a socket for it. */
static int read_arguments (int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'd' },
        { "fd", required_argument, NULL, 'f' },
        { "hand-over", no_argument, NULL, 'h' },
        { "linger", required_argument, NULL, 'l' },
        { "listen-fd", required_argument, NULL, 'L' },
        { NULL, 0, NULL, 0 },
    };

    for (int c; (c = getopt_long (argc, argv, "+", options, NULL)) != -1;)
        if (read_option (c, a) < 0)
            return -1;
    for (int i = optind; i < argc; i++)
        strv_add (&a->command, argv[i]);
    if (a->hand_over)
        return a->command.n && !a->dir ? 0 : -1;
    return a->dir && (a->command.n > 0) == (a->listen_fd >= 0) ? 0 : -1;
}

/* ---- the directory ---- */

static int check_dir (const char *dir, struct err *err)
{
    struct stat st;

    if (fd_mkdirs (dir, 0700, err) < 0)
        return -1;
    if (lstat (dir, &st) < 0)
        return err_sys (err, errno, "%s", dir);
    if (!S_ISDIR (st.st_mode) || st.st_uid != geteuid () || (st.st_mode & 077))
        return err_set (err, PROBLEM_FORBIDDEN, "%s is not a directory of ours alone", dir);
    return 0;
}

static int lock_dir (int dir_fd, struct err *err)
{
    int fd = openat (dir_fd, "keep.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return err_sys (err, errno, "keep.lock");
    if (flock (fd, LOCK_EX | LOCK_NB) < 0) {
        (void)close (fd);
        return err_set (err, PROBLEM_BUSY, "another keeper has this directory");
    }
    return fd; /* kept until the process ends */
}

/* stdout and stderr become the log: nobody may be left to read the server's. */
static void open_log (struct keeper *k, int dir_fd)
{
    struct stat st;
    autoclose int fd = openat (
        dir_fd, "keep.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return;
    if (fstat (fd, &st) == 0)
        k->logged = (uint64_t)st.st_size;
    (void)dup2 (fd, STDOUT_FILENO);
    (void)dup2 (fd, STDERR_FILENO);
    k->log_is_file = true;
}

/* The path may be longer than a socket's address, so it is named through the directory's
 * descriptor. */
static int listen_in (int dir_fd, struct err *err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return err_sys (err, errno, "socket");
    (void)snprintf (addr.sun_path, sizeof (addr.sun_path), "/proc/self/fd/%d/keep.sock",
                    dir_fd);
    (void)unlinkat (dir_fd, "keep.sock", 0);
    if (bind (fd, (struct sockaddr *)&addr, sizeof (addr)) < 0 ||
        fchmodat (dir_fd, "keep.sock", 0600, 0) < 0 || listen (fd, 16) < 0)
        return err_sys (err, errno, "listen on keep.sock");
    return take_fd (fd);
}

/* ---- events ---- */

struct door {
    struct keeper *keeper;
    int fd;
    struct loop_io *io;
    struct loop_timer *rest;
    bool complained; /* since the last connection that was accepted */
};

static void on_rested (void *arg)
{
    struct door *d = arg;

    d->rest = NULL;
    loop_io_events (d->io, LOOP_READ);
}

static void on_door (void *arg, unsigned events)
{
    struct door *d = arg;
    int fd;

    (void)events;
    while ((fd = accept4 (d->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        d->complained = false;
        attach_accept (d->keeper, fd);
    }
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
        return;
    if (!d->complained)
        log_warning ("keeper", "cannot accept a connection: %s", strerror (errno));
    d->complained = true;
    loop_io_events (d->io, 0); /* who waits would wake us again and again */
    d->rest = loop_after (d->keeper->loop, DOOR_REST_US, on_rested, d);
}

/* Who asks again does not want to wait. */
static void on_signal (void *arg, int signo)
{
    struct keeper *k = arg;

    log_info ("keeper", "signal %d: ending", signo);
    if (k->quitting && k->server)
        loop_stop (k->loop, 0);
    keeper_quit (k);
}

static int make_keeper (struct keeper *k, const struct arguments *a, struct err *err)
{
    k->dir = xstrdup (a->dir);
    k->linger_us = a->linger_s * CLOCK_S;
    list_init (&k->objects);
    list_init (&k->guests);
    k->records = map_new (free);
    if (!(k->loop = loop_new (err)) || !(k->zmq = zmq_ctx_new ()))
        return -1;
    k->journals = journals_new (k->dir, KEEPER_TOTAL_BUDGET, loop_pool (k->loop), err);
    if (!k->journals)
        return -1;
    /* Double-forked processes of kernels, and those that templates make, become our children. */
    (void)prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (proc_reap_strangers (k->loop, err) < 0)
        return -1;
    k->templates = templates_new (k->loop);
    k->refusals = refusals_new ();
    if (a->listen_fd >= 0 &&
        !(k->server = activation_new (k, a->listen_fd, &a->command, err)))
        return -1;
    if (loop_on_signal (k->loop, SIGTERM, on_signal, k, err) < 0)
        return -1;
    return loop_on_signal (k->loop, SIGINT, on_signal, k, err);
}

static void done_keeper (struct keeper *k)
{
    attach_free (k->attach);
    loop_cancel (k->pump);
    loop_cancel (k->recheck);
    loop_cancel (k->trim);
    loop_cancel (k->linger);
    loop_cancel (k->end_soon);
    loop_cancel (k->look);
    refusals_free (k->refusals);
    activation_free (k->server);
    map_free (k->records);
    journals_free (k->journals);
    templates_free (k->templates);
    loop_free (k->loop);
    if (k->zmq)
        (void)zmq_ctx_term (k->zmq);
    free (k->dir);
}

static void say_ready (int fd)
{
    if (fd < 0)
        return;
    (void)!write (fd, "\n", 1);
    if (fd > STDERR_FILENO)
        (void)close (fd);
}

static int serve (struct keeper *k, const struct arguments *a, int dir_fd, struct err *err)
{
    struct door door = { .keeper = k };

    if (make_keeper (k, a, err) < 0 || (door.fd = listen_in (dir_fd, err)) < 0)
        return -1;
    door.io = loop_watch (k->loop, door.fd, LOOP_READ, on_door, &door);
    open_log (k, dir_fd);
    say_ready (a->ready_fd);
    log_info ("keeper", "listening pid=%ld dir=%s", (long)getpid (), k->dir);
    keeper_pump_soon (k); /* the linger time begins */
    int code = loop_run (k->loop);
    loop_cancel (door.rest);
    loop_unwatch (door.io);
    (void)close (door.fd);
    (void)unlinkat (dir_fd, "keep.sock", 0);
    return code;
}

int keep_main (int argc, char **argv)
{
    struct arguments a = { .ready_fd = -1, .listen_fd = -1, .linger_s = LINGER_S };
    struct keeper k = { 0 };
    struct err err = { 0 };

    if (argc == 2 && !strcmp (argv[1], "--help"))
        return usage (stdout, 0);
    log_set_program ("keep");
    signals_ignore (SIGPIPE);
    signals_ignore (SIGHUP);
    signals_ignore (SIGXFSZ); /* a limit on file sizes is a full disk to the journals */
    (void)setsid ();          /* fails harmlessly where we lead a group already */
    if (read_arguments (argc, argv, &a) < 0)
        return usage (stderr, 2);
    if (a.hand_over)
        return activation_hand_over (a.command.v);
    if (check_dir (a.dir, &err) < 0) {
        log_error ("keeper", "%s", err.text);
        return 1;
    }
    autoclose int dir_fd = open (a.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int lock =
        dir_fd < 0 ? err_sys (&err, errno, "%s", a.dir) : lock_dir (dir_fd, &err);
    int code = lock < 0 ? -1 : serve (&k, &a, dir_fd, &err);
    if (code < 0)
        log_error ("keeper", "%s", err.text);
    if (k.loop)
        done_keeper (&k);
    last_rites ();
    strv_done (&a.command);
    free (a.dir);
    return lock < 0 && err.problem == PROBLEM_BUSY ? EXIT_LOCKED : code < 0 ? 1 : code;
}
