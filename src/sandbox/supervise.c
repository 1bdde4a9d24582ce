/* supervise.c - `labwright serve`: spawner and hub, kept running
 *
 * One thread, no loop: it sleeps in sigtimedwait until a child ends, somebody wants the end, or a pause is over.
 */

#include "sandbox/supervise.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/program.h"
#include "base/signals.h"
#include "base/strv.h"
#include "model/state_dir.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define STEADY_US                                                                          \
    (500 *                                                                                 \
     CLOCK_MS) /* a life this long was no fall at the start: the next begins at once */
#define NEVER INT64_MAX

static const int64_t pauses_us[] = { 0, 100 * CLOCK_MS, 500 * CLOCK_MS, 2 * CLOCK_S };

struct ward {
    const char *name;
    struct strv argv;
    pid_t pid;       /* 0: it does not run */
    int64_t at_us;   /* it began, or is to begin */
    unsigned starts; /* in all */
    unsigned falls;  /* ends in a row */
};

struct supervisor {
    struct ward hub, spawner;
    char *state;
    bool stop_all;
    unsigned asked; /* signals to end */
    int status;     /* ours */
    sigset_t signals;
};

/* ---- the command line ---- */

bool supervise_wanted (int argc, char **argv)
{
    static const char *const of_the_hub[] = { "--hub", "--routes", "--help" };

    for (int i = 1; i < argc; i++)
        for (size_t n = 0; n < ARRAY_SIZE (of_the_hub); n++)
            if (!strcmp (argv[i], of_the_hub[n]))
                return false;
    return true;
}

/* Beside us in a build tree, in sbin where it was installed. */
static char *find_spawner (const char *dir)
{
    static const char *const places[] = { "labwright-spawner",
                                          "../sbin/labwright-spawner" };

    for (size_t i = 0; i < ARRAY_SIZE (places); i++) {
        autofree char *path = path_join (dir, places[i]);

        if (access (path, X_OK) == 0)
            return take_ptr (path);
    }
    return xstrdup ("labwright-spawner");
}

/* What is for the hub goes there as it is. */
static void read_arguments (struct supervisor *s, int argc, char **argv)
{
    autofree char *program = program_path ();
    autofree char *dir = path_dirname (program);
    autofree char *spawner = find_spawner (dir);

    strv_add (&s->hub.argv, program);
    strv_add (&s->hub.argv, "serve");
    strv_add (&s->hub.argv, "--hub");
    for (int i = 1; i < argc; i++) {
        if (!strcmp (argv[i], "--stop-all")) {
            s->stop_all = true;
            continue;
        }
        if (!strncmp (argv[i], "--state=", 8))
            s->state = path_absolute (argv[i] + 8);
        else if (!strcmp (argv[i], "--state") && i + 1 < argc)
            s->state = path_absolute (argv[i + 1]);
        strv_add (&s->hub.argv, argv[i]);
    }
    strv_add (&s->spawner.argv, spawner);
    strv_add (&s->spawner.argv, "--state");
    strv_add (&s->spawner.argv, s->state ? s->state : "");
    if (geteuid () != 0)
        strv_add (&s->spawner.argv, "--rootless");
    if (s->stop_all)
        strv_add (&s->spawner.argv, "--stop-all");
}

/* ---- children ---- */

static int spawn (const struct strv *argv, pid_t *ret_pid)
{
    posix_spawnattr_t attr;
    sigset_t none, all;

    (void)sigemptyset (&none);
    (void)sigfillset (&all);
    (void)posix_spawnattr_init (&attr);
    (void)posix_spawnattr_setsigmask (&attr, &none);
    (void)posix_spawnattr_setsigdefault (&attr, &all);
    /* Control-C is for us alone. */
    (void)posix_spawnattr_setflags (&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                               POSIX_SPAWN_SETSIGDEF);
    int e = posix_spawnp (ret_pid, argv->v[0], NULL, &attr, argv->v, environ);
    posix_spawnattr_destroy (&attr);
    return e;
}

static void fell (struct ward *w, int64_t now)
{
    size_t last = ARRAY_SIZE (pauses_us) - 1;

    w->at_us = now + pauses_us[w->falls < last ? w->falls : last];
    w->falls++;
}

static void begin (struct ward *w, int64_t now)
{
    int e = spawn (&w->argv, &w->pid);

    w->starts++;
    if (e == 0) {
        w->at_us = now;
        return;
    }
    w->pid = 0;
    if (w->falls <= 1)
        log_error ("serve", "%s was not started: %s: %s", w->name, w->argv.v[0],
                   strerror (e));
    fell (w, now);
}

static void tell_end (const struct ward *w, int status)
{
    if (WIFSIGNALED (status))
        log_warning ("serve", "%s was killed by signal %d (%s)", w->name, WTERMSIG (status),
                     strsignal (WTERMSIG (status)));
    else
        log_warning ("serve", "%s ended with status %d", w->name, WEXITSTATUS (status));
}

static void ended (struct supervisor *s, struct ward *w, int status)
{
    int64_t now = clock_mono_us (), lived = now - w->at_us;

    w->pid = 0;
    if (s->asked)
        return;
    bool hopeless = w == &s->hub && w->starts == 1 && lived < SUPERVISE_FIRST_US &&
                    WIFEXITED (status) && WEXITSTATUS (status);
    if (hopeless) {
        s->status = WEXITSTATUS (status);
        s->asked = 1;
        return;
    }
    if (lived >= STEADY_US)
        w->falls = 0;
    tell_end (w, status);
    fell (w, now);
}

static void reap (struct supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid (-1, &status, WNOHANG)) > 0) {
        if (pid == s->hub.pid)
            ended (s, &s->hub, status);
        else if (pid == s->spawner.pid)
            ended (s, &s->spawner, status);
    }
}

/* ---- waiting ---- */

/* Until UNTIL_US or a signal; children that ended are taken note of. */
static void rest (struct supervisor *s, int64_t until_us)
{
    int64_t left = until_us == NEVER ? 0 : until_us - clock_mono_us ();
    struct timespec wait = { 0 };
    siginfo_t info;

    if (left > 0)
        wait = (struct timespec){ left / CLOCK_S, left % CLOCK_S * 1000 };
    int signo = sigtimedwait (&s->signals, &info, until_us == NEVER ? NULL : &wait);
    if (signo == SIGTERM || signo == SIGINT || signo == SIGHUP) {
        log_info ("serve", "received signal %d: ending%s", signo,
                  s->stop_all ? ", and workspaces with us" : "; workspaces go on");
        s->asked++;
    }
    reap (s);
}

static void keep_running (struct supervisor *s)
{
    struct ward *const wards[] = { &s->spawner, &s->hub };

    while (!s->asked) {
        int64_t now = clock_mono_us (), next = NEVER;

        for (size_t i = 0; i < ARRAY_SIZE (wards); i++) {
            struct ward *w = wards[i];

            if (!w->pid && w->at_us <= now)
                begin (w, now);
            if (!w->pid && w->at_us < next)
                next = w->at_us;
        }
        rest (s, next);
    }
}

static void end (struct supervisor *s, struct ward *w)
{
    int64_t until = clock_mono_us () + SUPERVISE_GRACE_US;
    unsigned asked = s->asked;

    if (w->pid)
        (void)kill (w->pid, SIGTERM);
    while (w->pid && s->asked == asked && clock_mono_us () < until)
        rest (s, until);
    if (!w->pid)
        return;
    log_warning ("serve", "%s does not end: killed", w->name);
    (void)kill (w->pid, SIGKILL);
    while (w->pid)
        rest (s, NEVER);
}

/* ---- what must be there ---- */

/* Its words are on the terminal. */
static bool make_user (void)
{
    static const char *const words[] = {
        "useradd", "--system",          "--user-group", "--home-dir",    "/nonexistent",
        "--shell", "/usr/sbin/nologin", "--comment",    "Labwright hub", STATE_DIR_USER
    };
    autodone (strv_done) struct strv argv;
    int status;
    pid_t pid;

    strv_init (&argv);
    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        strv_add (&argv, words[i]);
    return spawn (&argv, &pid) == 0 && waitpid (pid, &status, 0) == pid && status == 0;
}

static void find_user (void)
{
    uid_t uid;
    gid_t gid;

    if (state_dir_user (&uid, &gid))
        return;
    if (make_user ())
        log_info ("serve", "made the system user " STATE_DIR_USER ", as whom the hub runs");
    else
        log_warning ("serve",
                     "there is no user " STATE_DIR_USER
                     " and none could be made: the hub runs as uid %d",
                     STATE_DIR_UID);
}

/* By nohup, or by a shell for what it runs in the background. */
static bool is_ignored (int signo)
{
    struct sigaction sa;

    return sigaction (signo, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

static int prepare (struct supervisor *s, struct err *err)
{
    static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };

    (void)sigemptyset (&s->signals);
    for (size_t i = 0; i < ARRAY_SIZE (signals); i++)
        if (signals[i] == SIGCHLD || !is_ignored (signals[i]))
            (void)sigaddset (&s->signals, signals[i]);
    if (sigprocmask (SIG_BLOCK, &s->signals, NULL) < 0)
        return err_sys (err, errno, "block signals");
    if (geteuid () == 0)
        find_user ();
    signals_name_supervisor ();
    return state_dir_prepare (s->state, err);
}

int supervise_main (int argc, char **argv)
{
    struct supervisor s = { .hub = { .name = "the hub" },
                            .spawner = { .name = "the spawner" } };
    struct err err;

    log_set_program ("serve");
    read_arguments (&s, argc, argv);
    if (!s.state) {
        (void)fprintf (stderr,
                       "labwright serve: --state DIR says where everything is kept\n");
        s.status = 2;
    } else if (prepare (&s, &err) < 0) {
        (void)fprintf (stderr, "labwright serve: %s\n", err.text);
        s.status = 1;
    } else {
        keep_running (&s);
        end (&s, &s.hub);
        end (&s, &s.spawner);
    }
    strv_done (&s.hub.argv);
    strv_done (&s.spawner.argv);
    free (s.state);
    return s.status;
}
