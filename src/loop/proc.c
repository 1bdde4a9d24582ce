/* proc.c - children by posix_spawn, their end by pidfd
 *
 * Each child has a pidfd in the loop, and only its own pid is waited for.  The exit callback runs while the child is still a zombie, so that
 * its pid and process group cannot have been given to somebody else when the callback
 * signals what is left of the group.  Where orphans become our children, SIGCHLD says that it
 * is time to look for strangers among those that have ended; ours are only looked at.
 *
 * posix_spawn reports a failed exec, dup2, open or chdir as its own failure.  The session
 * is made before the file actions run, so opening a terminal as descriptor 0 makes it the
 * controlling one.
 */
#include "loop/proc.h"

#include "base/clock.h"
#include "base/list.h"
#include "loop/loop_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STRANGERS_AT_ONCE 64

struct proc {
    struct loop *loop;
    struct list link;    /* in loop->procs until it is reaped */
    struct loop_end end; /* linked once the owner let go of us */
    struct loop_io *io;
    pid_t pid;
    int pidfd;
    long peak_kib;
    int64_t cpu_us;
    bool alive;  /* not reaped yet: PID is ours */
    bool orphan; /* nobody holds us */
    proc_exit_fn on_exit;
    void *arg;
};

/* ---- the end ----------------------------------------------------------------------------
 */

static void proc_destroy (struct proc *p)
{
    list_remove (&p->link);
    if (p->orphan)
        list_remove (&p->end.link);
    loop_unwatch (p->io);
    if (p->pidfd >= 0)
        (void)close (p->pidfd);
    free (p);
}

static void proc_end (struct loop_end *e)
{
    proc_destroy (container_of (e, struct proc, end));
}

static int wait_status (const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED)
        return (info->si_status & 0xff) << 8;
    return (info->si_status & 0x7f) | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* False: it has not ended.  True: P may be gone. */
static bool reap (struct proc *p)
{
    siginfo_t info = { 0 };
    struct rusage used = { 0 };

    /* The system call, because only that tells what was used. */
    if (syscall (SYS_waitid, P_PIDFD, p->pidfd, &info, WEXITED | WNOHANG | WNOWAIT, &used) <
            0 ||
        info.si_pid == 0)
        return false;
    p->peak_kib = used.ru_maxrss;
    p->cpu_us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * CLOCK_S +
                used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    loop_unwatch (p->io);
    p->io = NULL;
    if (p->on_exit && !p->orphan)
        p->on_exit (p->arg,
                    wait_status (&info)); /* may let go of P, but P stays: still alive */
    (void)waitid (P_PIDFD, (id_t)p->pidfd, &info, WEXITED | WNOHANG);
    p->alive = false;
    list_remove (&p->link);
    if (p->orphan)
        proc_destroy (p);
    return true;
}

static void on_pidfd (void *arg, unsigned events)
{
    (void)reap (arg);
}

void proc_free (struct proc *p)
{
    if (!p)
        return;
    if (!p->alive) {
        proc_destroy (p);
        return;
    }
    p->orphan = true;
    p->end.fn = proc_end;
    loop_at_end (p->loop, &p->end);
}

/* ---- the start --------------------------------------------------------------------------
 */

static bool is_program (const char *path)
{
    struct stat st;

    return stat (path, &st) == 0 && S_ISREG (st.st_mode) && access (path, X_OK) == 0;
}

/* The program's path, malloc'ed, as execvp would find it with the PATH of ENVIRON. */
static char *find_program (const char *name, const struct strv *environ_, struct err *err)
{
    const char *path = environ_ ? strv_env_get (environ_, "PATH") : getenv ("PATH");
    size_t n;

    if (strchr (name, '/'))
        return xstrdup (name);
    for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; name[0]; path += n + 1) {
        n = strcspn (path, ":");
        autofree char *full = xasprintf ("%.*s/%s", (int)n, n ? path : ".", name);
        if (is_program (full))
            return take_ptr (full);
        if (!path[n])
            break;
    }
    err_set (err, PROBLEM_NOT_FOUND, "%s: program not found", name);
    return NULL;
}

/* A source that lies among 0..2 could be overwritten before its turn: move it out of the
 * way. */
static int move_up (int fd, int target, int *ret_copy, struct err *err)
{
    *ret_copy = -1;
    if (fd < 0 || fd > 2 || fd == target)
        return 0;
    *ret_copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
    if (*ret_copy < 0)
        return err_sys (err, errno, "cannot pass descriptor %d", fd);
    return 0;
}

static int add_stdio (posix_spawn_file_actions_t *fa, const struct proc_spec *spec,
                      const int fds[3])
{
    int e = 0;

    if (spec->tty) {
        e = posix_spawn_file_actions_addopen (fa, 0, spec->tty, O_RDWR, 0);
        for (int i = 1; i < 3 && !e; i++)
            e = posix_spawn_file_actions_adddup2 (fa, 0, i);
    } else {
        for (int i = 0; i < 3 && !e; i++)
            e = fds[i] >= 0 ? posix_spawn_file_actions_adddup2 (fa, fds[i], i)
                            : posix_spawn_file_actions_addopen (fa, i, "/dev/null",
                                                                i ? O_WRONLY : O_RDONLY, 0);
    }
    bool listens = spec->fd_listen > 2;
    if (!e && listens) /* also where it is 3 already: that clears close-on-exec */
        e = posix_spawn_file_actions_adddup2 (fa, spec->fd_listen, 3);
    if (!e) /* close-on-exec from birth is our rule, but libraries do not all keep it */
        e = posix_spawn_file_actions_addclosefrom_np (fa, listens ? 4 : 3);
    if (!e && spec->cwd)
        e = posix_spawn_file_actions_addchdir_np (fa, spec->cwd);
    return e;
}

static int set_attributes (posix_spawnattr_t *attr, const struct proc_spec *spec)
{
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t none, all;

    sigemptyset (&none);
    sigfillset (&all);
    if (spec->new_session || spec->tty)
        flags |= POSIX_SPAWN_SETSID;
    (void)posix_spawnattr_setsigmask (attr, &none);
    (void)posix_spawnattr_setsigdefault (attr, &all);
    return posix_spawnattr_setflags (attr, flags);
}

static int spawn_with (const char *program, const struct proc_spec *spec, const int fds[3],
                       pid_t *ret_pid)
{
    static char *const no_environ[] = { NULL };
    char *const *envp = environ;
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    int e;

    if (spec->environ)
        envp = spec->environ->n ? spec->environ->v : no_environ;
    (void)posix_spawn_file_actions_init (&fa);
    (void)posix_spawnattr_init (&attr);
    e = add_stdio (&fa, spec, fds);
    if (!e)
        e = set_attributes (&attr, spec);
    if (!e)
        e = posix_spawn (ret_pid, program, &fa, &attr, spec->argv->v, envp);
    posix_spawnattr_destroy (&attr);
    posix_spawn_file_actions_destroy (&fa);
    return e;
}

/* posix_spawn does not tell which step failed; find the likely one for the message. */
static int spawn_failed (const char *program, const struct proc_spec *spec, int e,
                         struct err *err)
{
    if (spec->cwd && access (spec->cwd, X_OK) < 0)
        return err_sys (err, errno, "cannot start %s in %s", program, spec->cwd);
    if (spec->tty && access (spec->tty, R_OK | W_OK) < 0)
        return err_sys (err, errno, "cannot start %s on %s", program, spec->tty);
    return err_sys (err, e, "cannot start %s", program);
}

static int spawn_spec (const char *program, const struct proc_spec *spec, pid_t *ret_pid,
                       struct err *err)
{
    int fds[3] = { spec->fd_in, spec->fd_out, spec->fd_err };
    autoclose int in = -1;
    autoclose int out = -1;
    autoclose int errout = -1;
    int e;

    if (move_up (fds[0], 0, &in, err) < 0 || move_up (fds[1], 1, &out, err) < 0 ||
        move_up (fds[2], 2, &errout, err) < 0)
        return -1;
    fds[0] = in >= 0 ? in : fds[0];
    fds[1] = out >= 0 ? out : fds[1];
    fds[2] = errout >= 0 ? errout : fds[2];
    e = spawn_with (program, spec, fds, ret_pid);
    return e ? spawn_failed (program, spec, e, err) : 0;
}

/* PID's end is heard of from now on. */
static struct proc *watch_child (struct loop *l, pid_t pid, struct err *err)
{
    int pidfd = pidfd_open (pid, 0); /* close-on-exec by itself */

    if (pidfd < 0) {
        err_sys (err, errno, "cannot watch process %ld", (long)pid);
        return NULL;
    }
    struct proc *p = xnew (struct proc);
    p->loop = l;
    p->pid = pid;
    p->pidfd = pidfd;
    p->alive = true;
    list_init (&p->end.link);
    list_append (&l->procs, &p->link);
    p->io = loop_watch (l, pidfd, LOOP_READ, on_pidfd, p);
    return p;
}

struct proc *proc_start (struct loop *l, const struct proc_spec *spec, proc_exit_fn on_exit,
                         void *arg, struct err *err)
{
    autofree char *program = NULL;
    struct proc *p;
    pid_t pid;

    if (!spec->argv || !spec->argv->n) {
        err_set (err, PROBLEM_INVALID, "cannot start a program: no command given");
        return NULL;
    }
    program = find_program (spec->argv->v[0], spec->environ, err);
    if (!program || spawn_spec (program, spec, &pid, err) < 0)
        return NULL;
    p = watch_child (l, pid, err);
    if (!p) {
        (void)kill (pid, SIGKILL);
        (void)waitpid (pid, NULL, 0);
        return NULL;
    }
    proc_hand_over (p, on_exit, arg);
    return p;
}

struct proc *proc_adopt (struct loop *l, pid_t pid, struct err *err)
{
    struct proc *p = watch_child (l, pid, err);
    siginfo_t info;

    if (!p || waitid (P_PIDFD, (id_t)p->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        return p;
    err_sys (err, errno, "process %ld is no child of ours", (long)pid);
    proc_destroy (p);
    return NULL;
}

void proc_hand_over (struct proc *p, proc_exit_fn on_exit, void *arg)
{
    p->on_exit = on_exit;
    p->arg = arg;
}

pid_t proc_pid (const struct proc *p)
{
    return p->pid;
}
long proc_peak_kib (const struct proc *p)
{
    return p->peak_kib;
}
int64_t proc_cpu_us (const struct proc *p)
{
    return p->cpu_us;
}
bool proc_alive (const struct proc *p)
{
    return p->alive && p->io;
}

void proc_signal (struct proc *p, int signo, bool group)
{
    if (p->alive)
        (void)kill (group ? -p->pid : p->pid, signo);
}

/* ---- other people's children ------------------------------------------------------------
 */

static struct proc *proc_of (const struct loop *l, pid_t pid)
{
    list_foreach (p, &l->procs, struct proc, link)
        if (p->pid == pid)
            return p;
    return NULL;
}

static void reap_strangers (void *arg)
{
    struct loop *l = arg;

    for (int i = 0; i < STRANGERS_AT_ONCE; i++) {
        siginfo_t info = { 0 };

        if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return;
        struct proc *p = proc_of (l, info.si_pid);
        if (!p)
            (void)waitid (P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
        else if (!reap (p)) /* it would hide who comes behind it */
            return;
    }
    (void)loop_soon (l, reap_strangers, l);
}

static void on_sigchld (void *arg, int signo)
{
    reap_strangers (arg);
}

int proc_reap_strangers (struct loop *l, struct err *err)
{
    if (loop_on_signal (l, SIGCHLD, on_sigchld, l, err) < 0)
        return -1;
    reap_strangers (l);
    return 0;
}
