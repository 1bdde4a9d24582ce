/* helper.c - slow file work, done by a child of our own program at the lowest priority */

#include "sandbox/helper.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/syscall.h>

struct helper {
    int out;
    pid_t pid;
    struct turn_watch *watch;
    char text[32];
    size_t len;
    void (*done) (void *arg, int64_t number);
    void *arg;
};

/* ---- the child ---- */

#define IOPRIO_IDLE (3 << 13)

/* Each of a file's names carries its share of the blocks. */
static int count (char **dirs)
{
    FTS *fts = fts_open (dirs, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    unsigned long long blocks = 0;

    if (!fts)
        return 1;
    for (FTSENT *e; (e = fts_read (fts));)
        if (e->fts_info != FTS_DP && e->fts_info != FTS_NS && e->fts_info != FTS_ERR)
            blocks += (unsigned long long)e->fts_statp->st_blocks /
                      (e->fts_info == FTS_F && e->fts_statp->st_nlink > 1
                           ? e->fts_statp->st_nlink
                           : 1);
    (void)fts_close (fts);
    printf ("%llu\n", blocks * 512);
    return fflush (stdout) ? 1 : 0;
}

static int remove_all (char **dirs)
{
    int rc = 0;

    for (; *dirs; dirs++)
        if (fd_remove_tree (*dirs, NULL) < 0 && access (*dirs, F_OK) == 0)
            rc = 1;
    puts ("0");
    return fflush (stdout) ? 1 : rc;
}

int helper_main (int argc, char **argv)
{
    bool counts = argc > 2 && !strcmp (argv[1], "count");

    if (!counts && !(argc > 2 && !strcmp (argv[1], "remove")))
        return -1;
    (void)prctl (PR_SET_PDEATHSIG, counts ? SIGKILL : 0);
    (void)setpriority (PRIO_PROCESS, 0, 19);
    (void)syscall (SYS_ioprio_set, 1, 0, IOPRIO_IDLE);
    return counts ? count (argv + 2) : remove_all (argv + 2);
}

/* ---- our side ---- */

static void helper_free (struct helper *h)
{
    turn_unwatch (h->watch);
    (void)close (h->out);
    while (waitpid (h->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free (h);
}

void helper_cancel (struct helper *h)
{
    if (!h)
        return;
    (void)kill (h->pid, SIGKILL);
    helper_free (h);
}

/* Its end closes the pipe, so waiting for it takes no time. */
static void on_output (void *arg, unsigned events)
{
    struct helper *h = arg;
    ssize_t n = read (h->out, h->text + h->len, sizeof h->text - 1 - h->len);

    if (n > 0) {
        h->len += (size_t)n;
        return;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    h->text[h->len] = '\0';
    int64_t number = strchr (h->text, '\n') ? strtoll (h->text, NULL, 10) : -1;
    void (*done) (void *, int64_t) = h->done;
    void *to = h->arg;
    helper_free (h);
    done (to, number);
}

static int spawn (pid_t *pid, int out, char **argv)
{
    static char path[] = "PATH=/usr/bin:/bin", *environ_[] = { path, NULL };
    posix_spawn_file_actions_t actions;
    int rc;

    (void)posix_spawn_file_actions_init (&actions);
    (void)posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2 (&actions, out, 1);
    rc = posix_spawn (pid, "/proc/self/exe", &actions, NULL, argv, environ_);
    (void)posix_spawn_file_actions_destroy (&actions);
    return rc;
}

struct helper *helper_start (struct turn *t, const char *what, const char *const *dirs,
                             size_t n, void (*done) (void *arg, int64_t number), void *arg)
{
    autodone (strv_done) struct strv argv = { 0 };
    int ends[2];

    strv_add (&argv, "labwright-spawner");
    strv_add (&argv, what);
    for (size_t i = 0; i < n; i++)
        strv_add (&argv, dirs[i]);
    if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return NULL;
    struct helper *h = xnew (struct helper);
    *h = (struct helper){ .out = ends[0], .done = done, .arg = arg };
    int rc = spawn (&h->pid, ends[1], argv.v);
    (void)close (ends[1]);
    if (rc == 0 && (h->watch = turn_watch (t, h->out, POLLIN, on_output, h)))
        return h;
    (void)close (h->out);
    if (rc == 0) {
        (void)kill (h->pid, SIGKILL);
        (void)waitpid (h->pid, NULL, 0);
    }
    free (h);
    return NULL;
}
