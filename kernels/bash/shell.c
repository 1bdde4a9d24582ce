/* shell.c - the bash that runs the cells
 *
 * The life of a turn: IDLE, TYPED (the line is in the terminal, and the shell may read it), RUNNING (the shell took
 * it and was let go), ENDING (the prompt is back, or the shell is gone, and the terminals are read to what was
 * printed until then), IDLE.
 *
 * After some syntax errors bash does not take the next line as a command; it then shows its prompt again without
 * having begun the turn, and the line is typed once more.
 *
 * While the line is typed, the terminal has the modes that it was opened with; the modes that cells see are kept
 * apart, so that `stty` lasts from cell to cell and cannot break the line.
 */

#include "bash/shell.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "bash/init_bash.h"
#include "bash/report.h"
#include "bash/session.h"
#include "loop/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES 128
#define TRIES_MAX 3

enum turn { TURN_NONE, TURN_IDLE, TURN_TYPED, TURN_RUNNING, TURN_ENDING };
enum sync { SYNC_TURN = 1, SYNC_ASKED = 2 };

struct shell {
    struct loop *loop;
    const struct shell_ops *ops;
    void *arg;
    char *dir, *bash, *cwd, *version;
    struct proc *proc;
    pid_t pid;
    struct tty tty[SHELL_STREAMS];
    struct side {
        struct shell *shell;
        enum shell_stream which;
    } side[SHELL_STREAMS];
    struct termios modes; /* those that cells see */
    int report_fd, go_fd;
    struct loop_io *report_io;
    struct report report;
    enum turn turn;
    uint64_t number; /* of the turn */
    char line[LINE_MAX_BYTES];
    unsigned tries; /* how often it was typed again */
    int status;     /* of the turn that is ending */
    bool gone;      /* the shell ended, STATUS is waitpid's */
    bool ready;
    bool interrupt;                            /* wanted before the turn began */
    unsigned sync_wanted, sync_now, sync_left; /* enum sync; terminals still to be read */
};

/* ---- reading to what was printed until now ---- */

static void sync_start (struct shell *sh)
{
    sh->sync_now = sh->sync_wanted;
    sh->sync_wanted = 0;
    sh->sync_left = SHELL_STREAMS;
    for (int i = 0; i < SHELL_STREAMS; i++)
        tty_sync (&sh->tty[i]);
}

static void sync_want (struct shell *sh, enum sync what)
{
    sh->sync_wanted |= what;
    if (!sh->sync_now)
        sync_start (sh);
}

static void turn_end (struct shell *sh)
{
    bool first = !sh->ready;

    if (sh->gone) {
        sh->turn = TURN_NONE;
        sh->ops->ended (sh->arg, sh->status);
        return;
    }
    sh->turn = TURN_IDLE;
    sh->ready = true;
    if (first)
        sh->ops->ready (sh->arg);
    else
        sh->ops->done (sh->arg, sh->status);
}

static void on_synced (void *arg)
{
    struct shell *sh = ((struct side *)arg)->shell;
    unsigned now = sh->sync_now;

    if (--sh->sync_left)
        return;
    sh->sync_now = 0;
    if (now & SYNC_ASKED)
        sh->ops->synced (sh->arg);
    if (now & SYNC_TURN)
        turn_end (sh);
    if (sh->sync_wanted && !sh->sync_now)
        sync_start (sh);
}

static void on_data (void *arg, const char *data, size_t n)
{
    struct side *s = arg;

    s->shell->ops->output (s->shell->arg, s->which, data, n);
}

static const struct tty_ops tty_ops = { on_data, on_synced };

/* ---- turns ---- */

static int write_cell (struct shell *sh, const char *text, size_t n, struct err *err)
{
    autofree char *path = path_join (sh->dir, "cell");
    autoclose int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_sys (err, errno, "cannot hand over the cell");
    return fd_write_all (fd, text, n, err);
}

static void drain_go (struct shell *sh)
{
    char rest[64];

    while (read (sh->go_fd, rest, sizeof (rest)) > 0)
        continue;
}

static void let_go (struct shell *sh)
{
    (void)write (sh->go_fd, "\n", 1);
}

static void type_line (struct shell *sh)
{
    tty_flush_input (&sh->tty[SHELL_OUT]);
    (void)tty_type (&sh->tty[SHELL_OUT], sh->line, strlen (sh->line));
    let_go (sh);
}

static int turn_start (struct shell *sh, const char *text, size_t n, const char *line,
                       struct err *err)
{
    if (sh->turn != TURN_IDLE)
        return err_set (err, PROBLEM_BUSY, "the shell is busy");
    if (write_cell (sh, text, n, err) < 0)
        return -1;
    drain_go (sh);
    if (tcgetattr (sh->tty[SHELL_OUT].slave, &sh->modes) < 0 ||
        tcsetattr (sh->tty[SHELL_OUT].slave, TCSANOW, &sh->tty[SHELL_OUT].sane) < 0)
        return err_sys (err, errno, "cannot set the terminal's modes");
    sh->turn = TURN_TYPED;
    sh->interrupt = false;
    sh->tries = 0;
    (void)snprintf (sh->line, sizeof (sh->line), "%s", line);
    type_line (sh);
    return 0;
}

int shell_run (struct shell *sh, const char *code, size_t n, bool remember, struct err *err)
{
    char line[LINE_MAX_BYTES];

    (void)snprintf (line, sizeof (line),
                    " __labwright_go %llu %s >/dev/null 2>&1; eval \"$__labwright_cell\"\n",
                    (unsigned long long)++sh->number, remember ? "1" : "");
    return turn_start (sh, code, n, line, err);
}

int shell_ask (struct shell *sh, const char *script, struct err *err)
{
    char line[LINE_MAX_BYTES];

    (void)snprintf (line, sizeof (line), " __labwright_ask %llu >/dev/null 2>&1\n",
                    (unsigned long long)++sh->number);
    return turn_start (sh, script, strlen (script), line, err);
}

void shell_answer (struct shell *sh, struct buf *ret)
{
    autofree char *path = path_join (sh->dir, "answer");
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char data[16384];
    ssize_t n;

    while (fd >= 0 && (n = read (fd, data, sizeof (data))) > 0)
        if (buf_add (ret, data, (size_t)n) < 0)
            break;
}

static void on_record (void *arg, const struct report_record *rec)
{
    struct shell *sh = arg;

    if (rec->kind == REPORT_STARTED) {
        if (sh->turn != TURN_TYPED || rec->turn != sh->number)
            return;
        (void)tcsetattr (sh->tty[SHELL_OUT].slave, TCSANOW, &sh->modes);
        sh->turn = TURN_RUNNING;
        if (sh->interrupt)
            shell_interrupt (sh);
        let_go (sh);
        return;
    }
    if (sh->turn == TURN_TYPED && rec->turn != sh->number && sh->tries++ < TRIES_MAX) {
        type_line (sh);
        return;
    }
    if ((sh->turn == TURN_RUNNING && rec->turn != (sh->ready ? sh->number : 0)) ||
        (sh->turn != TURN_RUNNING && sh->turn != TURN_TYPED))
        return;
    free (sh->cwd);
    free (sh->version);
    sh->cwd = xstrdup (rec->cwd);
    sh->version = xstrdup (rec->version);
    sh->status = rec->status;
    sh->turn = TURN_ENDING;
    sync_want (sh, SYNC_TURN);
}

static void on_report (void *arg, unsigned events)
{
    struct shell *sh = arg;
    char data[4096];
    ssize_t n = read (sh->report_fd, data, sizeof (data));

    if (n > 0)
        report_feed (&sh->report, data, (size_t)n, on_record, sh);
}

static void on_bash_exit (void *arg, int status)
{
    struct shell *sh = arg;

    session_signal (sh->pid, SIGHUP); /* as a terminal that is closed does */
    session_signal (sh->pid, SIGCONT);
    sh->gone = true;
    sh->status = status;
    sh->pid = 0;
    sh->turn = TURN_ENDING;
    sync_want (sh, SYNC_TURN);
}

/* ---- signals ---- */

void shell_recall (struct shell *sh)
{
    static const char line[] = " __labwright_recall >/dev/null 2>&1\n";

    if (sh->turn == TURN_RUNNING)
        (void)tty_type (&sh->tty[SHELL_OUT], line, sizeof (line) - 1);
}

void shell_interrupt (struct shell *sh)
{
    pid_t group = sh->pid ? tty_foreground (&sh->tty[SHELL_OUT]) : -1;

    if (sh->turn == TURN_TYPED) /* once it has begun */
        sh->interrupt = true;
    if (sh->turn == TURN_RUNNING && group > 1)
        (void)kill (-group, SIGINT);
}

void shell_signal_program (struct shell *sh, int signo)
{
    pid_t group = sh->pid ? tty_foreground (&sh->tty[SHELL_OUT]) : -1;

    if (group > 1 && group != sh->pid)
        (void)kill (-group, signo);
}

void shell_sync (struct shell *sh)
{
    sync_want (sh, SYNC_ASKED);
}

void shell_pause (struct shell *sh, bool on)
{
    for (int i = 0; i < SHELL_STREAMS; i++)
        tty_pause (&sh->tty[i], on);
}

/* ---- life ---- */

static int make_pipe (struct shell *sh, const char *name, int *ret_fd, struct err *err)
{
    autofree char *path = path_join (sh->dir, name);

    (void)unlink (path);
    if (mkfifo (path, 0600) < 0)
        return err_sys (err, errno, "cannot make %s", path);
    /* For both, so that neither side ever waits for the other to open it. */
    *ret_fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return *ret_fd < 0 ? err_sys (err, errno, "cannot open %s", path) : 0;
}

static int make_files (struct shell *sh, struct err *err)
{
    autofree char *init = path_join (sh->dir, "init.bash");

    if (make_pipe (sh, "report", &sh->report_fd, err) < 0 ||
        make_pipe (sh, "go", &sh->go_fd, err) < 0 ||
        fd_write_file_whole (init, init_bash, sizeof (init_bash) - 1, 0600, err) < 0)
        return -1;
    sh->report_io = loop_watch (sh->loop, sh->report_fd, LOOP_READ, on_report, sh);
    return 0;
}

static void close_all (struct shell *sh)
{
    proc_free (sh->proc);
    sh->proc = NULL;
    loop_unwatch (sh->report_io);
    sh->report_io = NULL;
    if (sh->report_fd >= 0)
        (void)close (sh->report_fd);
    if (sh->go_fd >= 0)
        (void)close (sh->go_fd);
    sh->report_fd = sh->go_fd = -1;
    for (int i = 0; i < SHELL_STREAMS; i++)
        tty_close (&sh->tty[i]);
    report_done (&sh->report);
}

static int spawn (struct shell *sh, const char *cwd, const struct strv *environ_,
                  struct err *err)
{
    autofree char *init = path_join (sh->dir, "init.bash");
    autodone (strv_done) struct strv argv;

    strv_init (&argv);
    strv_add (&argv, sh->bash);
    strv_add (&argv, "--noediting");
    strv_add (&argv, "--rcfile");
    strv_add (&argv, init);
    strv_add (&argv, "-i");
    struct proc_spec spec = {
        .argv = &argv,
        .environ = environ_,
        .cwd = cwd,
        .tty = sh->tty[SHELL_OUT].name,
    };
    sh->proc = proc_start (sh->loop, &spec, on_bash_exit, sh, err);
    if (!sh->proc)
        return -1;
    sh->pid = proc_pid (sh->proc);
    return 0;
}

int shell_start (struct shell *sh, const char *cwd, const struct strv *environ_, bool plain,
                 struct err *err)
{
    autodone (strv_done) struct strv env;

    strv_init (&env);
    strv_copy (&env, environ_);
    close_all (sh);
    report_init (&sh->report);
    sh->gone = sh->ready = false;
    sh->sync_now = 0;
    sh->sync_wanted &= SYNC_ASKED;
    for (int i = 0; i < SHELL_STREAMS; i++) {
        if (tty_open (&sh->tty[i], err) < 0)
            return -1;
        sh->side[i] = (struct side){ sh, i };
        tty_watch (&sh->tty[i], sh->loop, &tty_ops, &sh->side[i]);
    }
    sh->modes = sh->tty[SHELL_OUT].sane;
    if (plain)
        strv_env_set (&env, "LABWRIGHT_BASH_PLAIN", "1");
    strv_env_set (&env, "LABWRIGHT_BASH_STDERR", sh->tty[SHELL_ERR].name);
    if (make_files (sh, err) < 0 || spawn (sh, cwd, &env, err) < 0)
        return -1;
    sh->turn = TURN_RUNNING; /* until its first prompt */
    if (sh->sync_wanted)     /* what was to be read is gone with the old terminals */
        sync_start (sh);
    return 0;
}

struct shell *shell_new (struct loop *l, const char *dir, const char *bash,
                         const struct shell_ops *ops, void *arg)
{
    struct shell *sh = xnew (struct shell);

    sh->loop = l;
    sh->dir = xstrdup (dir);
    sh->bash = xstrdup (bash);
    sh->cwd = xstrdup ("");
    sh->version = xstrdup ("");
    sh->ops = ops;
    sh->arg = arg;
    sh->report_fd = sh->go_fd = -1;
    for (int i = 0; i < SHELL_STREAMS; i++)
        sh->tty[i] = (struct tty){ .master = -1, .slave = -1 };
    report_init (&sh->report);
    return sh;
}

void shell_free (struct shell *sh)
{
    if (!sh)
        return;
    if (sh->pid)
        session_signal (sh->pid, SIGKILL);
    close_all (sh);
    free (sh->dir);
    free (sh->bash);
    free (sh->cwd);
    free (sh->version);
    free (sh);
}

bool shell_at_prompt (const struct shell *sh)
{
    return sh->turn == TURN_IDLE;
}

bool shell_was_ready (const struct shell *sh)
{
    return sh->ready;
}

bool shell_takes_input (const struct shell *sh)
{
    return sh->turn == TURN_RUNNING && sh->ready;
}

pid_t shell_pid (const struct shell *sh)
{
    return sh->pid;
}

struct tty *shell_tty (struct shell *sh, enum shell_stream which)
{
    return &sh->tty[which];
}

const char *shell_cwd (const struct shell *sh)
{
    return sh->cwd;
}

const char *shell_version (const struct shell *sh)
{
    return sh->version;
}
