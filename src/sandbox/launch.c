/* launch.c - the first process of a sandbox: a child that goes through the steps and executes the program
 *
 * The child tells a failure through a pipe that the execution closes, so the end of the pipe without a word is
 * success.  Its namespaces for mounts, ids of processes, ipc and the host name are made with it; the others on
 * the way, in the order of the table.
 */
#include "sandbox/launch.h"

#include "base/cleanup.h"
#include "sandbox/child.h"
#include "sandbox/room.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)

/* What the child says when a step fails. */
struct failure {
    char step[24];
    struct err err;
};

/* ---- the last step ---- */

static void try_execute (const char *path, const struct launch *w, int *ret_errno)
{
    (void)execve (path, w->argv->v, w->environ->v);
    /* A name that is not there counts only if there is nothing better to say. */
    if (errno != ENOENT || *ret_errno == 0)
        *ret_errno = errno;
}

static int room_execute (struct room *r, struct err *err)
{
    const struct launch *w = r->what;
    const char *program = w->argv->v[0], *path = strv_env_get (w->environ, "PATH");
    int failed = 0;
    if (chdir (w->cwd && *w->cwd ? w->cwd : ROOM_HOME) < 0)
        return err_sys (err, errno, "enter %s", w->cwd);
    (void)prctl (PR_SET_PDEATHSIG, 0);
    if (strchr (program, '/'))
        try_execute (program, w, &failed);
    else
        for (const char *p = path ? path : ""; *p; p += p[strcspn (p, ":")] == ':') {
            char full[PATH_MAX];
            int n = (int)strcspn (p, ":");
            if (n > 0 && snprintf (full, sizeof full, "%.*s/%s", n, p, program) < PATH_MAX)
                try_execute (full, w, &failed);
            p += n;
            if (!*p)
                break;
        }
    return err_sys (err, failed ? failed : ENOENT, "execute %s", program);
}

static const struct step {
    const char *name;
    int (*go) (struct room *r, struct err *err);
} steps[] = {
    { "control groups", room_join },
    { "network", room_net },
    { "root", room_root },
    { "files", room_files },
    { "system", room_system },
    { "memory", room_memory },
    { "programs", room_programs },
    { "home", room_private },
    { "dev", room_dev },
    { "devices", room_devices },
    { "proc", room_proc },
    { "sys", room_sys },
    { "enter", room_enter },
    { "limits", room_limits },
    { "descriptors", room_descriptors },
    { "person", room_person },
    { "system calls", room_filter },
    { "program", room_execute },
};

/* ---- the child ---- */

static _Noreturn void be_sandbox (struct room *r, int go)
{
    struct failure f = { .step = "start" };
    char word;
    child_reset_signals ();
    /* Until our ids are mapped we are nobody. */
    if (TEMP_FAILURE_RETRY (read (go, &word, 1)) != 1)
        _exit (1);
    for (size_t i = 0; i < ARRAY_SIZE (steps); i++) {
        (void)snprintf (f.step, sizeof f.step, "%s", steps[i].name);
        if (steps[i].go (r, &f.err) < 0)
            break;
    }
    (void)!write (r->status, &f, sizeof f);
    _exit (1);
}

/* ---- the parent ---- */

static int prepare_room (struct room *r, const struct launch *what, struct err *err)
{
    *r = (struct room){ .what = what, .root = geteuid () == 0, .userns = -1, .status = -1 };
    if (what->argv->n == 0)
        return err_set (err, PROBLEM_INVALID, "there is no program to execute");
    r->filter = seccomp_filter (err);
    if (r->filter < 0)
        return -1;
    if (!r->root)
        return 0;
    if (what->uid_base < LAUNCH_UIDS)
        return err_set (err, PROBLEM_INVALID, "users from %u on belong to the host",
                        (unsigned)what->uid_base);
    r->userns = room_userns (what->uid_base, err);
    return r->userns < 0 ? -1 : 0;
}

static void close_pair (int ends[2])
{
    (void)close (ends[0]);
    (void)close (ends[1]);
}

static void reap (pid_t pid)
{
    (void)TEMP_FAILURE_RETRY (waitpid (pid, NULL, 0));
}

/* GO: the child waits at its other end.  STATUS: where it tells. */
static int start_child (struct room *r, int go[2], int status[2], struct launched *ret,
                        struct err *err)
{
    uint64_t flags = NAMESPACES | (r->root ? 0 : CLONE_NEWUSER);
    r->status = status[1];
    ret->pid = child_clone (flags, &ret->pidfd);
    if (ret->pid == 0) {
        (void)close (go[1]);
        be_sandbox (r, go[0]);
    }
    if (ret->pid < 0)
        return err_sys (err, errno, "make the first process of a sandbox");
    if (!r->root && room_map_ids (ret->pid, geteuid (), 1, err) < 0) {
        (void)kill (ret->pid, SIGKILL);
        reap (ret->pid);
        launched_done (ret);
        return -1;
    }
    (void)!write (go[1], "g", 1);
    return 0;
}

int launch_begin (const struct launch *what, struct launched *ret, struct err *err)
{
    struct room r;
    int go[2], status[2];
    *ret = (struct launched){ .pidfd = -1, .status_fd = -1 };
    if (prepare_room (&r, what, err) < 0)
        return -1;
    autoclose int userns = r.userns;
    if (pipe2 (go, O_CLOEXEC) < 0)
        return err_sys (err, errno, "make a pipe");
    if (pipe2 (status, O_CLOEXEC) < 0) {
        close_pair (go);
        return err_sys (err, errno, "make a pipe");
    }
    int rc = start_child (&r, go, status, ret, err);
    close_pair (go);
    (void)close (status[1]);
    if (rc < 0)
        (void)close (status[0]);
    else
        ret->status_fd = status[0];
    return rc;
}

int launch_finish (struct launched *l, struct err *err)
{
    struct failure f;
    ssize_t n = TEMP_FAILURE_RETRY (read (l->status_fd, &f, sizeof f));
    (void)close (l->status_fd);
    l->status_fd = -1;
    if (n == 0)
        return 0; /* also if it has ended since: that is for who waits for it to hear */
    reap (l->pid);
    if (n != (ssize_t)sizeof f)
        return err_set (err, PROBLEM_INTERNAL,
                        "the first process of the sandbox was killed");
    memcpy (l->step, f.step, sizeof l->step);
    if (err)
        *err = f.err;
    return err_wrap (err, "step %s", f.step);
}

int launch (const struct launch *what, struct launched *ret, struct err *err)
{
    if (launch_begin (what, ret, err) < 0)
        return -1;
    if (launch_finish (ret, err) == 0)
        return 0;
    launched_done (ret);
    return -1;
}

void launched_done (struct launched *l)
{
    auto_closep (&l->pidfd);
    auto_closep (&l->status_fd);
    l->pidfd = l->status_fd = -1;
}
